import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen import networks
from kerasgen.layers import residual_block
from kerasgen.layers import self_attention
from kerasgen.layers.self_attention import ZeroAtFirst


def build(part, shape, **arguments):
    options = {"filters": 4, **arguments.pop("options", {})}
    return networks.build(
        "resnet", part, data_shape=shape, options=options, **arguments
    )


def layers_of(model, kind):
    return [layer for layer in model.layers if isinstance(layer, kind)]


@pytest.mark.parametrize(("size", "halvings"), [(28, 3), (32, 3), (64, 4)])
def test_number_of_halvings(size, halvings):
    shape = (size, size, 3)
    for part, extra in (("encoder", {"num_outputs": 2}), ("discriminator", {})):
        model = build(part, shape, **extra)
        sums = layers_of(model, keras.layers.Add)
        assert len(sums) == halvings
        assert sums[-1].output.shape == (None, 4, 4, 4 * 2 ** (halvings - 1))
    model = build("generator", shape, latent_dim=2)
    sums = layers_of(model, keras.layers.Add)
    assert len(sums) == halvings
    # 28 is cropped from 32.
    side = 4 * 2**halvings
    assert sums[-1].output.shape == (None, side, side, 4)
    crops = layers_of(model, keras.layers.Cropping2D)
    assert len(crops) == (size == 28)


@pytest.mark.parametrize("kind", ["batch", "layer", None])
def test_generator_normalization(kind):
    model = build(
        "generator",
        (8, 8, 1),
        latent_dim=2,
        options={"generator_normalization": kind},
    )
    batch = layers_of(model, keras.layers.BatchNormalization)
    layer = layers_of(model, keras.layers.LayerNormalization)
    assert (bool(batch), bool(layer)) == (kind == "batch", kind == "layer")


def test_blocks_per_stage():
    options = {"options": {"blocks_per_stage": 3}}
    for part, extra in (
        ("discriminator", {}),
        ("decoder", {"latent_dim": 2}),
    ):
        model = build(part, (16, 16, 1), **options, **extra)
        sums = layers_of(model, keras.layers.Add)
        assert len(sums) == 2 * 3
    with pytest.raises(ValueError, match="`blocks_per_stage` must be a posi"):
        build("discriminator", (16, 16, 1), options={"blocks_per_stage": 0})


def test_a_block_is_the_sum_of_its_branches():
    inputs = keras.Input((6, 6, 2))
    model = keras.Model(inputs, residual_block(inputs, 2))
    images = np.random.default_rng(0).normal(size=(3, 6, 6, 2))
    first, second = layers_of(model, keras.layers.Conv2D)
    relu = tf.nn.relu
    expected = images + second(relu(first(relu(images))))
    np.testing.assert_allclose(model(images), expected, atol=1e-6)


