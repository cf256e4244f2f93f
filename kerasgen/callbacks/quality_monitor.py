"""Distances from held-out images while a model trains."""

from typing import Any

import keras
import numpy.typing as npt

from kerasgen import metrics
from kerasgen.models import NotFiniteError
from kerasgen.utils.arguments import check_positive_integer

_NAMES = [
    f"val_{name}"
    for name in (
        "frechet_distance",
        "precision",
        "recall",
        "density",
        "coverage",
    )
]


class QualityMonitor(keras.callbacks.Callback):
    """Adds distances of samples from held-out images to the logs of an epoch.

    `val_frechet_distance`, `val_precision`, `val_recall`, `val_density` and
    `val_coverage` are there for callbacks that come after it: the history,
    `ModelCheckpoint`, `EarlyStopping`, `TensorBoard`. In between, the last
    values stand. All are of one seed, so that they move with the model only;
    they depend on `num_samples`, and compare only with the same number.

    Args:
        images: array of held-out images.
        features: keras.Model from images to features of shape `(batch, d)`, or
            the name of a data set (see `kerasgen.metrics.feature_network`).
        every: int. Epochs from one measurement to the next.
        num_samples: int. Images that are generated.
        seed: int. Seed of the images.

    Raises:
        ValueError: when training starts, for images that do not fit the model.

    Example:

    ```python
    test_images, _ = kerasgen.data.load_arrays("mnist", "test")
    quality = kerasgen.callbacks.QualityMonitor(test_images, "mnist", every=5)
    best = keras.callbacks.ModelCheckpoint(
        "best.keras",
        monitor="val_frechet_distance",
        mode="min",
        save_best_only=True,
    )
    model.fit(data, epochs=20, callbacks=[quality, best])
    ```
    """

    def __init__(
        self,
        images: npt.ArrayLike,
        features: keras.Model | str,
        every: int = 1,
        num_samples: int = 2000,
        seed: int = 0,
    ) -> None:
        super().__init__()
        check_positive_integer("every", every)
        check_positive_integer("num_samples", num_samples)
        if isinstance(features, str):
            features = metrics.feature_network(features)
        self.images = images
        self.features = features
        self.every = every
        self.num_samples = num_samples
        self.seed = seed
        self._values: dict[str, float] = {}

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        images = self.model.kind.checked_input(self.images, "images")
        self._real = self._features_of(images)
        self._values = {}

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if (epoch + 1) % self.every == 0 or not self._values:
            self._values = self._measure()
        if logs is not None:
            logs.update(self._values)

    def _measure(self):
        try:
            samples = self.model.generate(self.num_samples, seed=self.seed)
        except NotFiniteError:
            return dict.fromkeys(_NAMES, float("nan"))
        generated = self._features_of(samples)
        values = (
            metrics.frechet_distance(self._real, generated),
            *metrics.precision_recall_density_coverage(
                self._real, generated
            ).values(),
        )
        return dict(zip(_NAMES, values, strict=True))

    def _features_of(self, images):
        return self.features.predict(images, batch_size=500, verbose=0)
