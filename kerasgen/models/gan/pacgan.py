"""PacGAN."""

import keras
import tensorflow as tf

from kerasgen.models.gan.gan import GAN
from kerasgen.models.gan.gan import Seen
from kerasgen.utils.arguments import check_positive_integer


@keras.saving.register_keras_serializable("kerasgen")
class PacGAN(GAN):
    """GAN with packing: a discriminator of several images sees collapse.

    Use it where a GAN drops kinds of images: a pack of m images that are too
    much alike is easily told from a pack of real ones. The loss is that of the
    GAN, of `D(x_1, ..., x_m)` for `D(x)` (section 2 of Lin et al.); packs are
    stacked along the channels. If the batch cannot be divided by m, the last
    pack is filled up with the batch's first images.

    `fit` and `evaluate` report what `GAN` does.

    Args:
        data_shape: see `GAN`.
        packing: int. Images in a pack, m in the paper.
        **kwargs: Arguments of `GAN`. An own `discriminator` takes
            `(batch, height, width, packing * channels)`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.PacGAN(data_shape=(8, 8, 1), packing=4, seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - Lin et al. (2018), PacGAN: The Power of Two Samples in Generative
          Adversarial Networks, https://arxiv.org/abs/1712.04086
    """

    def __init__(self, data_shape, packing=2, **kwargs):
        check_positive_integer("packing", packing)
        # The networks are built for it.
        self.packing = int(packing)
        super().__init__(data_shape, **kwargs)

    def _discriminator_shapes(self):
        *sides, channels = self.data_shape
        return (*sides, channels * self.packing), (1,)

    def _real(self, batch, training):
        return self._packed(super()._real(batch, training))

    def _fake(self, batch, training):
        return self._packed(super()._fake(batch, training))

    def _packed(self, seen):
        rows = tf.shape(seen.images)[0]
        packs = -(-rows // self.packing)
        filled = tf.range(packs * self.packing) % rows
        images = tf.gather(seen.images, filled)
        images = tf.reshape(images, (packs, self.packing, *self.data_shape))
        last = len(self.data_shape)
        packed = tf.transpose(images, (0, *range(2, last + 1), 1, last + 1))
        shape, _ = self._discriminator_shapes()
        return Seen(tf.reshape(packed, (packs, *shape)), seen.condition)

    def _mean(self, values, batch):
        # Each image has its pack's value.
        rows = tf.shape(batch.images)[0]
        return batch.mean(tf.repeat(values, self.packing)[:rows])

    def call(self, images, training=False):
        """Images -> the logit of each one's pack."""
        packed = self._packed(Seen(images, None)).images
        logits = self.discriminator(packed, training=training)
        return tf.repeat(logits, self.packing, axis=0)[: tf.shape(images)[0]]

    def get_config(self):
        return {**super().get_config(), "packing": self.packing}
