"""The contract for FlowMatching, and what only it does."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

import kerasgen
from kerasgen.models.flow import coupling
from kerasgen.serving import description
from tests.model_contract import ModelContract
from tests.model_contract import TrainingContract

SMALL = {"filters": [8], "embedding_units": 16, "attention_heads": 1}
# What only its loss tells apart needs no more.
SMALLEST = {"filters": [8], "embedding_units": 16, "attention_heads": 0}
DENSE = {"network": "mlp", "network_options": {"hidden_units": [16]}}


class TestFlowMatchingContract(ModelContract):
    model_class = kerasgen.FlowMatching
    arguments = {
        "network_options": SMALL,
        "num_steps": 3,
        "guidance": 1.5,
        "early_steps": 2,
    }
    config_arguments = {
        "num_classes": 10,
        "network": "mlp",
        "network_options": {"hidden_units": [16]},
        "class_dropout": 0.2,
        "ema_momentum": 0.9,
        "sampler": "ddim",
        "num_steps": 4,
        "guidance": 2.0,
        "guide": "early",
        "early_steps": 7,
        "times": "logit_normal",
        "coupling": "optimal_transport",
    }
    metric_names = {"loss"}
    replica_rate = 0.01


class TestConditionalFlowMatching(TrainingContract):
    model_class = kerasgen.FlowMatching
    arguments = {
        **DENSE,
        "num_classes": 10,
        "times": "logit_normal",
        "coupling": "optimal_transport",
        "sampler": "dpm_solver",
        "num_steps": 3,
        "guidance": 2.0,
    }
    metric_names = {"loss"}
    replica_rate = 0.01
    # Rows are paired outside of the graph, which XLA is refused for.
    test_compiled_by_xla_or_not = None


class TestFlowMatchingOfATransformer(TrainingContract):
    model_class = kerasgen.FlowMatching
    arguments = {
        "network": "dit",
        "network_options": {
            "width": 16,
            "num_blocks": 1,
            "attention_heads": 2,
            "embedding_units": 16,
            "patch_size": 2,
        },
        "num_steps": 3,
    }
    metric_names = {"loss"}
    replica_rate = 0.01


class Linear(keras.layers.Layer):
    """A velocity in proportion to where it is, `0.5 x`."""

    def call(self, inputs):
        return 0.5 * inputs[0]


def linear_backbone(shape):
    inputs = [keras.Input(shape), keras.Input((1,))]
    return keras.Model(inputs, Linear()(inputs))


class Constant(keras.layers.Layer):
    """A velocity that is known: the times, and 10 times the class."""

    def call(self, inputs):
        data, times, *labels = inputs
        value = times[:, 0]
        if labels:
            value += 10.0 * tf.cast(labels[0], tf.float32)
        return tf.zeros_like(data) + value[:, None]


def constant_backbone(num_classes=None):
    inputs = [keras.Input((2,)), keras.Input((1,))]
    if num_classes is not None:
        inputs.append(keras.Input((), dtype="int32"))
    return keras.Model(inputs, Constant()(inputs))


@pytest.mark.parametrize("times", ["uniform", "logit_normal"])
def test_loss_by_hand(times):
    """The mean over t of E (t - (x_1 - x_0))^2, numbers of rows apart."""
    model = kerasgen.FlowMatching(
        (2,), backbone=constant_backbone(), times=times, seed=0
    )
    model.compile()
    rows = np.full((20_000, 2), 3.0, "float32")
    found = model.evaluate(rows, batch_size=5_000, verbose=0)
    # E (t - 3 + x_0)^2 = E (t - 3)^2 + 1.
    t = np.random.default_rng(0).normal(size=10**6)
    t = 1 / (1 + np.exp(-t))
    if times == "uniform":
        t = np.random.default_rng(0).random(10**6)
    assert found == pytest.approx(np.mean((t - 3) ** 2) + 1, rel=0.02)


def test_a_known_velocity_is_followed():
    """From noise x the integral of t is 1 / 2; Heun's method finds it."""
    model = kerasgen.FlowMatching((2,), backbone=constant_backbone(), seed=0)
    noise = np.array([[0.5, -1.0], [2.0, 0.0]], "float32")
    data = model.decode(noise)
    # The last step is Euler's: t at its start, so 1 / (2 n^2) is missing.
    missing = 0.5 / model.num_steps**2
    np.testing.assert_allclose(data, noise + 0.5 - missing, rtol=1e-5)
    np.testing.assert_allclose(
        model.encode(data), noise - 2 * missing, rtol=1e-4, atol=1e-5
    )


