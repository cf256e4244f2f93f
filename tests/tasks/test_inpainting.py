"""Completions of images, blending, masks and dreams."""

import keras
import numpy as np
import pytest
import sklearn.svm
import tensorflow as tf

import kerasgen
from kerasgen import metrics
from kerasgen import tasks
from kerasgen.tasks import inpainting
from kerasgen.tasks.blending import blend


@pytest.fixture(scope="module")
def digits():
    training, _ = kerasgen.data.load_arrays("digits")
    test, labels = kerasgen.data.load_arrays("digits", "test")
    return training, test[:60], labels[:60]


@pytest.fixture(scope="module")
def vae(digits):
    keras.utils.set_random_seed(0)
    model = kerasgen.VAE((8, 8, 1), 8, seed=0)
    model.compile(keras.optimizers.Adam(2e-3))
    model.fit(digits[0], batch_size=32, epochs=30, verbose=0)
    return model


@pytest.fixture(scope="module")
def gan(digits):
    keras.utils.set_random_seed(0)
    model = kerasgen.GAN((8, 8, 1), 8, network="mlp", seed=0)
    model.compile()
    model.fit(digits[0], epochs=3, verbose=0)
    return model


@pytest.mark.parametrize("method", ["search", "sampling"])
def test_completions_are_near_the_originals(vae, digits, method):
    _, images, _ = digits
    known = tasks.mask("left", images.shape)
    spoilt = np.where(known[..., None], images, 0.7)
    steps = []
    completed = tasks.inpaint(
        vae,
        spoilt,
        known,
        method=method,
        seed=0,
        progress=lambda *step: steps.append(step),
    )
    assert completed.dtype == np.float32
    shown = known.astype(bool)
    np.testing.assert_array_equal(completed[shown], images[shown])
    error = np.square(completed - images)[~shown].mean()
    # The mean of all images is what one says who sees nothing.
    mean = np.broadcast_to(digits[0].mean(axis=0), images.shape)
    # A draw is as far again from what it is a draw of as its own mean is.
    share = {"search": 0.8, "sampling": 1.0}[method]
    assert error < share * np.square(mean - images)[~shown].mean()
    assert steps[-1][0] == steps[-1][1]
    again = tasks.inpaint(vae, spoilt, known, method=method, seed=0)
    np.testing.assert_array_equal(again, completed)


def test_nan_may_stand_in_missing_pixels(vae, digits):
    images = digits[1][:2]
    known = tasks.mask("center", images.shape)
    spoilt = np.where(known[..., None], images, np.nan)
    completed = tasks.inpaint(vae, spoilt, known, num_steps=3, seed=0)
    assert np.isfinite(completed).all()
    other = tasks.inpaint(vae, images, known, num_steps=3, seed=0)
    np.testing.assert_array_equal(other, completed)


def test_gans_are_searched(gan, digits):
    images = digits[1][:10]
    known = tasks.mask("random", images.shape, seed=1)
    found = [
        tasks.inpaint(gan, images, known, num_steps=n, seed=0, blend=False)
        for n in (1, 150)
    ]
    missing = ~known.astype(bool)
    errors = [np.square(f - images)[missing].mean() for f in found]
    assert errors[1] < errors[0]


def test_more_images_than_run_side_by_side(vae, digits, monkeypatch):
    monkeypatch.setattr("kerasgen.tasks.latent_search.ROWS_AT_A_TIME", 12)
    images = digits[1][:7]
    known = tasks.mask("left", images.shape)
    completed = tasks.inpaint(
        vae, images, known, num_starts=4, num_steps=60, seed=0
    )
    missing = ~known.astype(bool)
    mean = np.broadcast_to(digits[0].mean(axis=0), images.shape)
    assert (
        np.square(completed - images)[missing].mean()
        < np.square(mean - images)[missing].mean()
    )


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.ones((8, 7)), "shape"),
        (np.full((8, 8), 0.5), "1 for known"),
        (np.zeros((8, 8)), "leave something"),
    ],
)
def test_bad_masks(vae, digits, mask, message):
    with pytest.raises(ValueError, match=message):
        tasks.inpaint(vae, digits[1], mask)


def test_sampling_needs_an_encoder(gan, digits):
    """No bar is drawn before the error."""
    steps = []
    with pytest.raises(ValueError, match="must be 'search'.*for GAN"):
        tasks.inpaint(
            gan,
            digits[1],
            np.eye(8),
            method="sampling",
            progress=lambda *step: steps.append(step),
        )
    assert not steps


def test_masks():
    for kind, share in (("center", 0.75), ("left", 0.5)):
        known = tasks.mask(kind, (3, 28, 28, 1))
        assert known.mean() == share
    known = tasks.mask("random", (5, 28, 28, 1), seed=0)
    assert (known.sum(axis=(1, 2)) == 784 - 261).all()
    assert (known[0] != known[1]).any()
    assert (tasks.mask("random", (5, 28, 28), 0) == known).all()


