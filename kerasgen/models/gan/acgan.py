"""Auxiliary classifier GAN."""

import keras
import tensorflow as tf

from kerasgen.engine.arguments import REQUIRED
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import at_least
from kerasgen.models.conditioning import at_least_two
from kerasgen.models.gan.conditioning import GeneratorOnly
from kerasgen.models.gan.gan import GAN
from kerasgen.models.zoo import register


@register("acgan")
class ACGAN(GAN):
    """Auxiliary classifier GAN: its discriminator also says the class.

    Use it where images of a class should be sure to be of that class, or where
    the classifier is wanted too; a class may then have less variety. The
    discriminator minimizes `-(L_S + w L_C)` and the generator `L_S - w L_C`
    (by default with the non-saturating loss of `GAN` in place of `L_S`), with
    the log-likelihood of the source, real or fake, and of the class, of real
    and fake images both (equations 2 and 3 of Odena et al.):

    `L_S = E[log P(real | x)] + E[log P(fake | G(z, y))]`,
    `L_C = E[log P(y | x)] + E[log P(y | G(z, y))]`.

    It is fitted to (images, labels). `fit` and `evaluate` report what `GAN`
    does, and `d_class_loss` and `g_class_loss`, weight included. A call on
    images returns the logits of the source and of the classes.

    Args:
        data_shape: see `GAN`.
        num_classes: int. Labels are from 0 to `num_classes - 1`.
        class_loss_weight: float. w above, 1 in the paper.
        **kwargs: Arguments of `GAN`. A `generator` of your own takes
            `(batch, latent_dim + num_classes)`; an own `discriminator` returns
            `(batch, 1 + num_classes)`, the source's logit first.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0, labels=True)
    >>> model = kerasgen.ACGAN((8, 8, 1), num_classes=10, seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0, labels=[7, 7, 1]).shape
    (3, 8, 8, 1)

    References:
        - Odena et al. (2017), Conditional Image Synthesis with Auxiliary
          Classifier GANs, https://arxiv.org/abs/1610.09585
    """

    paper_network = "dcgan"

    num_classes = Argument(REQUIRED, at_least_two)
    class_loss_weight = Argument(1.0, at_least(0))

    @property
    def metric_names(self):
        return *super().metric_names, "d_class_loss", "g_class_loss"

    def conditioning_of_classes(self):
        return GeneratorOnly(self.num_classes, num_outputs=1 + self.num_classes)

    def call(self, inputs, training=False):
        """Data, or (data, labels) -> logits of the source and the classes."""
        data, _, _ = keras.utils.unpack_x_y_sample_weight(inputs)
        return super().call(data, training)

    def discriminator_losses(self, batch, real, fake, training):
        return {
            **super().discriminator_losses(batch, real, fake, training),
            "d_class_loss": self._class_loss(real, batch)
            + self._class_loss(fake, batch),
        }

    def generator_losses(self, batch, fake, real):
        return {
            **super().generator_losses(batch, fake, real),
            "g_class_loss": self._class_loss(fake, batch),
        }

    def _class_loss(self, output, batch):
        """`-w log P(y | x)`, a mean."""
        cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=output.inputs.condition,
            logits=tf.cast(output.outputs[:, 1:], tf.float32),
        )
        return self.class_loss_weight * self.mean(cross_entropy, batch)
