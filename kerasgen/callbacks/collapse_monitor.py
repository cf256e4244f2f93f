"""Warnings of training that has gone wrong, while it runs."""

import warnings
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from kerasgen import metrics
from kerasgen.models import NotFiniteError
from kerasgen.utils.arguments import check_fraction
from kerasgen.utils.arguments import check_positive_integer


class CollapseWarning(UserWarning):
    """A model that no longer learns what it should."""


class CollapseMonitor(keras.callbacks.Callback):
    """Warns when a model collapses, in plain words, with what to try.

    It looks for, every few epochs:

    - divergence: a loss that is not finite (every batch's mean), which `fit`
      itself stops at, unless it is given `keras.callbacks.TerminateOnNaN`, or
      samples that are not;
    - mode collapse: samples that are much more alike than held-out images,
      by the mean distance of pairs, or, with a classifier, whose classes are
      much less even, by the exponential of their entropy;
    - a saturated discriminator, which tells nearly all samples from held-out
      images: its gradients say little (critics of WGANs are meant to, and are
      not warned of);
    - posterior collapse: a VAE most of whose latents ignore the image;
    - dead codes of a VQVAE, by its metric `code_usage`.

    What it sees stands in the logs too: `sample_diversity` and `class_evenness`
    (relative to held-out images, 1 is alike), `discriminator_separation` and
    `active_units`; between two looks the last values stand. A warning
    comes once for each kind of collapse, and again when it returns.

    Args:
        images: array of at least two held-out images.
        labels: integer array or None. Their classes, where the model has some.
        classifier: keras.Model from images to probabilities of classes, the
            name of a data set (see `kerasgen.metrics.classifier_network`), or
            None.
        every: int. Epochs from one look to the next.
        num_samples: int. Images that are looked at.
        least_share: float. Below this share of what held-out images, or all
            latents or codes, would give, it warns.
        saturation: float. It warns where the discriminator finds the real one
            of a pair of a held-out image and a sample more often than this.
        stop: bool. Whether to stop the training then.
        seed: int. Seed of the samples.

    Raises:
        ValueError: when training starts, for images that do not fit the model.

    Example:

    ```python
    test_images, _ = kerasgen.data.load_arrays("mnist", "test")
    monitor = kerasgen.callbacks.CollapseMonitor(
        test_images, classifier="mnist", stop=True
    )
    model.fit(data, epochs=20, callbacks=[monitor])
    ```
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: npt.ArrayLike | None = None,
        classifier: keras.Model | None = None,
        every: int = 1,
        num_samples: int = 500,
        least_share: float = 0.5,
        saturation: float = 0.99,
        stop: bool = False,
        seed: int = 0,
    ) -> None:
        super().__init__()
        check_positive_integer("every", every)
        check_positive_integer("num_samples", num_samples)
        check_fraction("least_share", least_share)
        if isinstance(classifier, str):
            classifier = metrics.classifier_network(classifier)
        self.images = images
        self.labels = labels
        self.classifier = classifier
        self.every = every
        self.num_samples = num_samples
        self.least_share = least_share
        self.saturation = saturation
        self.stop = stop
        self.seed = seed
        self.found: set[str] = set()

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        images = self.model.kind.checked_input(self.images, "images")
        self.found = set()
        self._values: dict[str, float] = {}
        indices = np.random.default_rng(self.seed).permutation(len(self.images))
        indices = indices[: self.num_samples]
        self._real = images[indices]
        self._label_kwargs = {}
        if self.model.trains_on_labels:
            if self.labels is None:
                raise ValueError(
                    "Argument `labels` must hold the classes of `images` for a "
                    "model that has classes. Received: None."
                )
            self._label_kwargs = {"labels": np.asarray(self.labels)[indices]}

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        logs = {} if logs is None else logs
        wrong = self._divergence(logs)
        is_due = (epoch + 1) % self.every == 0 or not self._values
        # There is nothing to look at in a model of NaN.
        if is_due and not wrong:
            self._values = {}
            wrong |= self._look(self._values, logs)
        logs.update(self._values)
        for name in sorted(wrong.keys() - self.found):
            warnings.warn(
                f"Epoch {epoch + 1}: {wrong[name]}",
                CollapseWarning,
                stacklevel=2,
            )
        if wrong or is_due:
            self.found = set(wrong)
        if wrong and self.stop:
            self.model.stop_training = True

    def _divergence(self, logs):
        names = [name for name, value in logs.items() if not np.isfinite(value)]
        if not names:
            return {}
        return {"divergence": f"{', '.join(names)} is {_LOST}"}

    def _look(self, values, logs):
        """What is wrong, a dict from its name to a text; fills `values`."""
        wrong = {}
        try:
            samples = self.model.generate(self.num_samples, seed=self.seed)
        except NotFiniteError:
            return {"divergence": f"samples are {_LOST}"}
        diversity = _mean_distance(samples) / _mean_distance(self._real)
        values["sample_diversity"] = diversity
        if diversity < self.least_share:
            wrong["diversity"] = (
                f"samples differ by {diversity:.0%} of what real images do: "
                f"mode collapse. {_OF_MODE_COLLAPSE}"
            )
        if self.classifier is not None:
            wrong |= self._look_at_classes(samples, values)
        if self.model.can("discriminate"):
            wrong |= self._look_at_discriminator(samples, values)
        if self.model.can("posterior"):
            wrong |= self._look_at_latents(values)
        usage = logs.get("code_usage", 1.0)
        if usage < self.least_share:
            wrong["codes"] = (
                f"{usage:.0%} of the codes are in use. Reset dead codes, take "
                "fewer codes, or a lower learning rate."
            )
        return wrong

    def _look_at_classes(self, samples, values):
        evenness = self._num_classes(samples) / self._num_classes(self._real)
        values["class_evenness"] = evenness
        if evenness >= self.least_share:
            return {}
        return {
            "classes": f"samples are of {self._num_classes(samples):.1f} "
            "classes, counted by their entropy, where real images are of "
            f"{self._num_classes(self._real):.1f}: mode collapse. "
            f"{_OF_MODE_COLLAPSE}"
        }

    def _num_classes(self, images):
        """The exponential of the entropy of the shares of classes."""
        probabilities = self.classifier.predict(
            images, batch_size=500, verbose=0
        )
        counts = np.bincount(
            probabilities.argmax(axis=1), minlength=probabilities.shape[1]
        )
        share = counts[counts > 0] / counts.sum()
        return float(np.exp(-(share * np.log(share)).sum()))

    def _look_at_discriminator(self, samples, values):
        import sklearn.metrics

        drawn = np.arange(len(samples)) % (self.model.num_classes or 1)
        real = self._logits(self._real, self._label_kwargs.get("labels"))
        fake = self._logits(samples, drawn)
        separation = float(
            sklearn.metrics.roc_auc_score(
                np.repeat([1, 0], [len(real), len(fake)]),
                np.concatenate([real, fake]),
            )
        )
        values["discriminator_separation"] = separation
        # A critic of Wasserstein's distance is meant to tell them apart.
        if self.model.is_critic or separation <= self.saturation:
            return {}
        return {
            "discriminator": "the discriminator tells samples from held-out "
            f"images in {separation:.1%} of pairs: the generator learns little "
            "from it. Try a gradient penalty (r1=1.0), instance_noise=0.1, "
            "label_smoothing=0.1, or a lower rate for the discriminator."
        }

    def _logits(self, images, labels):
        # All at once, as packs (PacGAN) are judged: not of copies.
        inputs = tf.convert_to_tensor(images)
        if self.model.trains_on_labels:
            inputs = inputs, tf.convert_to_tensor(labels)
        outputs = self.model(inputs, training=False)
        # Logits of classes or codes may stand beside.
        return np.asarray(outputs, np.float64)[:, 0]

    def _look_at_latents(self, values):
        means = self.model.encode(self._real, **self._label_kwargs)
        means = means.reshape(len(means), -1)
        number = metrics.active_units(means)
        values["active_units"] = number
        if number >= self.least_share * means.shape[1]:
            return {}
        return {
            "posterior": f"{number} of {means.shape[1]} latents depend on the "
            "image: posterior collapse. Anneal the KL (`kl_annealing_steps`), "
            "lower `beta`, take fewer latents or a weaker decoder."
        }


_LOST = (
    "not finite: the model is lost. Start again with a lower learning rate, "
    "gradients clipped (`clipnorm` of the optimizer), or float32 instead of "
    "float16."
)
_OF_MODE_COLLAPSE = (
    "Try packing (PacGAN), R3GAN or WGANGP, a lower learning rate, or "
    "larger batches."
)


def _mean_distance(images):
    """Of pairs: each image and the next."""
    rows = np.asarray(images, np.float64).reshape(len(images), -1)
    return float(np.linalg.norm(rows - np.roll(rows, 1, axis=0), axis=1).mean())