class TestBlending:
    def test_a_shifted_brightness_is_set_right(self):
        images = np.random.default_rng(0).random((2, 6, 7, 1)) * 0.5
        known = np.ones((2, 6, 7), bool)
        known[:, 2:5, 1:4] = False
        # What differs by a constant has the same differences.
        blended = blend(images + 0.3, images, known)
        np.testing.assert_allclose(blended[~known], images[~known], atol=1e-8)

    def test_flat_filling_is_harmonic(self):
        """Between known sides of 0 and 1, a flat filling becomes a ramp."""
        images = np.zeros((1, 3, 6, 1))
        images[:, :, -1] = 1
        known = np.zeros((1, 3, 6), bool)
        known[:, :, [0, -1]] = True
        blended = blend(np.full((1, 3, 6, 1), 0.9), images, known)
        ramp = np.linspace(0, 1, 6)[1:-1]
        np.testing.assert_allclose(
            blended[0, :, 1:-1, 0], np.tile(ramp, (3, 1)), atol=1e-8
        )


def test_samples_follow_the_width_of_the_posterior(vae, digits):
    """Draws of the same image differ as much as the encoder is unsure."""
    image = np.repeat(digits[1][:1], 60, axis=0)
    known = np.ones((8, 8))
    known[2:6, 2:6] = 0
    drawn = tasks.inpaint(vae, image, known, "sampling", num_steps=1, seed=0)
    noise = np.random.default_rng(0).random(image.shape, np.float32)
    start = np.where(known[..., None], image, noise)
    mean, log_variance = (
        np.asarray(part) for part in vae.posterior(tf.constant(start))
    )
    normal = np.random.default_rng(1).normal(size=mean.shape)
    expected = vae.decode(
        (mean + np.exp(log_variance / 2) * normal).astype("float32")
    )
    hole = known == 0
    spread, wanted = (each[:, hole].std(axis=0) for each in (drawn, expected))
    np.testing.assert_allclose(spread.mean(), wanted.mean(), rtol=0.15)
    assert spread.mean() > 0.01


def test_weights_of_gans_by_hand(gan):
    """Equation 4 of Yeh et al.: the share of missing pixels in a window."""
    known = np.ones((1, 9, 9, 1), bool)
    known[0, 4, 4] = False
    weights = inpainting._weights(gan, known)
    assert weights[0, 4, 4, 0] == 0
    assert weights[0, 4, 5, 0] == pytest.approx(max(1 / 49, 0.05))
    known[0, :, :4] = False
    weights = inpainting._weights(gan, known)
    # The window of column 5 reaches from 2 to 8: two columns are missing.
    assert weights[0, 8, 5, 0] == pytest.approx(2 / 7)


def test_colours_are_completed():
    keras.utils.set_random_seed(0)
    model = kerasgen.VAE((8, 8, 3), 4, network="mlp", seed=0)
    image = np.random.default_rng(0).random((1, 8, 8, 3), np.float32)
    known = tasks.mask("center", image.shape)
    for blended in (False, True):
        completed = tasks.inpaint(
            model, image, known, num_steps=5, blend=blended, seed=0
        )
        shown = known.astype(bool)
        np.testing.assert_array_equal(completed[shown], image[shown])
        assert np.isfinite(completed).all()
        assert (completed >= 0).all()
        assert (completed <= 1).all()


@pytest.mark.parametrize(
    ("model", "images", "options", "message"),
    [
        (lambda: kerasgen.VQVAE((8, 8, 1)), (2, 8, 8, 1), {}, "grids of codes"),
        (None, (2, 8, 7, 1), {}, "images"),
        (None, (2, 8, 8), {}, "images"),
        (None, (2, 8, 8, 1), {"labels": 3}, "knows no classes"),
        (
            lambda: kerasgen.ConditionalVAE((8, 8, 1), num_classes=3),
            (2, 8, 8, 1),
            {},
            "classes of the images",
        ),
        (
            lambda: kerasgen.ConditionalVAE((8, 8, 1), num_classes=3),
            (2, 8, 8, 1),
            {"labels": 3},
            "from 0 to 2",
        ),
    ],
)
def test_bad_images_and_labels(vae, model, images, options, message):
    model = vae if model is None else model()
    with pytest.raises(ValueError, match=message):
        tasks.inpaint(model, np.zeros(images, np.float32), np.eye(8), **options)


