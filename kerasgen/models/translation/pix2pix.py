"""Pix2Pix: a conditional GAN from images to their partners."""

import tensorflow as tf

from kerasgen import networks
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import NetworkArgument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import one_of
from kerasgen.models.translation.adversarial import AdversarialTranslation
from kerasgen.models.translation.adversarial import absolute_error
from kerasgen.models.translation.adversarial import mean_over_patches
from kerasgen.models.zoo import register


@register("pix2pix")
class Pix2Pix(AdversarialTranslation):
    """Pix2Pix: translates images, having learned from pairs of them.

    Use it where each image x of the source has a partner y of the target:
    colouring, outlines, super-resolution. A generator G comes close to the
    partner, pixel by pixel, while a discriminator D of pairs sees to it that
    patches look real (equation 4 of Isola et al.):

    `min_G max_D L_cGAN(G, D) + l1_weight * L_L1(G)`, with
    `L_cGAN = E[log D(x, y)] + E[log(1 - D(x, G(x)))]` (equation 1) and
    `L_L1 = E |y - G(x)|` (equation 3).

    G maximizes `log D(x, G(x))` instead, and D minimizes half of its loss
    (section 3.3). The paper's noise is dropout, which is here in training
    alone: a translation is a function of the image. Errors are of images in
    [-1, 1].

    `fit` and `evaluate` report `d_loss`, `g_loss` and `l1_loss`, which has its
    weight in it. A call on images of the source returns their translations.

    Args:
        source_shape, target_shape: tuple of int, `(height, width, channels)`,
            with sides from 16 to 256. The two may differ.
        network: str. `"unet"` or `"resnet"`.
        network_options: dict. Options of the networks, such as
            `{"filters": 32}`.
        generator: `keras.Model` from `(batch, *source_shape)` to images in
            [0, 1] of shape `(batch, *target_shape)`. `None` builds `network`.
        discriminator: `keras.Model` from `[source, target]` to logits of
            patches, of shape `(batch, rows, columns, 1)`. `None` builds one.
        l1_weight: float. Weight lambda of the error of pixels.
        ema_momentum: float in [0, 1) or `None`. Share of the old average in
            the running average of the generator's weights, by which images
            are then translated. `None` keeps no average.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.

    Example:

    >>> import kerasgen
    >>> digits, _ = kerasgen.data.load_arrays("digits", image_size=16)
    >>> model = kerasgen.Pix2Pix(
    ...     (16, 16, 1), (16, 16, 1), network_options={"filters": 4}, seed=0
    ... )
    >>> model.compile()
    >>> history = model.fit(
    ...     digits[:64], 1.0 - digits[:64], batch_size=16, verbose=0
    ... )
    >>> model.translate(digits[:3]).shape
    (3, 16, 16, 1)

    References:
        - Isola et al. (2017), Image-to-Image Translation with Conditional
          Adversarial Networks, https://arxiv.org/abs/1611.07004
    """

    is_paired = True
    metric_names = ("d_loss", "g_loss", "l1_loss")

    network = Argument("unet", one_of(*networks.TRANSLATORS))
    generator = NetworkArgument()
    discriminator = NetworkArgument()
    l1_weight = Argument(100.0, at_least(0))

    # === The game ===

    def discriminator_loss(self, real, fake):
        """`-(log D(x, y) + log(1 - D(x, G(x)))) / 2`, of logits of patches."""
        return (tf.nn.softplus(-real) + tf.nn.softplus(fake)) / 2.0

    def generator_loss(self, fake):
        """`-log D(x, G(x))`, of logits of patches."""
        return tf.nn.softplus(-fake)

    def discriminator_losses(self, batch, fakes, training):
        x, y = batch["source"], batch["target"]
        loss = self.discriminator_loss(
            self.logits(self.discriminator, [x, y], training),
            self.logits(self.discriminator, [x, fakes], training),
        )
        return {"d_loss": batch.mean(mean_over_patches(loss))}

    def generator_losses(self, batch, fakes, training):
        x, y = batch["source"], batch["target"]
        loss = self.generator_loss(
            self.logits(self.discriminator, [x, fakes], training)
        )
        return {
            "g_loss": batch.mean(mean_over_patches(loss)),
            "l1_loss": self.l1_weight * batch.mean(absolute_error(y, fakes)),
        }

    # === Networks ===

    def build_networks(self):
        self.generator = self.build_translator(
            "generator", self.source_shape, self.target_shape
        )
        self.discriminator = self.build_discriminator(
            "discriminator", self.target_shape, self.source_shape
        )
