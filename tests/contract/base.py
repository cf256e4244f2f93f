"""The model of a contract: how it is built, and what it is fitted to."""

import inspect
import pathlib
import tempfile

import keras
import numpy as np
import pytest

from kerasgen.engine.arguments import NetworkArgument
from kerasgen.engine.arguments import arguments_of
from tests.contract import shared

DATA_SHAPE = (8, 8, 1)


def network_parts(model):
    """The arguments of a model that are networks, of those that it has."""
    return [
        name
        for name, argument in arguments_of(type(model)).items()
        if isinstance(argument, NetworkArgument)
        and getattr(model, name) is not None
    ]


def assert_finite(values):
    assert all(np.all(np.isfinite(v)) for v in keras.tree.flatten(values))


def assert_same_weights(first, second, tolerance=0.0):
    assert len(first.weights) == len(second.weights) > 0
    for a, b in zip(first.weights, second.weights):
        np.testing.assert_allclose(
            a, b, rtol=0, atol=tolerance, err_msg=a.path, equal_nan=False
        )


def state_of(model):
    """Weights and what optimizers know, as arrays: a list for each of them."""
    groups = [model.weights, *(o.variables for o in model.optimizers)]
    return [[np.array(variable) for variable in group] for group in groups]


def assert_same_state(model, expected):
    for group, values in zip(state_of(model), expected, strict=True):
        for index, (a, b) in enumerate(zip(group, values, strict=True)):
            np.testing.assert_array_equal(a, b, err_msg=str(index))


class Contract:
    """What all parts of the contract need.

    Attributes:
        model_class: the class under test.
        shapes: dict of the arguments that say what data are like.
        arguments: dict of those without which the model cannot be built or
            would be slow: it is trained as it is named, with its defaults.
        metric_names: set of what `fit` reports.
        replica_arguments: dict of what else one replica and two need to be
            compared.
        replica_images: int. In batches of 16 the last one of 49 images leaves
            a replica without.
        replica_rate: float, of plain SGD, where replicas are compared.
        xla_rate: float, likewise, where kernels are.
        draws_noise: bool. Whether training does; without, the seed decides the
            order of the images alone.
    """

    model_class = None
    shapes = {"data_shape": DATA_SHAPE}
    arguments = {}
    metric_names = set()
    replica_arguments = {}
    replica_images = 49
    replica_rate = 0.05
    xla_rate = 0.01
    draws_noise = True

    def unmoved(self, model):
        """Weights without a gradient, for a reason that the subclass gives."""
        return []

    @pytest.fixture(autouse=True)
    def _data(self, digits, digit_labels):
        self.images = digits
        self.labels = digit_labels

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _memory(cls):
        yield
        shared.forget(cls)

    def new_model(self, compiled=True, optimizer=None, options=None, **changes):
        keras.utils.set_random_seed(0)
        arguments = {**self.shapes, "seed": 3, **self.arguments}
        model = self.model_class(**{**arguments, **changes})
        if compiled:
            optimizers = {}
            if optimizer is not None:
                names = inspect.signature(model.compile).parameters
                optimizers = {
                    n: optimizer() for n in names if n.endswith("optimizer")
                }
            model.compile(**optimizers, **(options or {}))
        return model

    def labels_for(self, model, number=None):
        """Labels for a model's methods, none where it has no classes."""
        if model.num_classes is None:
            return {}
        number = len(self.images) if number is None else number
        return {"labels": self.labels[:number] % model.num_classes}

    def data_for(self, model, images=None):
        """What the model is fitted to: images, with labels if it needs them."""
        images = self.images if images is None else images
        if not model.trains_on_labels:
            return (images,)
        return images, self.labels[: len(images)] % model.num_classes

    def optimizers_of_a_first_epoch(self, model):
        return model.optimizers

    def fit(self, model, epochs=2, **options):
        return model.fit(
            *self.data_for(model),
            batch_size=16,
            epochs=epochs,
            verbose=0,
            **options,
        ).history

    def draw(self, model, seed=1):
        """What a model makes of a seed; of what it was given, if it has none.

        Args:
            model: one of `model_class`.
            seed: int.

        Returns:
            Array of four rows.
        """
        return model.generate(4, seed=seed)

    @shared.shared
    def trained(self):
        """The model after three epochs; tests must not train it further."""
        return Trained(self)


class Trained:
    """A model of a contract that was trained, and what was seen meanwhile.

    Attributes:
        model: it, after three epochs.
        history: dict of what they reported.
        before: list of arrays, its trainable weights when it was new.
        after: what `state_of` gave in the end.
        file: `pathlib.Path` of it as it was after two epochs.
        drawn: array of what it drew then.
    """

    EPOCHS = 3

    def __init__(self, contract):
        # Deleted with this object.
        self._folder = tempfile.TemporaryDirectory()
        self.file = pathlib.Path(self._folder.name) / "model.keras"
        self.drawn = None
        self._contract = contract
        self.model = contract.new_model()
        self.before = [np.array(w) for w in self.model.trainable_weights]
        self.history = contract.fit(
            self.model,
            epochs=self.EPOCHS,
            callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=self._save)],
        )
        # Evaluation counts its steps, and more is asked of this model.
        self.after = state_of(self.model)

    def _save(self, epoch, logs):
        if epoch == self.EPOCHS - 2:
            self.model.save(self.file)
            self.drawn = self._contract.draw(self.model)