class TestDreams:
    def test_of_a_class(self, vae):
        classifier = metrics.classifier_network("digits")
        images = tasks.dream(vae, classifier, 10, unit=3, seed=0)
        found = classifier.predict(images, verbose=0).argmax(axis=1)
        assert (found == 3).mean() >= 0.8
        start = vae.generate(100, seed=0)
        drawn = classifier.predict(start, verbose=0).argmax(axis=1)
        assert (drawn == 3).mean() < 0.4

    def test_another_classifier_agrees(self, vae):
        """Images fool the one they were made for alone, but for smoothing."""
        judge = sklearn.svm.SVC(gamma=0.05, C=10)
        images, labels = kerasgen.data.load_arrays("digits")
        judge.fit(images.reshape(-1, 64), labels)
        classifier = metrics.classifier_network("digits")
        shares = [
            np.mean(
                [
                    judge.predict(
                        tasks.dream(
                            vae, classifier, unit=unit, seed=0, **options
                        ).reshape(-1, 64)
                    )
                    == unit
                    for unit in (2, 5)
                ]
            )
            for options in ({}, {"smoothing": 0})
        ]
        assert shares[0] > 0.85
        assert shares[0] > shares[1] + 0.1

    def test_networks_for_other_images(self, vae):
        for shape in ((28, 28, 1), (64,)):
            inputs = keras.Input(shape)
            network = keras.Model(inputs, keras.layers.Flatten()(inputs))
            with pytest.raises(ValueError, match=r"shape \(8, 8, 1\).*Resiz"):
                tasks.dream(vae, network, unit=3)

    def test_of_an_image(self, vae, digits):
        target = digits[1][0]
        images = tasks.dream(vae, target, 3, seed=0)
        near = np.square(images - target).mean(axis=(1, 2, 3))
        far = np.square(vae.generate(20, seed=0) - target).mean()
        assert (near < 0.5 * far).all()

    def test_of_a_unit_that_is_no_probability(self, vae):
        """A linear unit is maximized, below zero too."""
        inputs = keras.Input((8, 8, 1))
        network = keras.Model(
            inputs, -100 * keras.layers.GlobalAveragePooling2D()(inputs)
        )
        dark = tasks.dream(vae, network, 4, unit=0, seed=0)
        assert dark.mean() < 0.9 * vae.generate(50, seed=0).mean()

    def test_infogan_needs_its_category(self):
        with pytest.raises(ValueError, match="no classes"):
            tasks.dream(kerasgen.InfoGAN((8, 8, 1)), np.zeros((8, 8, 1)))

    def test_bad_units(self, vae):
        classifier = metrics.classifier_network("digits")
        with pytest.raises(ValueError, match="0 to 9"):
            tasks.dream(vae, classifier, unit=10)
        with pytest.raises(ValueError, match="is an image"):
            tasks.dream(vae, np.zeros((8, 8, 1)), unit=1)


class TestAugmentation:
    model = kerasgen.ConditionalVAE((8, 8, 1), num_classes=10, seed=0)

    def test_drawn_images_have_their_labels(self, digits):
        _, images, labels = digits
        more, of_more = tasks.augment(
            self.model, images, labels, 2.0, seed=3, shuffle=False
        )
        assert more.shape == (180, 8, 8, 1)
        np.testing.assert_array_equal(more[:60], images)
        np.testing.assert_array_equal(of_more, np.tile(labels, 3))
        drawn = self.model.generate(120, seed=3, labels=np.tile(labels, 2))
        np.testing.assert_allclose(more[60:], drawn, atol=1e-6)

    def test_shuffling_keeps_pairs(self, digits):
        _, images, labels = digits
        more, of_more = tasks.augment(self.model, images, labels, 1, seed=0)
        for image, label in zip(images[:10], labels[:10], strict=True):
            (place,) = np.flatnonzero((more == image).all(axis=(1, 2, 3)))
            assert of_more[place] == label
        assert (more[:60] != images).any()

    def test_shares_of_classes_are_kept(self):
        """Also of sorted labels, and of fewer drawn images than given ones."""
        images = np.zeros((30, 8, 8, 1), np.float32)
        labels = np.repeat([2, 5, 7], [5, 10, 15])
        for factor in (0.2, 0.5, 1.2):
            _, found = tasks.augment(
                self.model, images, labels, factor, seed=0, shuffle=False
            )
            shares = np.bincount(found[30:], minlength=10) / len(found[30:])
            np.testing.assert_allclose(
                shares[[2, 5, 7]], [1 / 6, 1 / 3, 1 / 2], atol=0.07
            )

    @pytest.mark.parametrize(
        "labels", [np.zeros(3, int), np.zeros(4), np.full(4, 10)]
    )
    def test_bad_labels(self, labels):
        images = np.zeros((4, 8, 8, 1), np.float32)
        with pytest.raises(ValueError, match="labels"):
            tasks.augment(self.model, images, labels, factor=0)

    def test_models_without_classes(self, digits):
        with pytest.raises(ValueError, match="knows no classes"):
            tasks.augment(
                kerasgen.InfoGAN((8, 8, 1)), digits[1], digits[2], seed=0
            )
        with pytest.raises(ValueError, match="knows no classes"):
            tasks.augment(kerasgen.VAE((8, 8, 1)), digits[1], digits[2], seed=0)
