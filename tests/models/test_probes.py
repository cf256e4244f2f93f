"""Models that the engine was not written for keep the contract."""

import inspect

import numpy as np

from tests.contract.any_kind import AnyKindContract
from tests.models import probes

LENGTH, VOCABULARY = 12, 5


class ProbeContract(AnyKindContract):
    def test_a_subclass_of_few_lines(self):
        source, _ = inspect.getsourcelines(self.model_class)
        assert len(source) <= 60


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
