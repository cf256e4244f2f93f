"""The contract for FlowTranslation, and what only it does."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from tests.translation_contract import TranslationContract
from tests.translation_contract import TranslationTrainingContract

SMALL = {"filters": [8], "embedding_units": 16, "attention_heads": 1}
SHAPE = (16, 16, 1)
SHAPES = {"source_shape": SHAPE, "target_shape": SHAPE}


class TestFlowTranslationContract(TranslationContract):
    model_class = kerasgen.FlowTranslation
    shapes = SHAPES
    arguments = {"network_options": SMALL, "num_steps": 2}
    config_arguments = {
        "network": "mlp",
        "network_options": {"hidden_units": [16]},
        "coupling": "given",
        "num_steps": 3,
        "sampler": "euler",
        "ema_momentum": 0.9,
    }
    metric_names = {"loss"}
    # New networks return zeros, whatever the time that is drawn.
    draws_noise = False
    # Rows are paired outside of the graph, which XLA is refused for.
    test_compiled_by_xla_or_not = None


class TestFlowTranslationOfPairs(TranslationTrainingContract):
    model_class = kerasgen.FlowTranslation
    shapes = SHAPES
    arguments = {
        "network": "mlp",
        "network_options": {"hidden_units": [16]},
        "coupling": "given",
    }
    metric_names = {"loss"}


class Velocity(keras.layers.Layer):
    """A velocity that is a factor times the place, and a constant."""

    def __init__(self, factor, constant):
        super().__init__()
        self.factor, self.constant = factor, constant

    def call(self, inputs):
        x, times = inputs
        return self.factor * x + self.constant + 0.0 * times[:, :, None, None]


def flow(factor, constant, **arguments):
    """A model that moves by a velocity that is known."""
    inputs = [keras.Input(SHAPE), keras.Input((1,))]
    outputs = Velocity(factor, constant)(inputs)
    return kerasgen.FlowTranslation(
        SHAPE,
        SHAPE,
        backbone=keras.Model(inputs, outputs),
        ema_momentum=None,
        **arguments,
    )


def images_of(seed, number=6):
    random = np.random.default_rng(seed)
    return random.uniform(0.3, 0.6, (number, *SHAPE)).astype("float32")


@pytest.mark.parametrize("sampler", ["euler", "heun"])
def test_a_constant_velocity_is_followed_exactly(sampler):
    # Pixels of [0, 1] move half as far as those of [-1, 1].
    model = flow(0.0, 0.4, sampler=sampler, num_steps=3)
    images = images_of(0)
    translated = model.translate(images)
    np.testing.assert_allclose(translated, images + 0.2, atol=1e-6)
    back = model.translate(translated, to="source")
    np.testing.assert_allclose(back, images, atol=1e-6)


def test_a_linear_velocity_has_the_solution_of_its_equation():
    model = flow(0.5, 0.0, num_steps=32)
    images = images_of(0)
    expected = np.clip((2 * images - 1) * np.exp(0.5) / 2 + 0.5, 0, 1)
    np.testing.assert_allclose(model.translate(images), expected, atol=1e-4)


def test_translations_stay_in_the_range_of_images():
    assert flow(0.0, 3.0).translate(images_of(0)).max() == 1.0
    assert flow(0.0, 3.0).translate(images_of(0), to="source").min() == 0.0


def test_loss_by_hand():
    """With a velocity of 0.4 everywhere times do not matter."""
    model = flow(0.0, 0.4, coupling="given", seed=0)
    model.compile()
    x_0, x_1 = images_of(0), images_of(1)
    found = model.evaluate(x_0, x_1, batch_size=4, verbose=0)
    expected = np.square(2 * (x_1 - x_0) - 0.4).mean()
    assert found == pytest.approx(expected, rel=1e-5)


def test_coupling_pairs_what_is_near():
    """Targets are the sources in another order: a line of no length each."""
    images, order = images_of(0), [3, 0, 4, 5, 1, 2]
    losses = {}
    for coupling in ("optimal_transport", "given"):
        model = flow(0.0, 0.0, coupling=coupling, seed=0)
        model.compile()
        losses[coupling] = model.evaluate(
            images, images[order], batch_size=6, verbose=0
        )
    assert losses["optimal_transport"] == pytest.approx(0, abs=1e-9)
    assert losses["given"] > 0.01


def test_learns_what_pairs_have_in_common():
    """Less contrast, and more light; a dot stays where it is."""
    keras.utils.set_random_seed(0)
    digits, _ = kerasgen.data.load_arrays("digits", image_size=16)
    images, others = digits[:256], digits[256:320]
    model = kerasgen.FlowTranslation(
        SHAPE,
        SHAPE,
        network_options={"filters": [16]},
        coupling="given",
        num_steps=8,
        ema_momentum=0.9,
        seed=0,
    )
    model.compile(keras.optimizers.Adam(3e-3))
    model.fit(images, 0.5 + images / 3, batch_size=32, epochs=8, verbose=0)
    partners = 0.5 + others / 3
    before = np.abs(others - partners).mean()
    assert np.abs(model.translate(others) - partners).mean() < 0.2 * before
    back = model.translate(partners, to="source")
    assert np.abs(back - others).mean() < 0.2 * before


def test_refusals():
    with pytest.raises(ValueError, match="must be the same.*CycleGAN"):
        kerasgen.FlowTranslation(SHAPE, (16, 16, 3))
    with pytest.raises(ValueError, match="`coupling` must be"):
        kerasgen.FlowTranslation(SHAPE, SHAPE, coupling="independent")
    with pytest.raises(ValueError, match="`jit_compile`.*coupling"):
        flow(0.0, 0.0).compile(jit_compile=True)
    flow(0.0, 0.0, coupling="given").compile(jit_compile=True)


def test_a_call_is_the_way_to_the_target():
    model = flow(0.0, 0.4, num_steps=3)
    images = images_of(0)
    for inputs in (images, (images, images)):
        found = model(tf.nest.map_structure(tf.constant, inputs))
        np.testing.assert_allclose(found, images + 0.2, atol=1e-6)
