"""Walks through latents."""

import keras
import numpy as np
import pytest

import kerasgen
from kerasgen import tasks
from kerasgen.tasks import latent_space


@pytest.fixture(scope="module")
def vae():
    keras.utils.set_random_seed(0)
    return kerasgen.VAE((8, 8, 1), 3, seed=0)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((6, 8, 8, 1), np.float32)


def test_interpolation_goes_from_end_to_end(vae, images):
    first, second = images[:2], images[2:4]
    for method in ("slerp", "linear"):
        rows = tasks.interpolate(vae, first, second, 5, method)
        assert rows.shape == (2, 5, 8, 8, 1)
        np.testing.assert_allclose(
            rows[:, 0], vae.reconstruct(first), atol=1e-5
        )
        np.testing.assert_allclose(
            rows[:, -1], vae.reconstruct(second), atol=1e-5
        )
    latents = vae.encode(first), vae.encode(second)
    middle = vae.decode((latents[0] + latents[1]) / 2)
    np.testing.assert_allclose(rows[:, 2], middle, atol=1e-5)
    np.testing.assert_allclose(
        tasks.interpolate(vae, *latents, 5, "linear"), rows, atol=1e-5
    )


def test_great_circle():
    first, second = np.array([[2.0, 0.0]]), np.array([[0.0, 2.0]])
    middle = latent_space.spherical(first, second, np.array([[0.5]]))
    np.testing.assert_allclose(middle, [[2**0.5, 2**0.5]])
    third = latent_space.spherical(first, second, np.array([[1 / 3]]))
    np.testing.assert_allclose(third, [[3**0.5, 1.0]])
    # No circle through ends on one ray.
    same = latent_space.spherical(first, 2 * first, np.array([[0.5]]))
    np.testing.assert_allclose(same, 1.5 * first)


def test_grid_goes_over_quantiles(vae):
    grid = tasks.latent_grid(vae, 3, dimensions=(2, 0))
    third = 0.9674215661017014  # Quantile of 5/6.
    corners = np.array([[-third, 0, third], [third, 0, third]], "float32")
    np.testing.assert_allclose(
        grid[[0, 0], [0, 2]], vae.decode(corners), atol=1e-5
    )
    np.testing.assert_allclose(
        grid[1, 1], vae.decode(np.zeros((1, 3)))[0], atol=1e-5
    )


def test_traversal_moves_one_latent(vae, images):
    rows = tasks.traverse(vae, images[:2], [1], num_steps=3, reach=2.0)
    assert rows.shape == (2, 1, 3, 8, 8, 1)
    latents = vae.encode(images[:2])
    latents[:, 1] = 2.0
    np.testing.assert_allclose(rows[:, 0, 2], vae.decode(latents), atol=1e-5)


def test_traversal_goes_along_directions(vae, images):
    directions = np.array([[0.6, 0.0, 0.8], [0.0, 1.0, 0.0]])
    rows = tasks.traverse(
        vae, images[:2], num_steps=3, reach=2.0, directions=directions
    )
    assert rows.shape == (2, 2, 3, 8, 8, 1)
    latents = vae.encode(images[:2])
    np.testing.assert_allclose(rows[:, 0, 1], vae.decode(latents), atol=1e-5)
    latents += [-1.2, 0.0, -1.6]
    np.testing.assert_allclose(rows[:, 0, 0], vae.decode(latents), atol=1e-5)
    with pytest.raises(ValueError, match="dimensions.*None"):
        tasks.traverse(vae, images, [0], directions=directions)
    with pytest.raises(ValueError, match=r"directions.*3\).*\(2, 2\)"):
        tasks.traverse(vae, images, directions=directions[:, :2])


def test_arithmetic(vae, images):
    found = tasks.latent_arithmetic(vae, images[:2], images[2:4], images[4:])
    latents = vae.encode(images)
    expected = latents[:2] + latents[2:4].mean(0) - latents[4:].mean(0)
    np.testing.assert_allclose(found, vae.decode(expected), atol=1e-5)


def test_models_with_classes(images):
    model = kerasgen.ConditionalVAE((8, 8, 1), latent_dim=3, num_classes=4)
    rows = tasks.interpolate(model, images[:2], images[2:4], 3, labels=[1, 3])
    latents = model.encode(images[:2], labels=np.array([1, 3]))
    np.testing.assert_allclose(
        rows[:, 0], model.decode(latents, labels=np.array([1, 3])), atol=1e-5
    )
    with pytest.raises(ValueError, match="`labels`"):
        tasks.latent_arithmetic(model, images, images, images)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m, x: tasks.interpolate(m, x, x, method="line"), "method"),
        (lambda m, x: tasks.interpolate(m, x, x, 1), "at least 2"),
        (lambda m, x: tasks.interpolate(m, x, x[:2]), "6 and 2"),
        (lambda m, x: tasks.interpolate(m, x[:, :4], x[:, :4]), "first"),
        (lambda m, x: tasks.latent_grid(m, 3, (0, 3)), "0 to 2"),
        (lambda m, x: tasks.traverse(m, x, []), "dimensions"),
    ],
)
def test_bad_input(vae, images, call, message):
    with pytest.raises(ValueError, match=message):
        call(vae, images)


def test_codes_of_infogan_are_walked():
    """Noise and continuous codes are latents, the category is a label."""
    model = kerasgen.InfoGAN((8, 8, 1), latent_dim=4, seed=0)
    assert tasks.latent_grid(model, 3, (4, 5), label=2).shape[:2] == (3, 3)
    start = np.zeros((2, 6), np.float32)
    moved = tasks.traverse(model, start, [4], num_steps=3, labels=[1, 2])
    assert moved.shape == (2, 1, 3, 8, 8, 1)
    start[:, 4] = 2.5
    np.testing.assert_allclose(
        moved[:, 0, -1], model.decode(start, labels=np.array([1, 2])), atol=1e-5
    )
    with pytest.raises(ValueError, match="`labels`"):
        tasks.latent_arithmetic(model, start, start, start)


def test_images_of_unknown_class_are_refused(images):
    model = kerasgen.ConditionalVAE((8, 8, 1), latent_dim=3, num_classes=4)
    with pytest.raises(ValueError, match="classes of the images"):
        tasks.interpolate(model, images[:2], images[2:4])
    with pytest.raises(ValueError, match="classes of the images"):
        tasks.traverse(model, images)
    # What is drawn may be of any class.
    assert len(tasks.traverse(model, np.zeros((2, 3)), [0])) == 2


def test_grids_of_codes_have_no_ways_between():
    model = kerasgen.VQVAE((8, 8, 1), num_embeddings=4)
    with pytest.raises(ValueError, match="grids of codes"):
        tasks.latent_grid(model)
