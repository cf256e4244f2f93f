"""Models that the engine was not written for keep the contract."""

import inspect

import numpy as np
import pytest
import tensorflow as tf

from kerasgen.models.endpoints import examples_of
from kerasgen.serving import replay
from tests.contract.config import ConfigContract
from tests.contract.distinct import once_a
from tests.contract.fitting import FitContract
from tests.contract.training import TrainingContract
from tests.models import probes

LENGTH, VOCABULARY = 12, 5


class ProbeContract(TrainingContract):
    """Save, resume, replicas, two workers, precision, XLA, export and seeds."""

    config_arguments = {}
    all_arguments = ConfigContract.all_arguments
    metric_names = {"loss"}

    def configured(self, **changes):
        changes = {**self.all_arguments, **changes}
        return self.new_model(compiled=False, **changes)

    test_config_round_trip = ConfigContract.test_config_round_trip
    test_same_seed_same_training = FitContract.test_same_seed_same_training
    test_other_seed_other_training = FitContract.test_other_seed_other_training
    test_compile_arguments_are_restored = (
        FitContract.test_compile_arguments_are_restored
    )
    test_undeclared_columns_are_refused = (
        FitContract.test_undeclared_columns_are_refused
    )
    test_two_workers_equal_one = FitContract.test_two_workers_equal_one

    def test_a_subclass_of_few_lines(self):
        source, _ = inspect.getsourcelines(self.model_class)
        assert len(source) <= 60

    def test_samples_are_functions_of_their_seeds(self):
        model = self.trained().model
        if not model.can("generate"):
            with pytest.raises(NotImplementedError, match="generate"):
                model.generate(2)
            return
        samples = model.generate(5, seed=1)
        assert samples.shape == (5, *model.data_shape)
        model.kind.check(samples, "samples")
        np.testing.assert_allclose(
            samples, model.generate(5, seed=1, batch_size=2), atol=1e-6
        )
        np.testing.assert_allclose(
            samples[:3], model.generate(3, seed=1), atol=1e-6
        )
        assert not np.array_equal(samples, model.generate(5, seed=2))
        assert len(np.unique(samples, axis=0)) > 1

    @once_a("signature")
    def test_export(self, tmp_path):
        model = self.trained().model
        folder = model.export(tmp_path / "servable")
        table = model.endpoints()
        examples = examples_of(table, 4)
        requests = {
            name: {key: examples[key] for key in endpoint.inputs}
            for name, endpoint in table.items()
            if endpoint.is_served
        }
        answers = replay.answers(folder, list(requests.items()))
        for (name, inputs), found in zip(requests.items(), answers):
            function = tf.function(table[name].named)
            expected = function(*map(tf.constant, inputs.values()))
            assert set(found) == set(expected)
            for key, rows in expected.items():
                if rows.dtype == tf.string:
                    continue  # The same images as files.
                np.testing.assert_allclose(found[key], rows, atol=1e-6)


class TestFlow(ProbeContract):
    model_class = probes.Flow
    config_arguments = {"units": 8, "num_steps": 3}
    replica_rate = 1e-3


class TestNextToken(ProbeContract):
    model_class = probes.NextToken
    shapes = {"length": LENGTH, "vocabulary_size": VOCABULARY}
    config_arguments = {"units": 8}
    draws_noise = False

    def data_for(self, model, images=None):
        """Greys of pixels as tokens."""
        images = self.images if images is None else images
        greys = images.reshape(len(images), -1)[:, 16 : 16 + LENGTH]
        return (np.int32(np.round(greys * (VOCABULARY - 1))),)


class TestTranslator(ProbeContract):
    model_class = probes.Translator
    shapes = {"source_shape": (8, 8, 1), "target_shape": (4, 4, 3)}
    config_arguments = {"dropout": 0.3}
    # Dropout differs on replicas, as it should.
    replica_arguments = {"dropout": 0.0}

    def data_for(self, model, images=None):
        """Images, and their negatives, smaller and in colour."""
        images = self.images if images is None else images
        negatives = 1.0 - images[:, ::2, ::2]
        return images, np.repeat(negatives, 3, axis=-1)

    def draw(self, model, seed=1):
        source = np.random.default_rng(seed).random((4, 8, 8, 1), "float32")
        return model.call_endpoint("to_target", source)
