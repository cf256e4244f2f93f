"""What metrics on features share: checks of arrays, and streaming."""

import base64
import pathlib
import tempfile
from collections.abc import Sequence
from typing import Any
from typing import Self
from typing import cast

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from kerasgen.data.validation import check_images
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.keras_files import load_model

# The kernel distance takes features to the sixth power, and its deviation the
# square of that: of these, both are below the largest float64.
MAX_FEATURE = 1e25


def check_features(
    real: npt.ArrayLike, generated: npt.ArrayLike, at_least: int = 2
) -> list[np.ndarray]:
    """The two sets as finite float arrays of shape `(n, d)` with one `d`.

    Raises:
        ValueError: if one is not of rank 2, not finite, has fewer rows than
            `at_least`, or the widths differ.
    """
    return check_feature_sets(at_least, real=real, generated=generated)


def check_feature_sets(
    at_least: int = 1, **sets: npt.ArrayLike
) -> list[np.ndarray]:
    """Sets of features by their names, as `check_features` has two of them."""
    checked = [
        check_feature_array(name, features, at_least)
        for name, features in sets.items()
    ]
    widths = [features.shape[1] for features in checked]
    if len(set(widths)) > 1:
        names = " and ".join(f"`{name}`" for name in sets)
        raise ValueError(
            f"Arguments {names} must be features of one network, of equal "
            f"width. Received: widths {' and '.join(map(str, widths))}."
        )
    return checked


def check_feature_array(
    name: str, features: npt.ArrayLike, at_least: int = 1
) -> np.ndarray:
    """A set of features as a finite float array of shape `(n, d)`.

    Float32 stays what it is; all else becomes float64.

    Raises:
        ValueError: if it is not of rank 2, has fewer rows than `at_least`, or
            values that are not finite or beyond `MAX_FEATURE`.
    """
    features = as_real_numbers(name, features)
    if features.ndim != 2 or len(features) < at_least or not features.shape[1]:
        raise ValueError(
            f"Argument `{name}` must be an array of shape (rows, features) "
            f"with at least {at_least} rows. Received: shape {features.shape}."
        )
    if not np.isfinite(features).all():
        raise ValueError(
            f"Argument `{name}` must be finite. Received: an array with "
            f"{np.sum(~np.isfinite(features))} values that are not."
        )
    largest = np.abs(features).max()
    if largest > MAX_FEATURE:
        raise ValueError(
            f"Argument `{name}` must hold values of at most {MAX_FEATURE:.0e}, "
            "as distances of larger ones overflow. Received: values up to "
            f"{largest:.2g}. Divide all features by one number."
        )
    return features


def as_real_numbers(name: str, values: npt.ArrayLike) -> np.ndarray:
    """An array of float32, if it is one, or else of float64."""
    try:
        values = np.asarray(values)
        if values.dtype.kind == "c":
            raise TypeError("complex numbers have no order")
        return values.astype(
            np.float32 if values.dtype == np.float32 else np.float64, copy=False
        )
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Argument `{name}` must be an array of real numbers. Received: "
            f"{type(values).__name__}, of which none can be made ({error})."
        ) from error


class FeatureMetric(keras.metrics.Metric):
    """A metric of real against generated images, judged by their features.

    A subclass adds to sums in `update_features(real, generated)`, so that
    batches and replicas add up to the whole, and says in `direction` whether
    `"down"` or `"up"` is the better.

    Args:
        features: keras.Model from images to `(batch, d)`, the name of a data
            set (see `feature_network`), or None where `update_state` is given
            features.
        num_features: int or None. `d`; needed where `features` is None.
        **kwargs: `name` of `keras.metrics.Metric`.
    """

    def __init__(
        self,
        features: keras.Model | str | None = None,
        num_features: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        # For callbacks: whether a lower value is the better one.
        self._direction = self.direction
        self.features = features
        self._network: Any = features
        if isinstance(features, str):
            self._network = self.named_network(features)
        if self._network is None:
            check_positive_integer("num_features", num_features)
            self.num_features = int(cast(int, num_features))
        else:
            self.num_features = self._network.output_shape[-1]
            if num_features not in (None, self.num_features):
                raise ValueError(
                    "Argument `num_features` must be that of the features, "
                    f"{self.num_features}, or None. Received: "
                    f"num_features={num_features!r}."
                )

    direction = "down"

    @staticmethod
    def named_network(name: str) -> keras.Model:
        """The network that the name of a data set stands for."""
        from kerasgen.metrics.feature_network import feature_network

        return feature_network(name)

    def add_float64(self, shape: Sequence[int], name: str) -> keras.Variable:
        """A variable of zeros, summed over replicas."""
        return self.add_variable(
            shape, "zeros", dtype="float64", aggregation="sum", name=name
        )

    def update_state(
        self,
        y_true: npt.ArrayLike,
        y_pred: npt.ArrayLike,
        sample_weight: None = None,
    ) -> None:
        """Adds a batch.

        Args:
            y_true: real images, or their features where the metric has none.
            y_pred: generated images, or their features; not necessarily as
                many.
            sample_weight: must be None.
        """
        self._refuse(sample_weight)
        self.update_features(
            self._features_of(y_true), self._features_of(y_pred)
        )

    def _refuse(self, sample_weight):
        if sample_weight is not None:
            raise ValueError(
                f"{type(self).__name__} counts every image once: argument "
                "`sample_weight` must be None."
            )

    def update_features(self, real: tf.Tensor, generated: tf.Tensor) -> None:
        """Adds features of shape `(n, d)` and `(m, d)` to the state."""
        raise NotImplementedError

    def _features_of(self, images):
        images = tf.convert_to_tensor(images)
        if self._network is None:
            return images
        if isinstance(self.features, str):
            _check_image_batch(images)
        return self._network(images, training=False)

    def get_config(self) -> dict[str, Any]:
        features = self.features
        if isinstance(features, keras.Model):
            features = {"keras_file": _as_text(features)}
        return {
            "name": self.name,
            "features": features,
            "num_features": self.num_features,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        features = config["features"]
        if isinstance(features, dict):
            features = _from_text(features["keras_file"])
        return cls(**{**config, "features": features})


def _check_image_batch(images):
    """Raises for what shipped networks do not know: all but [0, 1]."""
    if tf.is_symbolic_tensor(images):
        if not images.dtype.is_floating:
            raise ValueError(
                "Images must be floating point, in [0, 1]. Received: images "
                f"of dtype {images.dtype.name}. Cast and divide them first."
            )
    elif len(images):
        check_images(images, uint8=False)


# A config has no place for weights, without which a network is another one.


def _as_text(network):
    """A `.keras` file as text."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "features.keras"
        network.save(path)
        return base64.b64encode(path.read_bytes()).decode()


def _from_text(text):
    """The network of a `.keras` file that was written as text."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "features.keras"
        path.write_bytes(base64.b64decode(text))
        return load_model(path, compile=False)
