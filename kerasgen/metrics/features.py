"""What metrics on features share: checks of arrays, and streaming."""

import base64
import pathlib
import tempfile

import keras
import numpy as np
import tensorflow as tf

from kerasgen.utils.arguments import check_positive_integer


def check_features(real, generated, at_least=2):
    """The two sets as finite float arrays of shape `(n, d)` with one `d`.

    Raises:
        ValueError: if one is not of rank 2, not finite, has fewer rows than
            `at_least`, or the widths differ.
    """
    checked = [
        check_feature_array(name, features, at_least)
        for name, features in (("real", real), ("generated", generated))
    ]
    widths = [features.shape[1] for features in checked]
    if widths[0] != widths[1]:
        raise ValueError(
            "Arguments `real` and `generated` must be features of one network, "
            f"of equal width. Received: widths {widths[0]} and {widths[1]}."
        )
    return checked


def check_feature_array(name, features, at_least=1):
    """A set of features as a finite float array of shape `(n, d)`."""
    features = np.asarray(features)
    if features.dtype != np.float32:
        features = features.astype(np.float64)
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
    return features


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

    def __init__(self, features=None, num_features=None, **kwargs):
        super().__init__(**kwargs)
        # For callbacks: whether a lower value is the better one.
        self._direction = self.direction
        self.features = features
        self._network = features
        if isinstance(features, str):
            self._network = self.named_network(features)
        if self._network is None:
            check_positive_integer("num_features", num_features)
            self.num_features = int(num_features)
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
    def named_network(name):
        """The network that the name of a data set stands for."""
        from kerasgen.metrics.feature_network import feature_network

        return feature_network(name)

    def add_float64(self, shape, name):
        """A variable of zeros, summed over replicas."""
        return self.add_variable(
            shape, "zeros", dtype="float64", aggregation="sum", name=name
        )

    def update_state(self, y_true, y_pred, sample_weight=None):
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

    def update_features(self, real, generated):
        """Adds features of shape `(n, d)` and `(m, d)` to the state."""
        raise NotImplementedError

    def _features_of(self, images):
        images = tf.convert_to_tensor(images)
        if self._network is None:
            return images
        return self._network(images, training=False)

    def get_config(self):
        features = self.features
        if isinstance(features, keras.Model):
            features = {"keras_file": _as_text(features)}
        return {
            "name": self.name,
            "features": features,
            "num_features": self.num_features,
        }

    @classmethod
    def from_config(cls, config):
        features = config["features"]
        if isinstance(features, dict):
            features = _from_text(features["keras_file"])
        return cls(**{**config, "features": features})


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
        return keras.saving.load_model(path, compile=False)