def test_guidance_and_settings_of_a_call():
    model = kerasgen.FlowMatching(
        (2,),
        num_classes=3,
        backbone=constant_backbone(3),
        sampler="euler",
        num_steps=1,
        seed=0,
    )
    noise = model.generate(2, seed=0, labels=0)
    for guidance in (0.0, 1.0, 2.5):
        # Velocities are 10, and 30 without a class.
        found = model.generate(2, seed=0, labels=1, guidance=guidance)
        expected = noise + 30 + guidance * (10 - 30)
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    # In two steps t is 0 and 1 / 2.
    found = model.generate(2, seed=0, labels=0, num_steps=2)
    np.testing.assert_allclose(found, noise + 0.25, rtol=1e-5)
    # Nothing of it stays; attributes do.
    np.testing.assert_array_equal(model.generate(2, seed=0, labels=0), noise)
    model.num_steps = 2
    np.testing.assert_allclose(
        model.generate(2, seed=0, labels=0), found, rtol=1e-6
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sampler": "rk45"}, "rk45"),
        ({"num_steps": 0}, "num_steps=0"),
        ({"guidance": -1.0}, "guidance=-1.0"),
    ],
)
def test_bad_settings_are_refused(settings, message):
    model = kerasgen.FlowMatching((2,), seed=0)
    with pytest.raises(ValueError, match=message):
        model.generate(2, **settings)
    with pytest.raises(ValueError, match=message):
        kerasgen.FlowMatching((2,), **settings)


def test_labels_are_left_out_for_guidance():
    seen = []

    class Spy(kerasgen.FlowMatching):
        def predicted(self, x, t, labels, training=False):
            seen.append((labels.numpy(), training))
            return super().predicted(x, t, labels, training)

    model = Spy((2,), num_classes=4, class_dropout=0.25, seed=0)
    model.compile(run_eagerly=True)
    rows = np.zeros((2000, 2), "float32")
    labels = np.arange(2000) % 4
    model.fit(rows, labels, batch_size=2000, verbose=0, shuffle=False)
    (found, training), *_ = seen
    assert training
    left_out = found == 4
    assert left_out.mean() == pytest.approx(0.25, abs=0.03)
    np.testing.assert_array_equal(found[~left_out], labels[~left_out])
    seen.clear()
    model.evaluate(rows, labels, batch_size=2000, verbose=0)
    np.testing.assert_array_equal(seen[0][0], labels)


def test_averages_forget_the_first_weights():
    """With a warm-up: after 30 steps Keras's would be 97% of them."""
    model = kerasgen.FlowMatching((2,), ema_momentum=0.999, seed=0)
    model.compile(keras.optimizers.SGD(0.0))
    rows = np.zeros((64, 2), "float32")
    model.fit(rows, batch_size=2, verbose=0)
    kernel = model.trainable_weights[0]
    kernel.assign(kernel + 1.0)
    model.fit(rows[:60], batch_size=2, verbose=0)
    with model.averaged_weights():
        averaged = np.array(kernel)
    # Shares (1 + n) / (10 + n) of the old one, for steps 32 to 61.
    n = np.arange(32, 62)
    left = np.prod((1.0 + n) / (10.0 + n))
    np.testing.assert_allclose(np.array(kernel) - averaged, left, rtol=1e-3)