@pytest.mark.parametrize("resampling", ["up", "down"])
def test_the_shortcut_is_resampled(resampling):
    inputs = keras.Input((4, 4, 2))
    model = keras.Model(inputs, residual_block(inputs, 3, resampling))
    convolutions = layers_of(model, keras.layers.Conv2D)
    shortcut = next(c for c in convolutions if c.kernel_size == (1, 1))
    for layer in convolutions:
        if layer is not shortcut:
            layer.kernel.assign(keras.ops.zeros_like(layer.kernel))
    images = np.random.default_rng(0).normal(size=(3, 4, 4, 2))
    colours = shortcut(images).numpy()  # The paper's order: it comes first.
    if resampling == "up":
        expected = colours.repeat(2, axis=1).repeat(2, axis=2)
    else:
        expected = colours.reshape(3, 2, 2, 2, 2, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(model(images), expected, atol=1e-6)


@pytest.mark.parametrize("spectral_normalization", [True, False])
def test_discriminator_pools_over_the_image(spectral_normalization):
    model = build(
        "discriminator",
        (16, 16, 1),
        spectral_normalization=spectral_normalization,
    )
    last = model.layers[-1]
    features = keras.Model(
        model.input, layers_of(model, keras.layers.ReLU)[-1].output
    )
    images = np.random.default_rng(0).uniform(size=(3, 16, 16, 1))
    pool = np.sum if spectral_normalization else np.mean
    expected = last(pool(features(images).numpy(), axis=(1, 2)))
    np.testing.assert_allclose(model(images), expected, atol=1e-5)


@pytest.mark.parametrize("part", ["generator", "discriminator"])
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_precision(part, policy):
    extra = {"latent_dim": 5} if part == "generator" else {}
    model = build(part, (9, 9, 1), dtype=policy, **extra)
    convolution = layers_of(model, keras.layers.Conv2D)[0]
    assert convolution.compute_dtype == policy.removeprefix("mixed_")
    outputs = model(np.ones((2, *model.input_shape[1:]), np.float32))
    assert outputs.dtype == "float32"


def test_a_saved_network_needs_no_custom_objects(tmp_path):
    options = {
        "discriminator_normalization": "layer",
        "blocks_per_stage": 2,
        "attention_level": 1,
    }
    for part, extra in (
        ("generator", {"latent_dim": 5}),
        ("discriminator", {}),
    ):
        model = build(part, (9, 9, 1), options=options, **extra)
        inputs = np.random.default_rng(0).uniform(
            size=(2, *model.input_shape[1:])
        )
        model(inputs, training=True)
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(model(inputs), loaded(inputs))


@pytest.mark.parametrize("size", [64, 128, 256])
def test_large_images_have_no_more_filters(size):
    shape = (size, size, 3)
    for part, extra in (
        ("discriminator", {}),
        ("generator", {"latent_dim": 2}),
    ):
        model = build(part, shape, **extra)
        sums = layers_of(model, keras.layers.Add)
        widths = [layer.output.shape[-1] for layer in sums]
        if part == "generator":
            widths = widths[::-1]
        assert widths == [4, 8, 16, 32, 32, 32][: len(sums)]
        assert len(sums) == np.log2(size / 4)


@pytest.mark.parametrize("spectral_normalization", [False, True])
def test_attention_by_hand(spectral_normalization):
    inputs = keras.Input((4, 6, 16))
    model = keras.Model(inputs, self_attention(inputs, spectral_normalization))
    images = np.random.default_rng(0).normal(size=(3, 4, 6, 16))
    # At first it does nothing.
    np.testing.assert_allclose(model(images), images, atol=1e-6)
    factor = model.layers[-2]
    assert isinstance(factor, ZeroAtFirst)
    factor.factor.assign(0.7)
    for _ in range(200 * spectral_normalization):
        model(images, training=True)

    def matrix(weight):
        found = np.array(weight)[0, 0]
        return found / (np.linalg.norm(found, 2) ** spectral_normalization)

    kernels = {
        weight.shape[-2:]: matrix(weight)
        for weight in model.weights
        if len(weight.shape) == 4
    }
    # Of one shape; keys come first, as they have further to go.
    key, query = (
        matrix(weight)
        for weight in model.weights
        if tuple(weight.shape) == (1, 1, 16, 2)
    )
    places = images.reshape(3, 24, 16)

    def largest_of_four(values):
        blocks = values.reshape(3, 2, 2, 3, 2, values.shape[-1])
        return blocks.max(axis=(2, 4)).reshape(3, 6, -1)

    queries, keys = places @ query, largest_of_four(places @ key)
    values = largest_of_four(places @ kernels[16, 8])
    fits = np.exp(queries @ keys.transpose(0, 2, 1))
    fits /= fits.sum(axis=2, keepdims=True)
    expected = places + 0.7 * (fits @ values @ kernels[8, 16])
    found = np.array(model(images)).reshape(3, 24, 16)
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("part", ["encoder", "discriminator", "generator"])
def test_attention_is_at_its_level(part):
    extra = {"encoder": {"num_outputs": 2}, "generator": {"latent_dim": 2}}
    for level, side in ((1, 16), (3, 4)):
        model = build(
            part,
            (32, 32, 3),
            options={"attention_level": level},
            **extra.get(part, {}),
        )
        (layer,) = layers_of(model, ZeroAtFirst)
        assert layer.output.shape[1:3] == (side, side)
    with pytest.raises(ValueError, match="`attention_level`.*1, 2, 3.*=4"):
        build(
            part,
            (32, 32, 3),
            options={"attention_level": 4},
            **extra.get(part, {}),
        )
