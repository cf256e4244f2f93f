"""Networks between two domains: every size, and what a logit is of."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen import networks
from kerasgen.networks import image_pairs

SHAPES = [
    ((16, 16, 1), (16, 16, 3)),
    ((28, 28, 1), (16, 16, 1)),
    ((16, 16, 1), (28, 28, 1)),
    ((17, 40, 4), (33, 19, 2)),
    ((256, 64, 3), (64, 256, 1)),
]


def new(network, source_shape, target_shape, **options):
    return networks.build(
        network,
        "translator",
        options={"filters": 4, **options},
        source_shape=source_shape,
        target_shape=target_shape,
    )


@pytest.mark.parametrize("network", list(networks.TRANSLATORS))
@pytest.mark.parametrize("source, target", SHAPES, ids=str)
def test_every_size(network, source, target):
    model = new(network, source, target)
    assert model.output_shape == (None, *target)
    outputs = model(np.ones((2, *source), "float32")).numpy()
    assert outputs.dtype == np.float32
    # Weights that drive the last activation to its ends.
    model.set_weights([w * 100 for w in model.get_weights()])
    outputs = model(np.random.default_rng(0).random((2, *source))).numpy()
    assert 0 <= outputs.min() < 0.01
    assert 0.99 < outputs.max() <= 1


@pytest.mark.parametrize("network", list(networks.TRANSLATORS))
def test_every_weight_has_a_gradient(network):
    model = new(network, (18, 21, 2), (20, 16, 1))
    images = np.random.default_rng(0).random((4, 18, 21, 2), "float32")
    with tf.GradientTape() as tape:
        outputs = model(images, training=True)
        loss = tf.reduce_mean(
            outputs * np.random.default_rng(1).normal(size=outputs.shape)
        )
    variables = model.trainable_variables
    gradients = tape.gradient(loss, [weight.value for weight in variables])
    for weight, gradient in zip(variables, gradients):
        assert np.abs(gradient).max() > 1e-9, weight.path


@pytest.mark.parametrize("channels", [1, 3])
def test_a_residual_network_adds_to_the_source(channels):
    source, target = (20, 16, channels), (18, 21, 3)
    model = new("unet", source, target, residual=True)
    assert model.output_shape == (None, *target)
    images = np.random.default_rng(0).random((2, *source)).astype("float32")
    # With weights of 0 there is nothing to be added.
    model.set_weights([0 * weight for weight in model.get_weights()])
    resized = np.asarray(image_pairs.to_network(images, target))
    expected = np.broadcast_to(0.5 * resized + 0.5, (2, *target))
    np.testing.assert_allclose(model(images), expected, atol=1e-6)
    *before, bias = model.get_weights()
    for value, limit in ((9.0, 1.0), (-9.0, 0.0)):
        model.set_weights([*before, np.full_like(bias, value)])
        np.testing.assert_array_equal(
            model(images), np.full((2, *target), limit)
        )


def test_a_residual_network_needs_channels_to_add_to():
    with pytest.raises(ValueError, match="`residual`.*2 and 3 channels"):
        new("unet", (16, 16, 2), (16, 16, 3), residual=True)


@pytest.mark.parametrize(
    ("normalization", "sees"),
    [("instance", False), ("batch", True), (None, True)],
)
def test_levels_see_how_bright_an_image_is(normalization, sees):
    shape = 32, 32, 1
    model = new("unet", shape, shape, generator_normalization=normalization)
    # So large that what keeps variances from 0 does not count.
    model.set_weights([100 * weight for weight in model.get_weights()])
    level = model.get_layer("stage_2").output
    images = np.full((2, *shape), 0.6, "float32")
    images[1] = 0.9
    dark, light = keras.Model(model.inputs, level)(images).numpy()
    difference = np.abs(light - dark).max() / np.abs(light).max()
    assert difference > 0.5 if sees else difference < 0.01


def test_unknown_normalization_is_refused():
    with pytest.raises(ValueError, match="`generator_normalization` must be"):
        new(
            "unet",
            (16, 16, 1),
            (16, 16, 1),
            generator_normalization="group",
        )


def test_options_of_both_parts():
    for network in networks.TRANSLATORS:
        names = networks.option_names(network, "translator")
        assert "discriminator_halvings" in names
        assert not {"source_shape", "target_shape"} & set(names)
    with pytest.raises(ValueError, match="num_blocks.*discriminator_halvings"):
        new("resnet", (16, 16, 1), (16, 16, 1), dropout=0.1)


@pytest.mark.parametrize("shape", [(15, 16, 1), (16, 257, 1), (64,)])
def test_other_sizes_are_refused(shape):
    for network in networks.TRANSLATORS:
        with pytest.raises(ValueError, match=r"`target_shape` of a.*from 16"):
            new(network, (16, 16, 1), shape)
    with pytest.raises(ValueError, match=r"`source_shape` of a.*source_size"):
        new("unet", shape, (16, 16, 1))


@pytest.mark.parametrize("side, patch", [(16, 16), (56, 34), (128, 70)])
def test_a_logit_is_of_a_patch(side, patch):
    model = networks.build(
        "resnet",
        "patch_discriminator",
        options={"filters": 2},
        target_shape=(side, side, 1),
    )
    # Instance normalization makes each value one of the whole image.
    _without_normalization(model)
    image = tf.Variable(np.random.default_rng(0).random((1, side, side, 1)))
    with tf.GradientTape() as tape:
        logits = model(image)
        middle = logits.shape[1] // 2, logits.shape[2] // 2
        logit = logits[0, middle[0], middle[1], 0]
    seen = np.abs(tape.gradient(logit, image)[0, :, :, 0]).sum(axis=0) > 0
    # Where the image is no larger, its border cuts the patch.
    assert patch - 4 * (side == patch) <= seen.sum() <= patch


def _without_normalization(model):
    for layer in model.layers:
        if isinstance(layer, keras.layers.GroupNormalization):
            layer.call = lambda inputs: inputs


def test_discriminator_sees_the_source():
    model = networks.build(
        "unet",
        "patch_discriminator",
        options={"filters": 4},
        source_shape=(28, 20, 1),
        target_shape=(16, 16, 3),
    )
    random = np.random.default_rng(0)
    source = random.random((2, 28, 20, 1), "float32")
    target = random.random((2, 16, 16, 3), "float32")
    logits = model([source, target]).numpy()
    assert logits.shape == (2, 8, 8, 1)
    assert np.abs(logits - model([1 - source, target])).max() > 1e-6
    assert np.abs(logits - model([source, 1 - target])).max() > 1e-6


@pytest.mark.parametrize("spectral_normalization", [False, True])
def test_spectral_normalization_sees_even_colours(spectral_normalization):
    model = networks.build(
        "unet",
        "patch_discriminator",
        options={
            "filters": 4,
            "spectral_normalization": spectral_normalization,
        },
        target_shape=(32, 32, 3),
    )
    # So large that what keeps variances from 0 does not count.
    model.set_weights([30 * weight for weight in model.get_weights()])
    images = np.full((2, 32, 32, 3), 0.6, "float32")
    images[1] = 0.9
    dark, light = model(images).numpy()
    difference = np.abs(light - dark).max() / np.abs(light).max()
    assert difference > 0.5 if spectral_normalization else difference < 0.01
    wrapped = [
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.SpectralNormalization)
    ]
    assert len(wrapped) == 3 * spectral_normalization
    random = np.random.default_rng(0)
    for _ in range(30):
        model(random.random((2, 32, 32, 3), "float32"), training=True)
    for wrapper in wrapped:
        kernel = wrapper.layer.kernel.numpy()
        norm = np.linalg.norm(kernel.reshape(-1, kernel.shape[-1]), ord=2)
        inputs = random.random((2, *wrapper.input.shape[1:]), "float32")
        np.testing.assert_allclose(
            wrapper(inputs), wrapper.layer(inputs / norm), rtol=0.02, atol=0.02
        )


def test_smaller_images_are_means_of_pixels():
    inputs = keras.Input((32, 48, 1))
    model = keras.Model(inputs, image_pairs.to_network(inputs, (16, 16, 1)))
    images = np.random.default_rng(0).random((2, 32, 48, 1), "float32")
    expected = images.reshape(2, 16, 2, 16, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(
        model(images)[..., 0], 2 * expected - 1, atol=1e-6
    )


def test_blocks_of_large_images():
    for side, blocks in ((128, 6), (256, 9)):
        model = new("resnet", (side, side, 1), (side, side, 1), filters=1)
        names = {layer.name for layer in model.layers}
        found = {name for name in names if name.startswith("block_")}
        assert len(found) == blocks
        assert "stage_2" in names


@pytest.mark.parametrize("network", list(networks.TRANSLATORS))
def test_saved_as_a_model(network, tmp_path):
    model = new(network, (20, 16, 1), (16, 16, 3))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    images = np.random.default_rng(0).random((2, 20, 16, 1), "float32")
    np.testing.assert_array_equal(model(images), loaded(images))


@pytest.mark.parametrize(
    ("network", "part", "name", "most"),
    [
        ("resnet", "translator", "num_halvings", 3),
        ("unet", "translator", "num_halvings", 4),
        ("resnet", "patch_discriminator", "discriminator_halvings", 3),
    ],
)
def test_one_place_is_not_normalized(network, part, name, most):
    """It would be zero whatever the image, and the network a constant."""
    shapes = {"source_shape": (16, 16, 1), "target_shape": (16, 16, 1)}

    def build(number):
        options = {"filters": 2, name: number}
        return networks.build(network, part, options=options, **shapes)

    with pytest.raises(ValueError, match=f"{name}={most + 1}.*at most {most}"):
        build(most + 1)
    images = np.random.default_rng(0).random((3, 16, 16, 1), "float32")
    inputs = [images, images] if len(build(most).inputs) == 2 else images
    assert np.std(build(most)(inputs), axis=0).max() > 0


def test_no_pixel_of_a_larger_source_is_left_out():
    images = keras.Input((250, 33, 1))
    outputs = image_pairs.to_network(images, (17, 16, 1))
    network = keras.Model(images, outputs)
    rows = np.zeros((2, 250, 33, 1), "float32")
    rows[1, -10:] = 1.0
    black, changed = network(rows)
    assert np.abs(changed - black).max() > 0.5