def test_learns_a_distribution_of_rows():
    """A mixture: means, deviations and shares, and what is likely."""
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, 4000)
    centres = np.array([[-1.0, 0.5], [1.0, -0.5]])
    rows = centres[labels] + 0.2 * generator.normal(size=(4000, 2))
    model = kerasgen.FlowMatching((2,), num_classes=2, seed=0)
    model.compile()
    model.fit(
        rows.astype("float32"), labels, batch_size=200, epochs=40, verbose=0
    )
    for label in range(2):
        drawn = model.generate(1000, seed=1, labels=label)
        np.testing.assert_allclose(
            drawn.mean(axis=0), centres[label], atol=0.06
        )
        np.testing.assert_allclose(drawn.std(axis=0), 0.2, atol=0.05)
    # Without a class, both.
    drawn = model.generate(1000, seed=1, guidance=0.0)
    assert np.mean(drawn[:, 0] > 0) == pytest.approx(0.5, abs=0.08)
    # There and back.
    again = model.decode(
        model.encode(rows[:50], labels=labels[:50]), labels=labels[:50]
    )
    np.testing.assert_allclose(again, rows[:50], atol=0.05)


def test_shortest_pairs():
    """Against all ways to pair, within classes."""
    generator = np.random.default_rng(0)
    noise, data = generator.normal(size=(2, 7, 3)).astype("float32")
    labels = np.array([0, 1, 0, 1, 0, 1, 1])
    order = coupling._shortest_pairs(noise, data, labels)
    assert sorted(order) == list(range(7))
    np.testing.assert_array_equal(labels[order], labels)
    for label in range(2):
        (rows,) = np.nonzero(labels == label)
        cost = ((data[rows][:, None] - noise[rows]) ** 2).sum(-1)
        least = min(
            cost[np.arange(len(rows)), list(way)].sum()
            for way in itertools.permutations(range(len(rows)))
        )
        found = ((data[rows] - noise[order[rows]]) ** 2).sum()
        assert found == pytest.approx(least, rel=1e-5)


def test_coupled_noise_is_nearer():
    distances = {}
    for kind in ("independent", "optimal_transport"):
        model = kerasgen.FlowMatching(
            (2,), backbone=constant_backbone(), coupling=kind, seed=0
        )
        model.compile()
        rows = np.random.default_rng(0).normal(size=(256, 2))
        distances[kind] = model.evaluate(
            rows.astype("float32"), batch_size=256, verbose=0
        )
    assert distances["optimal_transport"] < distances["independent"] - 1


def test_coupling_is_refused_by_xla():
    model = kerasgen.FlowMatching((2,), coupling="optimal_transport", seed=0)
    with pytest.raises(ValueError, match="jit_compile=True"):
        model.compile(jit_compile=True)


def test_likelihood_of_rows_is_exact():
    """`x_1 = e^a x_0`: log p(x) = log N(x e^-a) - a D."""
    model = kerasgen.FlowMatching((2,), backbone=linear_backbone((2,)), seed=0)
    rows = np.random.default_rng(0).normal(size=(5, 2)).astype("float32")
    expected = stats.norm.logpdf(rows * np.exp(-0.5)).sum(axis=1) - 1.0
    found, errors = model.log_likelihood(
        rows, num_samples=2, num_steps=50, return_errors=True, seed=0
    )
    np.testing.assert_allclose(found, expected, atol=1e-3)
    np.testing.assert_allclose(errors, 0.0, atol=1e-6)
    with pytest.raises(ValueError, match="num_samples=1"):
        model.log_likelihood(rows, return_errors=True)


def test_likelihood_of_images():
    """The same, of the 8 bits of a pixel, over dequantization noise."""
    shape = (8, 8, 1)
    model = kerasgen.FlowMatching(
        shape, backbone=linear_backbone(shape), seed=0
    )
    images = np.random.default_rng(0).integers(0, 256, (3, *shape)) / 255
    images = images.astype("float32")
    pixels = (images * 255 + 0.5) / 256
    # Over a grey level the density hardly changes.
    density = stats.norm.logpdf((2 * pixels - 1) * np.exp(-0.5))
    expected = density.sum(axis=(1, 2, 3)) + 64 * (np.log(2 / 256) - 0.5)
    found, errors = model.log_likelihood(
        images, num_samples=4, num_steps=30, return_errors=True, seed=0
    )
    np.testing.assert_allclose(found, expected, rtol=2e-3)
    assert errors.shape == (3,) and np.all(errors < 1)
    again = model.log_likelihood(images, num_samples=4, num_steps=30, seed=0)
    np.testing.assert_array_equal(again, found)
    first = model.log_likelihood(
        images[:1], num_samples=4, num_steps=30, seed=0
    )
    np.testing.assert_allclose(first, found[:1], rtol=1e-6)
    bits = kerasgen.metrics.bits_per_dimension(found, shape)
    np.testing.assert_allclose(bits, -found / 64 / np.log(2), rtol=1e-6)


