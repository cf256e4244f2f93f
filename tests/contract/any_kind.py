"""The contract of models of any kind of data, for what is no image."""

import numpy as np
import pytest
import tensorflow as tf

from kerasgen.models.endpoints import examples_of
from kerasgen.serving import replay
from tests.contract.config import ConfigContract
from tests.contract.distinct import once_a
from tests.contract.fitting import FitContract
from tests.contract.training import TrainingContract


def requests_of(table):
    """Four rows for each endpoint that is served, by its name."""
    examples = examples_of(table, 4)
    return {
        name: {key: examples[key] for key in endpoint.inputs}
        for name, endpoint in table.items()
        if endpoint.is_served
    }


class AnyKindContract(TrainingContract):
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
        requests = requests_of(table)
        answers = replay.answers(folder, list(requests.items()))
        for (name, inputs), found in zip(requests.items(), answers):
            function = tf.function(table[name].named)
            expected = function(*map(tf.constant, inputs.values()))
            assert set(found) == set(expected)
            for key, rows in expected.items():
                if rows.dtype == tf.string:
                    continue  # The same images as files.
                np.testing.assert_allclose(found[key], rows, atol=1e-6)
