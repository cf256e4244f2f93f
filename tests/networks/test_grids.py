import numpy as np
import pytest

from kerasgen.layers import FastConv2D
from kerasgen.layers import FastConv2DTranspose
from kerasgen.networks import default_grid_shape
from kerasgen.networks import grid_decoder
from kerasgen.networks import grid_encoder


@pytest.mark.parametrize(
    ("data_shape", "grid_shape"),
    [
        ((8, 8, 1), (4, 4)),
        ((28, 28, 1), (7, 7)),
        ((32, 48, 3), (8, 12)),
        ((30, 17, 1), (8, 5)),
        ((64, 64, 3), (16, 16)),
        ((6,), (8, 1)),
    ],
)
def test_shapes(data_shape, grid_shape):
    assert default_grid_shape(data_shape) == grid_shape
    latent_shape = (*grid_shape, 3)
    networks = ["mlp"]
    if len(data_shape) == 3:
        networks += ["resnet", "dcgan"]
    for network in networks:
        options = {} if network == "mlp" else {"filters": 4}
        encoder, decoder = (
            build(network, data_shape, latent_shape, options=options)
            for build in (grid_encoder, grid_decoder)
        )
        latents = encoder(np.zeros((2, *data_shape), "float32"))
        assert latents.shape == (2, *latent_shape)
        assert decoder(latents).shape == (2, *data_shape)
        assert encoder.input_shape == decoder.output_shape


def test_convolutions_of_keras_and_fast_ones():
    """They compute the same, from the same weights."""
    inputs = np.random.default_rng(0).random((3, 8, 8, 1)).astype("float32")
    for build in (grid_encoder, grid_decoder):
        usual, fast = (
            build(
                "resnet",
                (8, 8, 1),
                (4, 4, 1),
                options={"filters": 4, "fast_convolutions": is_fast},
            )
            for is_fast in (False, True)
        )
        kinds = FastConv2D, FastConv2DTranspose
        assert any(isinstance(layer, kinds) for layer in fast.layers)
        assert not any(isinstance(layer, kinds) for layer in usual.layers)
        fast.set_weights(usual.get_weights())
        given = inputs[:, : fast.input_shape[1], : fast.input_shape[2]]
        np.testing.assert_allclose(usual(given), fast(given), atol=1e-5)


def test_places_are_kept():
    encoder = grid_encoder("resnet", (32, 32, 1), (8, 8, 2))
    images = np.zeros((2, 32, 32, 1), "float32")
    images[1, :4, :4] = 1.0
    first, second = np.array(encoder(images))
    changed = np.abs(first - second).max(axis=-1) > 1e-6
    # As far as the kernels reach: 4 pixels, and 2 places of the grid.
    assert changed[0, 0]
    assert not changed[4:].any()
    assert not changed[:, 4:].any()


@pytest.mark.parametrize(
    ("network", "data_shape", "grid_shape", "options", "words"),
    [
        (
            "resnet",
            (28, 28, 1),
            (5, 5),
            {},
            r"\(14, 14\), \(7, 7\), \(4, 4\).*grid_shape=\(5, 5\)",
        ),
        ("resnet", (8, 8, 1), (4, 4), {"units": 3}, "filters.*'units': 3"),
        ("resnet", (8, 8, 1), (4, 4), {"filters": 0}, "filters=0"),
        ("resnet", (6,), (8, 1), {}, r"data_shape=\(6,\)"),
        ("unet", (8, 8, 1), (4, 4), {}, "'mlp'.*'unet'"),
    ],
)
def test_bad_arguments_are_refused(
    network, data_shape, grid_shape, options, words
):
    for build in (grid_encoder, grid_decoder):
        with pytest.raises(ValueError, match=words):
            build(network, data_shape, (*grid_shape, 3), options=options)
