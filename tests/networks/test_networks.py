import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen import networks
from kerasgen.layers import FastConv2D
from kerasgen.layers import FastConv2DTranspose

SHAPES = [
    *[(size, size, 1) for size in (8, 9, 11, 16, 28, 30, 32, 63, 64)],
    (28, 28, 3),
    (8, 20, 3),
    (48, 33, 1),
    (256, 128, 3),
]


@pytest.mark.parametrize("network", ["dcgan", "resnet"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_convolutions_fit_every_size(network, shape):
    for part, extra, inputs, outputs in (
        ("encoder", {"num_outputs": 6}, shape, (6,)),
        ("decoder", {"latent_dim": 3}, (3,), shape),
        ("generator", {"latent_dim": 3}, (3,), shape),
        ("discriminator", {}, shape, (1,)),
    ):
        model = networks.build(
            network, part, options={"filters": 2}, data_shape=shape, **extra
        )
        assert model.input_shape == (None, *inputs)
        assert model.output_shape == (None, *outputs)


@pytest.mark.parametrize("network", ["dcgan", "resnet"])
@pytest.mark.parametrize("shape", [(7, 8, 1), (28, 257, 1), (8,)])
def test_convolutions_refuse_other_sizes(network, shape):
    for part, extra in (("discriminator", {}), ("decoder", {"latent_dim": 2})):
        with pytest.raises(
            ValueError, match=rf"of a {network} network.*from 8 to 256.*mlp"
        ):
            networks.build(network, part, data_shape=shape, **extra)


@pytest.mark.parametrize("network", list(networks.NETWORKS))
def test_discriminator_with_several_outputs(network):
    model = networks.build(
        network, "discriminator", data_shape=(8, 8, 1), num_outputs=5
    )
    logits = model(np.ones((2, 8, 8, 1), np.float32))
    assert logits.shape == (2, 5)
    assert logits.dtype == "float32"
    last = model.layers[-1]
    assert last.activation is keras.activations.linear


@pytest.mark.parametrize("network", list(networks.NETWORKS))
def test_shapes_are_no_options(network):
    names = networks.option_names(network)
    assert "spectral_normalization" in names
    assert not {"data_shape", "latent_dim", "num_outputs"} & set(names)
    with pytest.raises(ValueError, match="spectral_normalization.*num_outputs"):
        networks.build(
            network,
            "discriminator",
            data_shape=(8, 8, 1),
            options={"num_outputs": 2},
        )


@pytest.mark.parametrize("network", list(networks.NETWORKS))
@pytest.mark.parametrize(
    "part", ["encoder", "decoder", "generator", "discriminator"]
)
def test_every_weight_has_a_gradient(network, part):
    extra = {"encoder": {"num_outputs": 3}, "discriminator": {}}
    model = networks.build(
        network,
        part,
        data_shape=(12, 9, 2),
        options={"filters": 4} if network != "mlp" else {},
        **extra.get(part, {"latent_dim": 5}),
    )
    rng = np.random.default_rng(0)
    inputs = rng.uniform(size=(16, *model.input_shape[1:])).astype("float32")
    with tf.GradientTape() as tape:
        outputs = model(inputs, training=True)
        loss = tf.reduce_mean(outputs * rng.normal(size=outputs.shape))
    variables = model.trainable_variables
    gradients = tape.gradient(loss, [weight.value for weight in variables])
    for weight, gradient in zip(variables, gradients):
        # A bias that batch normalization undoes has one of about 1e-10.
        assert np.abs(gradient).max() > 1e-6, weight.path


def test_dcgan_narrows_to_a_small_core():
    network = networks.build(
        "dcgan", "discriminator", data_shape=(64, 64, 3), options={"filters": 4}
    )
    convolutions = [
        layer
        for layer in network.layers
        if isinstance(layer, keras.layers.Conv2D)
    ]
    assert [layer.filters for layer in convolutions] == [4, 8, 16, 32]
    assert convolutions[-1].output.shape == (None, 4, 4, 32)


@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_convolutions_of_keras_and_fast_ones(part):
    shapes = {"encoder": {"num_outputs": 6}, "decoder": {"latent_dim": 6}}
    usual, fast = (
        networks.build(
            "dcgan",
            part,
            data_shape=(9, 8, 1),
            options={"filters": 4, "fast_convolutions": is_fast},
            **shapes[part],
        )
        for is_fast in (False, True)
    )
    kinds = FastConv2D, FastConv2DTranspose
    of_keras = keras.layers.Conv2D, keras.layers.Conv2DTranspose
    assert any(isinstance(layer, kinds) for layer in fast.layers)
    assert any(isinstance(layer, of_keras) for layer in usual.layers)
    assert not any(isinstance(layer, kinds) for layer in usual.layers)
    fast.set_weights(usual.get_weights())
    inputs = np.random.default_rng(0).random((5, *fast.input_shape[1:]))
    np.testing.assert_allclose(usual(inputs), fast(inputs), atol=1e-6)


def test_convolutions_are_fast_or_not():
    with pytest.raises(ValueError, match="`fast_convolutions`.*True, False"):
        networks.build(
            "dcgan",
            "discriminator",
            data_shape=(8, 8, 1),
            options={"fast_convolutions": "no"},
        )


@pytest.mark.parametrize("network", list(networks.NETWORKS))
def test_generator_stays_in_range(network):
    generator = networks.build(
        network, "generator", data_shape=(8, 8, 3), latent_dim=4
    )
    # Weights that drive the last activation to its ends.
    generator.set_weights([w * 100 for w in generator.get_weights()])
    images = generator(np.random.default_rng(0).normal(size=(64, 4))).numpy()
    assert 0 <= images.min() < 0.01
    assert 0.99 < images.max() <= 1


def test_rows_of_numbers_are_unbounded():
    generator = networks.build(
        "mlp", "generator", data_shape=(2,), latent_dim=4
    )
    generator.set_weights([w * 100 for w in generator.get_weights()])
    rows = generator(np.random.default_rng(0).normal(size=(64, 4))).numpy()
    assert rows.shape == (64, 2)
    assert np.abs(rows).max() > 10


@pytest.mark.parametrize("network", list(networks.NETWORKS))
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_precision_is_inside_and_the_ends_are_float32(network, policy):
    before = keras.config.dtype_policy()
    model = networks.build(
        network, "decoder", data_shape=(8, 8, 1), latent_dim=4, dtype=policy
    )
    assert keras.config.dtype_policy() == before
    hidden = [
        layer for layer in model.layers if isinstance(layer, keras.layers.Dense)
    ]
    assert hidden[0].dtype_policy.name == policy
    assert model(np.zeros((2, 4), np.float32)).dtype == "float32"


def test_options_of_dense_layers():
    model = networks.build(
        "mlp",
        "discriminator",
        data_shape=(8, 8, 1),
        options={"hidden_units": [7, 5], "dropout": 0.0, "activation": "tanh"},
    )
    kinds = [type(layer).__name__ for layer in model.layers]
    assert "Dropout" not in kinds
    units = [
        layer.units
        for layer in model.layers
        if isinstance(layer, keras.layers.Dense)
    ]
    assert units == [7, 5, 1]


@pytest.mark.parametrize(
    ("network", "options", "batch", "layer"),
    [
        ("dcgan", {}, 2, 0),
        ("dcgan", {"spectral_normalization": True}, 0, 0),
        (
            "dcgan",
            {
                "spectral_normalization": True,
                "discriminator_normalization": "batch",
            },
            2,
            0,
        ),
        ("dcgan", {"discriminator_normalization": "layer"}, 0, 2),
        ("dcgan", {"discriminator_normalization": None}, 0, 0),
        ("resnet", {}, 0, 0),
        ("resnet", {"discriminator_normalization": "batch"}, 4, 0),
        ("resnet", {"discriminator_normalization": "layer"}, 0, 4),
    ],
)
def test_normalization_of_a_discriminator(network, options, batch, layer):
    shapes = {"data_shape": (28, 28, 1)}
    options = {"filters": 2, **options}
    model = networks.build(network, "discriminator", options=options, **shapes)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds.count("BatchNormalization") == batch
    assert kinds.count("LayerNormalization") == layer
    # It is the discriminator's alone.
    encoder = networks.build(
        network, "encoder", options=options, num_outputs=2, **shapes
    )
    kinds = [type(layer).__name__ for layer in encoder.layers]
    assert "BatchNormalization" in kinds
    assert "LayerNormalization" not in kinds


def test_layer_normalization_is_of_one_image():
    model = networks.build(
        "dcgan",
        "discriminator",
        data_shape=(16, 16, 1),
        options={"filters": 2, "discriminator_normalization": "layer"},
    )
    images = np.random.default_rng(0).uniform(size=(4, 16, 16, 1))
    alone = np.concatenate(
        [model(images[i : i + 1], training=True) for i in range(4)]
    )
    np.testing.assert_allclose(model(images, training=True), alone, atol=1e-6)
    normalization = next(
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.LayerNormalization)
    )
    assert normalization.gamma.shape == (4, 4, 4)


def test_options_of_normalization_are_listed():
    for network in ("dcgan", "resnet"):
        listed = "'batch', 'layer', 'instance', None.*'group'"
        with pytest.raises(ValueError, match=listed):
            networks.build(
                network,
                "discriminator",
                data_shape=(8, 8, 1),
                options={"discriminator_normalization": "group"},
            )


def test_unknown_names_list_the_known():
    with pytest.raises(ValueError, match="'mlp', 'dcgan', 'resnet'.*'unet'"):
        networks.build("unet", "encoder", data_shape=(8, 8, 1))
    with pytest.raises(ValueError, match="hidden_units.*'filters'"):
        networks.build(
            "mlp",
            "encoder",
            data_shape=(8, 8, 1),
            num_outputs=2,
            options={"filters": 3},
        )
