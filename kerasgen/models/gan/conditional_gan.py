"""Conditional generative adversarial network."""

import keras
import tensorflow as tf

from kerasgen.engine.arguments import REQUIRED
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import one_of
from kerasgen.models.conditioning import at_least_two
from kerasgen.models.gan.conditioning import Concatenation
from kerasgen.models.gan.conditioning import Projection
from kerasgen.models.gan.discriminator import DiscriminatorInput
from kerasgen.models.gan.gan import GAN
from kerasgen.models.zoo import register

CONDITIONINGS = {"projection": Projection, "concatenation": Concatenation}


@register("conditional_gan")
class ConditionalGAN(GAN):
    """Conditional GAN: draws images of the class that one asks for.

    Use it where images have labels. Generator and discriminator both get
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
        **kwargs: Arguments of `GAN`. A `generator` of your own takes
            `(batch, latent_dim + num_classes)`. A `discriminator` of your own
            returns `(batch, 1 + num_classes)` for projection: `psi(phi(x))`,
            and `<e(y), phi(x)>` for each y; for concatenation it takes
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

    num_classes = Argument(REQUIRED, at_least_two)
    conditioning = Argument("projection", one_of(*CONDITIONINGS))

    def conditioning_of_classes(self):
        return CONDITIONINGS[self.conditioning](self.num_classes)

    def call(self, inputs, training=False):
        """(Data, labels) -> the discriminator's logits."""
        data, labels, _ = keras.utils.unpack_x_y_sample_weight(inputs)
        labels = tf.reshape(tf.cast(labels, tf.int32), [-1])
        return self.discriminate(
            DiscriminatorInput(data, labels), training
        ).logits[:, None]

    def _discriminated_inputs(self):
        return {**super()._discriminated_inputs(), **self._label_inputs()}
