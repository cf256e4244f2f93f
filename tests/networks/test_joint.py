import keras
import numpy as np
import pytest

from kerasgen import networks
from kerasgen.networks import check_network
from kerasgen.networks import joint_discriminator

SHAPE = (9, 9, 1)
Wrapper = keras.layers.SpectralNormalization


def inputs():
    rng = np.random.default_rng(0)
    return [
        rng.uniform(size=(6, *SHAPE)).astype("float32"),
        rng.normal(size=(6, 3)).astype("float32"),
    ]


def small(network):
    return {"hidden_units": [6]} if network == "mlp" else {"filters": 2}


@pytest.mark.parametrize("network", list(networks.NETWORKS))
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_one_logit_a_pair(network, policy):
    before = keras.config.dtype_policy()
    model = joint_discriminator(
        network, SHAPE, 3, dtype=policy, options=small(network), units=8
    )
    assert keras.config.dtype_policy() == before
    check_network(model, "discriminator", [SHAPE, (3,)], (1,))
    logits = model(inputs())
    assert logits.dtype == "float32"
    hidden = [
        layer for layer in model.layers if isinstance(layer, keras.layers.Dense)
    ]
    assert hidden[-2].compute_dtype == policy.removeprefix("mixed_")
    assert hidden[-2].units == 8


def test_it_sees_both():
    model = joint_discriminator("mlp", SHAPE, 3, units=8)
    images, latents = inputs()
    logits = model([images, latents]).numpy()
    assert np.abs(logits - model([images[::-1], latents])).max() > 1e-3
    assert np.abs(logits - model([images, latents[::-1]])).max() > 1e-3


def test_spectral_normalization_of_every_kernel(tmp_path):
    options = {**small("resnet"), "spectral_normalization": True}
    model = joint_discriminator("resnet", SHAPE, 3, options=options, units=8)
    kinds = (keras.layers.Dense, keras.layers.Conv2D)
    assert not any(isinstance(layer, kinds) for layer in model.layers)
    assert any(isinstance(layer, Wrapper) for layer in model.layers)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(inputs()), loaded(inputs()))


def test_errors():
    with pytest.raises(ValueError, match="'mlp', 'dcgan', 'resnet'.*'unet'"):
        joint_discriminator("unet", SHAPE, 3)
    with pytest.raises(ValueError, match="options of 'mlp'.*filters"):
        joint_discriminator("mlp", SHAPE, 3, options={"filters": 2})
    with pytest.raises(ValueError, match="`units` must be a positive integer"):
        joint_discriminator("mlp", SHAPE, 3, units=0)


class _Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.joint = joint_discriminator("mlp", SHAPE, 3, units=8)

    def call(self, inputs):
        return self.joint(inputs)


def test_check_of_several_inputs():
    shapes = [SHAPE, (3,)]
    model = joint_discriminator("mlp", SHAPE, 3, units=8)
    with pytest.raises(
        ValueError,
        match=r"take a list of inputs of shapes \[\(None, 9, 9, 1\), "
        r"\(None, 4\)\]. Received: a model that takes \[\(None, 9, 9, 1\), "
        r"\(None, 3\)\]",
    ):
        check_network(model, "discriminator", [SHAPE, (4,)], (1,))
    with pytest.raises(ValueError, match=r"takes \(None, 9, 9, 1\)\."):
        one = networks.build("mlp", "discriminator", data_shape=SHAPE)
        check_network(one, "discriminator", shapes, (1,))
    subclassed = _Subclassed()
    subclassed(inputs())
    check_network(subclassed, "discriminator", shapes, (1,))
    with pytest.raises(ValueError, match=r"\(None, 2\).*returns \(None, 1\)"):
        check_network(subclassed, "discriminator", shapes, (2,))


def test_check_sees_the_activation_of_a_wrapped_layer():
    last = Wrapper(keras.layers.Dense(1, activation="sigmoid"))
    model = keras.Sequential([keras.Input((3,)), last])
    with pytest.raises(ValueError, match="must return logits.*ends in sigmoid"):
        check_network(
            model,
            "discriminator",
            (3,),
            (1,),
            refused={"sigmoid": "must return logits"},
        )
