import keras
import numpy as np
import pytest

from kerasgen import networks

SHAPES = [
    *[(size, size, 1) for size in (8, 9, 11, 16, 28, 30, 32, 63, 64)],
    (28, 28, 3),
    (8, 20, 3),
    (48, 33, 1),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_dcgan_fits_every_size(shape):
    options = {"options": {"filters": 2}, "data_shape": shape}
    for part, inputs, outputs in (
        ("encoder", shape, (6,)),
        ("decoder", (3,), shape),
        ("generator", (3,), shape),
        ("discriminator", shape, (1,)),
    ):
        extra = {
            "encoder": {"num_outputs": 6},
            "discriminator": {},
        }.get(part, {"latent_dim": 3})
        network = networks.build("dcgan", part, **options, **extra)
        assert network.input_shape == (None, *inputs)
        assert network.output_shape == (None, *outputs)


@pytest.mark.parametrize("shape", [(7, 8, 1), (28, 65, 1), (8,)])
def test_dcgan_refuses_other_sizes(shape):
    with pytest.raises(ValueError, match=r"from 8 to 64.*mlp"):
        networks.build("dcgan", "discriminator", data_shape=shape)


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


@pytest.mark.parametrize("network", ["mlp", "dcgan"])
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


@pytest.mark.parametrize("network", ["mlp", "dcgan"])
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


def test_unknown_names_list_the_known():
    with pytest.raises(ValueError, match="'mlp', 'dcgan'.*'unet'"):
        networks.build("unet", "encoder", data_shape=(8, 8, 1))
    with pytest.raises(ValueError, match="hidden_units.*'filters'"):
        networks.build(
            "mlp",
            "encoder",
            data_shape=(8, 8, 1),
            num_outputs=2,
            options={"filters": 3},
        )
