"""Guidance by what a flow was early in its training."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen

STEPS = 12


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(0).normal(size=(400, 2)).astype("float32")


def trained(rows, epochs, **settings):
    """10 steps an epoch."""
    model = kerasgen.FlowMatching((2,), early_steps=STEPS, seed=0, **settings)
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(rows, batch_size=40, epochs=epochs, verbose=0)
    return model


def kept(model):
    with model.early_weights():
        return [np.array(weight.value) for weight in model.backbone.weights]


def averaged(model):
    with model.averaged_weights():
        return [np.array(weight.value) for weight in model.backbone.weights]


def all_equal(some, others):
    return all(np.array_equal(a, b) for a, b in zip(some, others))


@pytest.mark.parametrize("momentum", [0.9, None])
def test_kept_are_the_averages_of_that_step(rows, momentum):
    model = trained(rows, 1, ema_momentum=momentum)
    assert all_equal(kept(model), averaged(model))
    model.fit(rows[:80], batch_size=40, shuffle=False, verbose=0)
    at_that_step = averaged(model)
    assert all_equal(kept(model), at_that_step)
    model.fit(rows, batch_size=40, epochs=2, verbose=0)
    assert all_equal(kept(model), at_that_step)
    assert not all_equal(averaged(model), at_that_step)


def test_kept_begin_as_the_weights():
    model = kerasgen.FlowMatching((2,), seed=0)
    assert all_equal(kept(model), averaged(model))


def test_guidance_changes_nothing_until_then(rows):
    model = trained(rows, 1)
    plain = model.generate(5, seed=1)
    np.testing.assert_allclose(
        model.generate(5, seed=1, guidance=3.0), plain, atol=1e-5
    )
    model.fit(rows, batch_size=40, epochs=2, verbose=0)
    plain = model.generate(5, seed=1)
    led = model.generate(5, seed=1, guidance=3.0)
    assert np.abs(led - plain).max() > 0.01


def test_leads_away_from_the_early_prediction(rows):
    """One step of Euler's, whose velocities are known."""
    model = trained(rows, 3)
    noise = np.random.default_rng(1).normal(size=(6, 2)).astype("float32")
    t = tf.zeros(6)
    with model.averaged_weights():
        now = model.predicted(tf.constant(noise), t, None).numpy()
        with model.early_weights():
            early = model.predicted(tf.constant(noise), t, None).numpy()
    assert np.abs(now - early).max() > 0.01
    for guidance in (0.0, 1.0, 2.5):
        with model.sampling(sampler="euler", num_steps=1, guidance=guidance):
            found = model.decode(noise)
            assert model.num_evaluations == (2 if guidance == 2.5 else 1)
        expected = noise + early + guidance * (now - early)
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_saved_and_exported(rows, tmp_path):
    model = trained(rows, 3, guidance=2.0)
    drawn = model.generate(5, seed=1)
    model.save(tmp_path / "model.keras")
    again = kerasgen.load(tmp_path / "model.keras")
    np.testing.assert_allclose(again.generate(5, seed=1), drawn, atol=1e-6)
    loaded = tf.saved_model.load(str(model.export(tmp_path / "export")))
    noise = np.random.default_rng(1).normal(size=(4, 2)).astype("float32")
    served = loaded.signatures["serving_default"](latents=tf.constant(noise))
    [values] = served.values()
    np.testing.assert_allclose(values, model.decode(noise), atol=1e-5)


def test_with_classes(rows):
    """What is led away from has the class too."""
    labels = np.arange(400) % 2
    model = kerasgen.FlowMatching(
        (2,), num_classes=2, guide="early", early_steps=STEPS, seed=0
    )
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(
        rows + 4.0 * labels[:, None],
        labels,
        batch_size=40,
        epochs=20,
        verbose=0,
    )
    drawn = model.generate(200, seed=0, labels=[0, 1], guidance=1.5)
    np.testing.assert_allclose(drawn[::2].mean(axis=0), 0.0, atol=0.5)
    np.testing.assert_allclose(drawn[1::2].mean(axis=0), 4.0, atol=0.5)


def test_the_class_cannot_guide_where_there_is_none():
    with pytest.raises(ValueError, match='`guide` must be "early"'):
        kerasgen.FlowMatching((2,), guide="class")
    assert kerasgen.FlowMatching((2,)).guide == "early"
    assert kerasgen.FlowMatching((2,), num_classes=2).guide == "class"
