"""What models have in common that draw images pixel by pixel."""

import tensorflow as tf

from kerasgen.data.endpoint_kinds import Seeds
from kerasgen.data.endpoint_kinds import Values
from kerasgen.data.kinds import Images
from kerasgen.data.kinds import as_kind
from kerasgen.data.kinds import shape_of
from kerasgen.engine.arguments import REQUIRED
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import below_one
from kerasgen.engine.arguments import optional
from kerasgen.models.binarization import binarized_batch
from kerasgen.models.binarization import binarized_rows
from kerasgen.models.conditioning import at_least_two
from kerasgen.models.endpoints import Endpoint
from kerasgen.models.generative_model import GenerativeModel
from kerasgen.utils import random
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.seeds import seed_rows


class PixelModel(GenerativeModel):
    """Images of some levels of grey, of which each is an exact probability.

    With two levels, pixels are drawn anew in each step, 1 with their grey for a
    probability ("dynamic binarization"); with more, greys are rounded down to
    the next level. A subclass says what levels cost (`nats`) and how they are
    drawn (`levels_from_seeds`).

    Args:
        data_shape: tuple of int. `(height, width, 1)`.
        levels: int.
        num_classes: int, or `None` for a model without classes. It is then
            fitted to (images, labels).
        ema_momentum: float in [0, 1) or `None`. Share of the old average in
            the new one of the weights that are used in all but training. It
            grows to that from 0.1 as training goes on.
        **kwargs: Arguments of `GenerativeModel`.
    """

    weighs_rows = True
    metric_names = ("loss", "bits_per_dimension")

    data_shape = Argument(REQUIRED, convert=shape_of)
    levels = Argument(2, at_least_two)
    num_classes = Argument(None, optional(at_least_two))
    ema_momentum = Argument(0.99, optional(below_one))

    def configure(self):
        super().configure()
        if not isinstance(self.kind, Images) or self.data_shape[-1] != 1:
            raise ValueError(
                f"Argument `data_shape` must be (height, width, 1) for "
                f"{type(self).__name__}. Received: "
                f"data_shape={self.data_shape}."
            )

    @property
    def kind(self):
        return as_kind(self.data_shape)

    def nats(self, levels, labels=None, training=False):
        """`-log p` of images of levels, of shape `(batch,)`.

        Args:
            levels: int32 tensor of shape `(batch, height, width)`.
            labels: int32 tensor of shape `(batch,)` or `None`.
            training: bool.
        """
        raise NotImplementedError

    def levels_from_seeds(self, seeds, *labels):
        """Draws levels, int32 of shape `(n, height, width)`."""
        raise NotImplementedError

    def compute_losses(self, batch, training):
        images = batch.data
        if self.levels == 2:
            images = binarized_batch(batch, "dynamic")
        nats = self.nats(self._as_levels(images), batch.labels, training)
        loss = batch.mean(nats)
        height, width, _ = self.data_shape
        bits = loss / (height * width * tf.math.log(2.0))
        return {"loss": loss, "bits_per_dimension": bits}

    def _as_levels(self, images):
        found = tf.cast(images[..., 0] * self.levels, tf.int32)
        # White is no level of its own.
        return tf.clip_by_value(found, 0, self.levels - 1)

    def data_from_seeds(self, seeds, *labels):
        levels = self.levels_from_seeds(seeds, *labels)
        return tf.cast(levels, tf.float32)[..., None] / (self.levels - 1)

    def log_likelihood_from_seeds(self, images, seeds, *labels):
        """`log p` of images in nats, `(batch,)`; tensors.

        With two levels, row `i` of seeds decides which pixels of image `i` are
        1.
        """
        if self.levels == 2:
            seeds = tf.cast(seeds, tf.int64)
            images = binarized_rows(images, "dynamic", seeds)
        with self.averaged_weights():
            return -self.nats(self._as_levels(images), *labels)

    def endpoints(self):
        data = {self.kind.served_as: self.kind}
        return {
            **super().endpoints(),
            "log_likelihood": Endpoint(
                self.log_likelihood_from_seeds,
                {**data, "seeds": Seeds(), **self._label_inputs()},
                {"log_likelihood": Values()},
            ),
        }

    def log_likelihood(
        self, images, num_samples=1, seed=None, batch_size=256, labels=None
    ):
        """`log p` of images, exactly.

        Args:
            images: float array of shape `(n, *data_shape)` in [0, 1]. Zeros and
                ones stay as they are.
            num_samples: int. Changes nothing, as nothing is estimated; it is
                here because other models take it.
            seed: int or `None` for a fresh one. With two levels, the pixels of
                image `i` are functions of (`seed`, `i`) alone.
            batch_size: int. Images at a time.
            labels: class or array of shape `(n,)`, where the model has
                classes.

        Returns:
            float32 array of shape `(n,)`, in nats.
        """
        images = self.kind.checked_input(images, "images")
        check_positive_integer("num_samples", num_samples)
        seeds = seed_rows(random.check_seed(seed), len(images))
        labels = self.checked_labels(labels, len(images))
        return self.call_endpoint(
            "log_likelihood", images, seeds, *labels, batch_size=batch_size
        )
