"""What scikit-learn estimators on a model share."""

import contextlib
import copy
import random

import keras
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from sklearn.utils.validation import validate_data

from kerasgen.data.validation import as_array
from kerasgen.models import MODELS
from kerasgen.models import GenerativeModel
from kerasgen.tasks.requirements import check_without_classes
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.epoch_lines import fit_output

# The first is what scikit-learn makes of all others.
ROW_DTYPES = ["float32", "uint8"]


class ModelEstimator(BaseEstimator):
    """An estimator on a generative model, which its `fit` trains if need be.

    Rows of `X` are images, or images laid flat as scikit-learn has them.

    Args:
        model: `GenerativeModel`, or the name of one, which is built for the
            images or rows of `X`. One that has been trained is used as it is;
            of others a copy is trained in `fit`, with their optimizer if they
            were compiled, so that `model` stays as it was.
        model_options: dict or None. Arguments of the model, where `model` is a
            name.
        epochs: int. Of the training in `fit`.
        batch_size: int. Of the training in `fit`.
        seed: int. Seed of models that are built from a name, and of samples.
        verbose: int. 0 or 1, whether to show the training.
    """

    def __init__(
        self,
        model="vae",
        model_options=None,
        epochs=20,
        batch_size=128,
        seed=0,
        verbose=0,
    ):
        self.model = model
        self.model_options = model_options
        self.epochs = epochs
        self.batch_size = batch_size
        self.seed = seed
        self.verbose = verbose

    def _fit_model(self, X):
        """Sets `model_`, trained; returns the rows as images."""
        check_positive_integer("epochs", self.epochs)
        check_positive_integer("batch_size", self.batch_size)
        rows = validate_data(self, flat(X), dtype=ROW_DTYPES)
        self.model_ = self._new_model(shape_of_rows(X, rows))
        check_without_classes(self.model_)
        self._check_model()
        images = self._images(rows)
        if int(self.model_.training_steps.numpy()) == 0:
            if self.model_.trains_on_labels:
                raise ValueError(
                    "Argument `model` must be trained already, as "
                    f"{type(self.model_).__name__} is fitted to images with "
                    "labels. Received: a model that is not."
                )
            if not self.model_.compiled:
                self.model_.compile()
            verbose, shows = fit_output(self.verbose)
            self.model_.fit(
                images,
                batch_size=min(self.batch_size, len(images)),
                epochs=self.epochs,
                verbose=verbose,
                callbacks=shows,
            )
        return images

    def _check_model(self):
        """Raises, before any training, if `model_` does not do."""

    def _new_model(self, shape):
        """The trained model itself, or one that `fit` may train."""
        if isinstance(self.model, GenerativeModel):
            if int(self.model.training_steps.numpy()):
                return self.model
            return copy.deepcopy(self.model)
        check_choice("model", self.model, MODELS)
        options = {"data_shape": shape, "seed": self.seed}
        with _weights_of_seed(self.seed):
            return MODELS[self.model](**options | (self.model_options or {}))

    def _images(self, rows):
        """Flat rows in the shape of the model's images."""
        shape = self.model_.data_shape
        if rows.shape[1] != np.prod(shape):
            raise ValueError(
                f"Argument `X` must have {np.prod(shape)} features, as images "
                f"of shape {shape} do. Received: {rows.shape[1]}."
            )
        return self.model_.kind.checked_input(rows.reshape(-1, *shape), "X")

    def _checked(self, X):
        """The images of `X`, once the estimator was fitted."""
        check_is_fitted(self, "model_")
        rows = validate_data(self, flat(X), dtype=ROW_DTYPES, reset=False)
        return self._images(rows)


@contextlib.contextmanager
def _weights_of_seed(seed):
    """Initial weights follow a seed; numpy's and Python's draws go on."""
    states = random.getstate(), np.random.get_state()
    keras.utils.set_random_seed(seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])


def shape_of_rows(X, rows):
    """The shape of an image of `X`; of anything else, the rows' width."""
    return tuple(X.shape[1:]) if _are_images(X) else (rows.shape[1],)


def flat(X):
    """Images as rows; anything else as it is, for scikit-learn to check.

    Raises:
        ValueError: for a data frame with text, which names the columns.
    """
    if hasattr(X, "columns"):
        as_array(X, "X")
    return np.reshape(X, (len(X), -1)) if _are_images(X) else X


def _are_images(X):
    return hasattr(X, "ndim") and X.ndim > 2
