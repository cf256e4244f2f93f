"""Auxiliary classifier GAN."""

import keras
import tensorflow as tf

from kerasgen.models.conditioning import check_num_classes
from kerasgen.models.gan.class_conditional import ClassConditionalGAN
from kerasgen.utils.arguments import check_range


@keras.saving.register_keras_serializable("kerasgen")
class ACGAN(ClassConditionalGAN):
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
        **kwargs: Arguments of `GAN`. An own `generator` takes
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

    def __init__(
        self, data_shape, num_classes, class_loss_weight=1.0, **kwargs
    ):
        check_num_classes(num_classes)
        check_range("class_loss_weight", class_loss_weight, 0)
        # The networks are built for it.
        self.num_classes = int(num_classes)
        self.class_loss_weight = class_loss_weight
        super().__init__(data_shape, **kwargs)

    def _discriminator_shapes(self):
        return self.data_shape, (1 + self.num_classes,)

    def _loss_names(self):
        return *super()._loss_names(), "d_class_loss", "g_class_loss"

    def _auxiliary_discriminator_losses(
        self, real_outputs, fake_outputs, real_condition, fake_condition, batch
    ):
        real = self._class_loss(real_outputs, real_condition, batch)
        fake = self._class_loss(fake_outputs, fake_condition, batch)
        return {"d_class_loss": real + fake}

    def _auxiliary_generator_losses(self, fake_outputs, fake_condition, batch):
        fake = self._class_loss(fake_outputs, fake_condition, batch)
        return {"g_class_loss": fake}

    def _class_loss(self, outputs, labels, batch):
        cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=tf.cast(outputs[:, 1:], tf.float32)
        )
        return self.class_loss_weight * self._mean(cross_entropy, batch)

    def get_config(self):
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "class_loss_weight": self.class_loss_weight,
        }
