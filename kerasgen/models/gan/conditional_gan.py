"""Conditional generative adversarial network."""

import keras
import tensorflow as tf

from kerasgen.models.conditioning import check_num_classes
from kerasgen.models.conditioning import shape_with_labels
from kerasgen.models.conditioning import with_labels
from kerasgen.models.gan.class_conditional import ClassConditionalGAN
from kerasgen.utils.arguments import check_choice

CONDITIONINGS = ("projection", "concatenation")


@keras.saving.register_keras_serializable("kerasgen")
class ConditionalGAN(ClassConditionalGAN):
    """Conditional GAN: draws images of the class that one asks for.

    Use it where images have labels. Generator and discriminator are both told
    the class y (equation 2 of Mirza and Osindero):

    `min_G max_D E[log D(x|y)] + E[log(1 - D(G(z|y)|y))]`.

    By concatenation, the class enters the discriminator with the image, as one
    more map of ones a class. By projection (equation 3 of Miyato and Koyama),
    the logit is `psi(phi(x)) + <e(y), phi(x)>`, with the features `phi(x)` of
    the discriminator's last layer but one; the built one adds a bias a class.
    Miyato and Koyama train with `loss="hinge"`, `spectral_normalization=True`,
    `network="resnet"` and 5 discriminator steps; the defaults here are those
    of `GAN`.

    It is fitted to (images, labels). `fit` and `evaluate` report what `GAN`
    does.

    Args:
        data_shape: see `GAN`.
        num_classes: int. Labels are from 0 to `num_classes - 1`.
        conditioning: str. `"projection"` or `"concatenation"`.
        **kwargs: Arguments of `GAN`. An own `generator` takes
            `(batch, latent_dim + num_classes)`. An own `discriminator` returns
            `(batch, 1 + num_classes)` for projection: `psi(phi(x))`, and
            `<e(y), phi(x)>` for each y; for concatenation it takes
            `num_classes` more channels.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0, labels=True)
    >>> model = kerasgen.ConditionalGAN((8, 8, 1), num_classes=10, seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0, labels=[7, 7, 1]).shape
    (3, 8, 8, 1)

    References:
        - Mirza and Osindero (2014), Conditional Generative Adversarial Nets,
          https://arxiv.org/abs/1411.1784
        - Miyato and Koyama (2018), cGANs with Projection Discriminator,
          https://arxiv.org/abs/1802.05637
    """

    def __init__(
        self, data_shape, num_classes, conditioning="projection", **kwargs
    ):
        check_num_classes(num_classes)
        check_choice("conditioning", conditioning, CONDITIONINGS)
        # The networks are built for them.
        self.num_classes = int(num_classes)
        self.conditioning = conditioning
        super().__init__(data_shape, **kwargs)

    def _discriminator_shapes(self):
        if self.conditioning == "projection":
            return self.data_shape, (1 + self.num_classes,)
        return shape_with_labels(self.data_shape, self.num_classes), (1,)

    def _discriminator_options(self):
        options = super()._discriminator_options()
        if self.conditioning == "concatenation":
            options["num_label_maps"] = self.num_classes
        return options

    def _judge(self, images, condition, training):
        if self.conditioning == "concatenation":
            images = with_labels(images, condition, self.num_classes)
        return self.discriminator(images, training=training)

    def _logits(self, outputs, condition):
        if self.conditioning == "concatenation":
            return outputs[:, 0]
        # The last layer's weights for output 1 + y are the embedding e(y).
        projection = tf.gather(outputs, 1 + condition, axis=1, batch_dims=1)
        return outputs[:, 0] + projection

    def call(self, inputs, training=False):
        """(Images, labels) -> the discriminator's logits."""
        images, labels, _ = keras.utils.unpack_x_y_sample_weight(inputs)
        labels = tf.reshape(tf.cast(labels, tf.int32), [-1])
        outputs = self._judge(images, labels, training)
        return self._logits(outputs, labels)[:, None]

    def get_config(self):
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "conditioning": self.conditioning,
        }
