"""PacGAN."""

import tensorflow as tf

from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.gan.discriminator import DiscriminatorInput
from kerasgen.models.gan.gan import GAN
from kerasgen.models.zoo import register


@register("pacgan")
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
        **kwargs: Arguments of `GAN`. A `discriminator` of your own takes
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

    packing = Argument(2, positive_integer)

    def _discriminator_shape(self):
        *sides, channels = self.data_shape
        return (*sides, channels * self.packing)

    def real(self, batch, training):
        return self._packed(super().real(batch, training))

    def fake(self, batch, training):
        return self._packed(super().fake(batch, training))

    def _packed(self, inputs):
        rows = tf.shape(inputs.data)[0]
        packs = -(-rows // self.packing)
        filled = tf.range(packs * self.packing) % rows
        data = tf.gather(inputs.data, filled)
        data = tf.reshape(data, (packs, self.packing, *self.data_shape))
        last = len(self.data_shape)
        packed = tf.transpose(data, (0, *range(2, last + 1), 1, last + 1))
        packed = tf.reshape(packed, (packs, *self._discriminator_shape()))
        return DiscriminatorInput(packed, inputs.condition)

    def mean(self, values, batch):
        # Each row has its pack's value.
        rows = tf.shape(batch.data)[0]
        return batch.mean(tf.repeat(values, self.packing)[:rows])

    def logits_from_data(self, data):
        """Of packs of copies, so that a row's logit is that row's alone."""
        packs = tf.concat([data] * self.packing, axis=-1)
        return self.discriminate(
            DiscriminatorInput(packs), training=False
        ).logits

    def call(self, images, training=False):
        """Data -> the logit of each one's pack."""
        packed = self._packed(DiscriminatorInput(images)).data
        logits = self.discriminator(packed, training=training)
        return tf.repeat(logits, self.packing, axis=0)[: tf.shape(images)[0]]
