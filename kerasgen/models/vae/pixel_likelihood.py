"""What a decoder's outputs say of pixels."""

import math

import keras
import numpy as np
import tensorflow as tf

from kerasgen import losses
from kerasgen.utils import random
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.tracing import traced

# A family of random numbers, see `kerasgen.utils.random.family_seed`.
_PIXELS = 22
# Images whose pixels are drawn at a time.
_ROWS = 1000
LIKELIHOODS = ("bernoulli", "gaussian", "discretized_logistic")
BINARIZATIONS = (None, "dynamic", "threshold")
MUST_RETURN_LOGITS = (
    "must return logits for the Bernoulli likelihood, without a final sigmoid"
)


class PixelLikelihood:
    """The likelihood `p(x|z)` of a `GenerativeModel` with a decoder.

    A mixin: `_set_likelihood` is to be called by `__init__`, after that of
    `GenerativeModel`.
    """

    def _set_likelihood(self, likelihood, binarization):
        """Checks and keeps both arguments; makes the scale, if there is one.

        Args:
            likelihood: str, or `None` for the one that fits `data_shape`.
            binarization: `None`, `"dynamic"` or `"threshold"`.
        """
        is_image = len(self.data_shape) == 3
        if likelihood is None:
            likelihood = "bernoulli" if is_image else "gaussian"
        check_choice("likelihood", likelihood, LIKELIHOODS)
        if not is_image and likelihood != "gaussian":
            raise ValueError(
                "Argument `likelihood` must be 'gaussian' for rows of numbers. "
                f"Received: likelihood={likelihood!r}."
            )
        self.likelihood = likelihood
        self._check_binarization(binarization)
        self.binarization = binarization
        if likelihood != "bernoulli":
            # From 1, optimizers take thousands of steps to the scale of pixels.
            scale = 0.1 if is_image else 1.0
            self.log_scale = self.add_weight(
                name="log_scale",
                shape=(),
                dtype="float32",
                initializer=keras.initializers.Constant(math.log(scale)),
            )

    def _check_binarization(self, binarization):
        check_choice("binarization", binarization, BINARIZATIONS)
        if binarization is not None and self.likelihood != "bernoulli":
            raise ValueError(
                "Argument `binarization` must be None unless the likelihood is "
                f"'bernoulli'. Received: binarization={binarization!r}, "
                f"likelihood={self.likelihood!r}."
            )

    def _refused_activations(self):
        """Activations that must not end a decoder, for `check_network`."""
        if self.likelihood == "bernoulli":
            return {"sigmoid": MUST_RETURN_LOGITS}
        return {}

    def _binarize(self, batch):
        """The images of a batch, binarized as the model is asked to."""
        images = batch.images
        if self.binarization == "dynamic":
            return tf.cast(batch.uniform(self.data_shape) < images, tf.float32)
        if self.binarization == "threshold":
            return tf.cast(images >= 0.5, tf.float32)
        return images

    def log_likelihood_of(self, images, outputs):
        """`log p(x|z)` in nats, from what the decoder returns for `z`."""
        if self.likelihood == "bernoulli":
            return losses.bernoulli_log_likelihood(images, outputs)
        if self.likelihood == "gaussian":
            return losses.gaussian_log_likelihood(
                images, outputs, self.log_scale
            )
        return losses.discretized_logistic_log_likelihood(
            images, outputs, self.log_scale
        )

    def _images(self, outputs):
        """The decoder's outputs as images: means of the likelihood."""
        outputs = tf.cast(outputs, tf.float32)
        if self.likelihood == "bernoulli":
            return tf.sigmoid(outputs)
        if len(self.data_shape) == 3:
            return tf.clip_by_value(outputs, 0.0, 1.0)
        return outputs

    def get_config(self):
        return {
            **super().get_config(),
            "likelihood": self.likelihood,
            "binarization": self.binarization,
        }


def binarized(images, binarization, seed):
    """Images as zeros and ones, for an evaluation that can be repeated.

    Args:
        images: float array of shape `(n, *data_shape)` in [0, 1].
        binarization: `None`, `"dynamic"` or `"threshold"`.
        seed: int. Each pixel of image `i` is drawn once, as a function of
            (`seed`, `i`), if `"dynamic"`.

    Returns:
        float32 array of the same shape.
    """
    images = np.asarray(images, np.float32)
    if binarization is None:
        return images
    draw = traced(binarized_rows)
    seeds = np.stack(
        [np.full(len(images), seed), np.arange(len(images))], axis=1
    )
    drawn = np.empty_like(images)
    for start in range(0, len(images), _ROWS):
        rows = slice(start, start + _ROWS)
        drawn[rows] = draw(
            tf.constant(images[rows]), binarization, tf.constant(seeds[rows])
        )
    return drawn


def binarized_rows(images, binarization, seeds):
    """`binarized` of tensors, image `i` by row `i` of int64 seeds `(n, 2)`."""
    if binarization is None:
        return images
    if binarization == "threshold":
        return tf.cast(images >= 0.5, tf.float32)
    seeds += random.family_seed(0, _PIXELS, 0)
    bits = random.bits_from_seed_rows(seeds, images.shape[1:])
    return tf.cast(random.uniform_from_bits(bits) < images, tf.float32)