def test_image_to_image():
    model = kerasgen.FlowMatching(
        (2,), backbone=linear_backbone((2,)), sampler="euler", seed=0
    )
    rows = np.float32([[1.0, 2.0], [-3.0, 0.5]])
    # All the way there is nothing left of the data.
    np.testing.assert_allclose(
        model.image_to_image(rows, strength=1.0, seed=3),
        model.generate(2, seed=3),
        rtol=1e-5,
    )
    # The last of 20 steps: from time 0.95, 5% noise.
    noise = model.latents_from_seeds(tf.constant([[3, 0], [3, 1]]))
    expected = (0.95 * rows + 0.05 * noise) * (1 + 0.5 * 0.05)
    np.testing.assert_allclose(
        model.image_to_image(rows, strength=0.05, seed=3), expected, rtol=1e-4
    )
    with pytest.raises(ValueError, match="strength=2"):
        model.image_to_image(rows, strength=2)


def two_kinds_of_images(number):
    """Images that are all black or all white, in equal shares."""
    shades = np.arange(number) % 2
    return np.ones((number, 8, 8, 1), "float32") * shades[:, None, None, None]


def test_missing_pixels_agree_with_the_known():
    images = two_kinds_of_images(512)
    model = kerasgen.FlowMatching(
        (8, 8, 1), network="mlp", num_steps=10, seed=0
    )
    model.compile(keras.optimizers.Adam(3e-3))
    model.fit(images, batch_size=64, epochs=30, verbose=0)
    mask = np.ones((8, 8))
    mask[:, :4] = 0
    shown = images[:16].copy()
    shown[:, :, :4] = 0.5
    completed = kerasgen.tasks.inpaint(model, shown, mask, seed=0)
    np.testing.assert_array_equal(completed[:, :, 4:], images[:16, :, 4:])
    assert np.abs(completed - images[:16]).mean() < 0.1
    again = kerasgen.tasks.inpaint(model, shown, mask, method="flow", seed=0)
    np.testing.assert_array_equal(again, completed)
    with pytest.raises(ValueError, match="'flow'"):
        kerasgen.tasks.inpaint(model, shown, mask, method="search")


def test_roundings_of_all_evaluations_are_allowed_for(tmp_path):
    model = kerasgen.FlowMatching((2,), num_steps=4, guidance=2.0, seed=0)
    assert model.num_evaluations == 14
    found = description.tolerances(model.export(tmp_path))
    assert found == {
        "serving_default": 14.0,
        "decode": 14.0,
        "generate": 14.0,
        "encode": 14.0,
        "reconstruct": 28.0,
    }


def test_tasks_of_a_flow():
    images = two_kinds_of_images(64) * 0.5 + 0.2
    model = kerasgen.FlowMatching((8, 8, 1), network="mlp", num_steps=4, seed=0)
    detector = kerasgen.tasks.AnomalyDetector(
        model, "likelihood", num_samples=2
    )
    detector.fit(images)
    found = model.log_likelihood(images[:1], num_samples=1, seed=0)
    assert np.isfinite(detector.score_samples(images[:3])).all()
    assert found.shape == (1,)
    ways = kerasgen.tasks.interpolate(
        model, images[:2], images[2:4], num_steps=3
    )
    assert ways.shape == (2, 3, 8, 8, 1)
    np.testing.assert_allclose(
        ways[:, 0], model.reconstruct(images[:2]), atol=1e-5
    )
    with pytest.raises(ValueError, match="shape of its data"):
        kerasgen.tasks.LatentSampler(model)
