"""What a decoder's outputs say of pixels."""

import math

import keras
import numpy as np
import tensorflow as tf

from kerasgen import losses
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import optional
from kerasgen.utils import random
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.seeds import seed_rows
from kerasgen.utils.tracing import traced

# Images whose pixels are drawn at a time.
_ROWS = 1000
LIKELIHOODS = ("bernoulli", "gaussian", "discretized_logistic")
BINARIZATIONS = (None, "dynamic", "threshold")
MUST_RETURN_LOGITS = (
    "must return logits for the Bernoulli likelihood, without a final sigmoid"
)


class PixelLikelihood:
    """The likelihood `p(x|z)` of a model with a decoder; a mixin.

    Args:
        likelihood: str, or `None` for the one that fits the kind of data.
        binarization: `None`, `"dynamic"` or `"threshold"`.
    """

    likelihood = Argument(None, optional(one_of(*LIKELIHOODS)))
    binarization = Argument(None, one_of(*BINARIZATIONS))

    def configure(self):
        super().configure()
        has_bounds = self.kind.has_bounds
        if self.likelihood is None:
            self.likelihood = "bernoulli" if has_bounds else "gaussian"
        if not has_bounds and self.likelihood != "gaussian":
            raise ValueError(
                "Argument `likelihood` must be 'gaussian' for rows of numbers. "
                f"Received: likelihood={self.likelihood!r}."
            )
        self.check_binarization(self.binarization)
        if self.likelihood != "bernoulli":
            # From 1, optimizers take thousands of steps to the scale of pixels.
            scale = 0.1 if has_bounds else 1.0
            self.log_scale = self.add_weight(
                name="log_scale",
                shape=(),
                dtype="float32",
                initializer=keras.initializers.Constant(math.log(scale)),
            )

    def check_binarization(self, binarization):
        check_choice("binarization", binarization, BINARIZATIONS)
        if binarization is not None and self.likelihood != "bernoulli":
            raise ValueError(
                "Argument `binarization` must be None unless the likelihood is "
                f"'bernoulli'. Received: binarization={binarization!r}, "
                f"likelihood={self.likelihood!r}."
            )

    @property
    def has_bernoulli_pixels(self):
        return self.likelihood == "bernoulli"

    def refused_activations(self):
        """Activations that must not end a decoder, for `check_network`."""
        if self.likelihood == "bernoulli":
            return {"sigmoid": MUST_RETURN_LOGITS}
        return {}

    def binarized_data(self, batch):
        """The data of a batch, binarized as the model is asked to."""
        images = batch.data
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

    def mean_of(self, outputs):
        """The mean of `p(x|z)`, from what the decoder returns for `z`."""
        outputs = tf.cast(outputs, tf.float32)
        if self.likelihood == "bernoulli":
            return tf.sigmoid(outputs)
        return self.kind.clipped(outputs)


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
    seeds = seed_rows(seed, len(images)).astype(np.int64)
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
    seeds += random.family_seed(0, random.Family.PIXELS, 0)
    bits = random.bits_from_seed_rows(seeds, images.shape[1:])
    return tf.cast(random.uniform_from_bits(bits) < images, tf.float32)
