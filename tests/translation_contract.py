"""What models between two domains promise, besides what every model does.

`ModelContract` without what concerns drawing from seeds, and with translation
in its place.
"""

import numpy as np
import pytest
import tensorflow as tf

from kerasgen import data
from kerasgen.serving import replay
from tests.contract.any_kind import requests_of
from tests.contract.base import assert_finite
from tests.contract.distinct import once_a
from tests.model_contract import ModelContract
from tests.model_contract import TrainingContract
from tests.serving import runtimes

SHAPES = {"source_shape": (16, 16, 1), "target_shape": (16, 16, 3)}
# What spoils images, and what the error must say.
BAD_IMAGES = (
    (lambda x: (x > 0.5).astype("uint8"), "uint8"),
    (lambda x: x * 255, "255"),
    (lambda x: np.where(x > 0.9, np.nan, x), "NaN"),
    (lambda x: x[:, :15], r"15, 16, \d"),
    (lambda x: x[:0], "empty|at least one"),
)


class Domains:
    """Digits, and their negatives in colour; as data of a contract."""

    shapes = SHAPES
    # Instance normalization divides by the deviations of few values.
    replica_rate = 1e-3
    xla_rate = 1e-3

    def data_for(self, model, images=None):
        images = self.images if images is None else images
        images = images.repeat(2, axis=1).repeat(2, axis=2)
        source, target = model.source_shape, model.target_shape
        return (
            np.repeat(images, source[-1], axis=-1),
            np.repeat(1.0 - images, target[-1], axis=-1),
        )

    def draw(self, model, seed=1):
        random = np.random.default_rng(seed)
        return model.translate(
            random.random((4, *model.source_shape), "float32")
        )


class TranslationTrainingContract(Domains, TrainingContract):
    """`TrainingContract` of a model between two domains."""


class TranslationContract(Domains, ModelContract):
    """`ModelContract` of a model between two domains."""

    # What concerns seeds, latents and classes.
    test_generate = None
    test_generate_by_class = None
    test_generate_does_not_depend_on_batches = None
    test_generate_refuses_bad_arguments = None
    test_generate_uses_averages = None
    test_encoder_methods = None
    test_bad_labels_are_refused = None
    test_trains_on_a_data_set_with_labels = None

    def output_shape_of(self, network):
        if network.name == "patch_discriminator":
            return (None, "rows", "columns", 1)
        return super().output_shape_of(network)

    # === Translation ===

    def images_of(self, model, domain):
        """Five images of `"source"` or `"target"`."""
        pair = self.data_for(model, self.images[:5])
        return pair[0 if domain == "source" else 1]

    def ways(self, model):
        """(from, to) of each way that the model knows."""
        ways = [("source", "target")]
        return ways + [("target", "source")] * model.can("to_source")

    def test_translate(self):
        model = self.trained().model
        for start, end in self.ways(model):
            images = self.images_of(model, start)
            translated = model.translate(images, to=end)
            assert isinstance(translated, np.ndarray)
            assert translated.dtype == np.float32
            assert translated.shape == (5, *model.columns[end].shape)
            assert_finite(translated)
            assert translated.min() >= 0
            assert translated.max() <= 1
            assert np.ptp(translated, axis=0).max() > 1e-4
            in_parts = model.translate(images, to=end, batch_size=2)
            np.testing.assert_allclose(in_parts, translated, rtol=0, atol=1e-6)
            bytes_ = np.round(255 * images).astype(np.uint8)
            np.testing.assert_allclose(
                model.translate(bytes_, to=end), translated, rtol=0, atol=0.05
            )

    def test_translate_refuses_bad_arguments(self):
        model = self.trained().model
        images = self.images_of(model, "source")
        with pytest.raises(ValueError, match="`to` must be"):
            model.translate(images, to="anything")
        for spoil, words in BAD_IMAGES:
            with pytest.raises(ValueError, match=words):
                model.translate(spoil(images))
        with pytest.raises(NotImplementedError, match="it can be asked for to"):
            model.generate(2)

    def test_translate_uses_averages(self):
        model = self.trained().model
        if model.ema_momentum is None:
            return
        averaged = self.draw(model)
        model.use_ema = False
        assert np.abs(averaged - self.draw(model)).max() > 0
        model.use_ema = True

    def test_pairs_of_a_data_set(self):
        model = self.new_model(options={"run_eagerly": True})
        source, target = self.data_for(model, self.images[:8])
        pairs = data.load_pairs(source, target, batch_size=4, seed=0)
        assert_finite(model.fit(pairs, verbose=0).history)
        assert model.predict(pairs, verbose=0).shape == target.shape

    @pytest.mark.parametrize("as_data_set", [False, True])
    def test_bad_images_are_refused(self, as_data_set):
        model = self.trained().model
        before = [np.array(w) for w in model.weights]
        for column in range(2):
            for spoil, words in BAD_IMAGES:
                rows = list(self.data_for(model))
                rows[column] = spoil(rows[column])
                if as_data_set:
                    if len(rows[0]) != len(rows[1]):
                        continue
                    rows = tf.data.Dataset.from_tensor_slices(tuple(rows))
                    rows = (rows.batch(16),)
                with pytest.raises(ValueError, match=words) as raised:
                    model.fit(*rows, verbose=0)
                assert "must" in str(raised.value)
                assert "Received" in str(raised.value)
        for weight, old in zip(model.weights, before):
            np.testing.assert_array_equal(weight, old)

    def test_rows_have_shapes_of_images(self):
        for name in SHAPES:
            with pytest.raises(ValueError, match="height, width, channels"):
                self.new_model(compiled=False, **{name: (16,)})

    # === Exports ===

    def test_signatures_are_methods(self):
        model = self.trained().model
        signatures = model.signatures()
        names = {f"to_{end}" for _, end in self.ways(model)}
        assert set(signatures) == names | {"serving_default"}
        for start, end in self.ways(model):
            images = self.images_of(model, start)
            function, specs = signatures[f"to_{end}"]
            assert [spec.name for spec in specs] == [start]
            found = tf.function(function)(tf.constant(images))
            np.testing.assert_allclose(
                found[end], model.translate(images, to=end), atol=1e-6
            )

    @once_a("signature")
    def test_export(self, tmp_path):
        model = self.trained().model
        folder = model.export(tmp_path / "servable")
        requests = requests_of(model.endpoints())
        requests["serving_default"] = requests["to_target"]
        answers = replay.answers(folder, list(requests.items()))
        for (name, inputs), found in zip(requests.items(), answers):
            end = "source" if name == "to_source" else "target"
            expected = model.translate(*inputs.values(), to=end)
            np.testing.assert_allclose(found[end], expected, atol=1e-6)
        for runtime in runtimes.installed():
            np.testing.assert_allclose(
                runtime(folder, requests["serving_default"]),
                model.translate(*requests["serving_default"].values()),
                rtol=0,
                atol=1e-5,
                err_msg=runtime.__name__,
            )
