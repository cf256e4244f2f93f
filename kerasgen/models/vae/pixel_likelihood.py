"""What a decoder's outputs say of pixels."""

import math

import keras
import tensorflow as tf

from kerasgen import losses
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import optional
from kerasgen.models.binarization import BINARIZATIONS
from kerasgen.models.binarization import binarized_batch
from kerasgen.utils.arguments import check_choice

LIKELIHOODS = ("bernoulli", "gaussian", "discretized_logistic")
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
        return binarized_batch(batch, self.binarization)

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
