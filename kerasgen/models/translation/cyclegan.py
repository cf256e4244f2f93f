"""CycleGAN: two translators that undo each other."""

from typing import NamedTuple

import keras
import tensorflow as tf

from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import NetworkArgument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import non_negative_integer
from kerasgen.models.translation.adversarial import AdversarialTranslation
from kerasgen.models.translation.adversarial import absolute_error
from kerasgen.models.translation.adversarial import mean_over_patches
from kerasgen.models.translation.past_fakes import PastFakes
from kerasgen.models.translation.past_fakes import with_past
from kerasgen.models.zoo import register
from kerasgen.networks import frozen_classifier


class Fakes(NamedTuple):
    """What each generator made of the other domain's images."""

    target: tf.Tensor
    source: tf.Tensor


@register("cyclegan")
class CycleGAN(AdversarialTranslation):
    """CycleGAN: translates between two domains that have no pairs.

    Use it where there are images x of a source and images y of a target, and
    nobody knows which belong together. Generators G from source to target and
    F back make images that the discriminators `D_Y` and `D_X` of the domains
    take for real, and undo each other (equation 3 of Zhu et al.):

    `L_GAN(G, D_Y) + L_GAN(F, D_X) + cycle_weight * L_cyc(G, F)`, with
    `L_cyc = E |F(G(x)) - x| + E |G(F(y)) - y|` (equation 2).

    `L_GAN` is that of least squares (section 4): G minimizes
    `E (D_Y(G(x)) - 1)^2`, and D_Y half of `E (D_Y(y) - 1)^2 + E D_Y(G(x))^2`,
    of fakes some of which a buffer kept from earlier steps. With
    `identity_weight`, G is to leave images of the target as they are, and F
    those of the source (section 5.2): `E |G(y) - y| + E |F(x) - x|`. Errors are
    of images in [-1, 1].

    A class may become another: nothing in these losses says otherwise. A
    `source_classifier` f does, one that was trained on labels of the source:
    what it takes an image for, it is to take the translation for (equation 4
    of Hoffman et al., semantic consistency). With p(x) the class that f finds
    most probable: `- E log f(G(x))[p(x)] - E log f(F(y))[p(y)]`.

    `fit` and `evaluate` report `d_loss`, `g_loss`, `cycle_loss` and, where they
    are part of it, `identity_loss` and `semantic_loss`; weights are in them. A
    call on images of the source returns their translations.

    Args:
        source_shape, target_shape: tuple of int, `(height, width, channels)`,
            with sides from 16 to 256. The two may differ.
        network: str. `"resnet"` or `"unet"`.
        network_options: dict. Options of the networks, such as
            `{"filters": 32}`.
        target_generator, source_generator: G and F, each a `keras.Model`
            between images in [0, 1]. `None` builds `network`.
        target_discriminator, source_discriminator: `D_Y` and `D_X`, each a
            `keras.Model` from images to logits of patches, of shape
            `(batch, rows, columns, 1)`. `None` builds one.
        cycle_weight: float. Weight lambda of the cycles.
        identity_weight: float. Weight of the identity loss: 5 for paintings in
            the paper. The domains must then have one shape.
        source_classifier: `keras.Model` from images of the source to
            probabilities of classes, of shape `(batch, classes)`, or `None`.
            A copy of it is kept, which does not learn. The domains must then
            have one shape.
        semantic_weight: float. Weight of what the classifier says.
        buffer_size: int. Past fakes that are kept of each domain, as part of
            the weights; 0 shows discriminators new ones alone.
        ema_momentum: float in [0, 1) or `None`. Share of the old average in
            the running average of the generators' weights, by which images
            are then translated. `None` keeps no average.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.

    Example:

    >>> import numpy as np
    >>> import kerasgen
    >>> digits, _ = kerasgen.data.load_arrays("digits", image_size=16)
    >>> colored = np.repeat(1.0 - digits, 3, axis=-1)
    >>> data = kerasgen.data.load_pairs(digits[:64], colored[64:128], seed=0)
    >>> model = kerasgen.CycleGAN(
    ...     source_shape=(16, 16, 1),
    ...     target_shape=(16, 16, 3),
    ...     network_options={"filters": 4, "num_blocks": 1},
    ...     seed=0,
    ... )
    >>> model.compile()
    >>> history = model.fit(data, verbose=0)
    >>> translated = model.translate(digits[:2], to="target")
    >>> translated.shape, model.translate(translated, to="source").shape
    ((2, 16, 16, 3), (2, 16, 16, 1))

    References:
        - Zhu et al. (2017), Unpaired Image-to-Image Translation using
          Cycle-Consistent Adversarial Networks,
          https://arxiv.org/abs/1703.10593
        - Hoffman et al. (2018), CyCADA: Cycle-Consistent Adversarial Domain
          Adaptation, https://arxiv.org/abs/1711.03213
    """

    translates_back = True

    target_generator = NetworkArgument()
    source_generator = NetworkArgument()
    target_discriminator = NetworkArgument()
    source_discriminator = NetworkArgument()
    cycle_weight = Argument(10.0, at_least(0))
    identity_weight = Argument(0.0, at_least(0))
    source_classifier = NetworkArgument()
    semantic_weight = Argument(1.0, at_least(0))
    buffer_size = Argument(50, non_negative_integer)

    @property
    def metric_names(self):
        identity = ("identity_loss",) if self.identity_weight else ()
        semantic = ("semantic_loss",) if self.source_classifier else ()
        return "d_loss", "g_loss", "cycle_loss", *identity, *semantic

    # === The game ===

    def discriminator_loss(self, real, fake):
        """`((D(y) - 1)^2 + D(G(x))^2) / 2`, of logits of patches."""
        return (tf.square(real - 1.0) + tf.square(fake)) / 2.0

    def generator_loss(self, fake):
        """`(D(G(x)) - 1)^2`, of logits of patches."""
        return tf.square(fake - 1.0)

    def discriminator_losses(self, batch, fakes, training):
        d_x, d_y = self.source_discriminator, self.target_discriminator
        of_target = self.discriminator_loss(
            self.logits(d_y, batch["target"], training),
            self.logits(d_y, fakes.target, training),
        )
        of_source = self.discriminator_loss(
            self.logits(d_x, batch["source"], training),
            self.logits(d_x, fakes.source, training),
        )
        loss = mean_over_patches(of_target) + mean_over_patches(of_source)
        return {"d_loss": batch.mean(loss)}

    def generator_losses(self, batch, fakes, training):
        x, y = batch["source"], batch["target"]
        g, f = self.target_generator, self.source_generator
        of_target = self.generator_loss(
            self.logits(self.target_discriminator, fakes.target, training)
        )
        of_source = self.generator_loss(
            self.logits(self.source_discriminator, fakes.source, training)
        )
        loss = mean_over_patches(of_target) + mean_over_patches(of_source)
        cycle = absolute_error(self.translated(f, fakes.target, training), x)
        cycle += absolute_error(self.translated(g, fakes.source, training), y)
        losses = {
            "g_loss": batch.mean(loss),
            "cycle_loss": self.cycle_weight * batch.mean(cycle),
        }
        if self.identity_weight:
            same = absolute_error(self.translated(g, y, training), y)
            same += absolute_error(self.translated(f, x, training), x)
            losses["identity_loss"] = self.identity_weight * batch.mean(same)
        if self.source_classifier:
            other = self.surprise(fakes.target, of=x)
            other += self.surprise(fakes.source, of=y)
            losses["semantic_loss"] = self.semantic_weight * batch.mean(other)
        return losses

    def surprise(self, translations, of):
        """How improbable the classes of images are for their translations."""
        classes = tf.argmax(self.source_classifier(of, training=False), axis=-1)
        found = self.source_classifier(translations, training=False)
        return keras.losses.sparse_categorical_crossentropy(
            classes, tf.cast(found, tf.float32)
        )

    def fakes(self, batch, training):
        """`Fakes` of a batch, G(x) and F(y)."""
        x, y = batch["source"], batch["target"]
        return Fakes(
            target=self.translated(self.target_generator, x, training),
            source=self.translated(self.source_generator, y, training),
        )

    def shown_fakes(self, batch, fakes):
        if not self.buffer_size:
            return super().shown_fakes(batch, fakes)
        return Fakes(
            target=with_past(self.past_targets, fakes.target, batch),
            source=with_past(self.past_sources, fakes.source, batch),
        )

    # === Configuration and networks ===

    def configure(self):
        super().configure()
        if self.identity_weight and self.source_shape != self.target_shape:
            raise ValueError(
                "Argument `identity_weight` must be 0 where the domains differ "
                "in shape: a generator cannot leave an image of the other "
                "domain as it is. Received: identity_weight="
                f"{self.identity_weight}, source_shape={self.source_shape}, "
                f"target_shape={self.target_shape}."
            )

    def build_networks(self):
        source, target = self.source_shape, self.target_shape
        self.target_generator = self.build_translator(
            "target_generator", source, target
        )
        self.source_generator = self.build_translator(
            "source_generator", target, source
        )
        self.target_discriminator = self.build_discriminator(
            "target_discriminator", target
        )
        self.source_discriminator = self.build_discriminator(
            "source_discriminator", source
        )
        self.source_classifier = self._frozen_classifier()
        self.past_targets = self.past_sources = None
        if self.buffer_size:
            self.past_targets = PastFakes(self.buffer_size, target)
            self.past_sources = PastFakes(self.buffer_size, source)

    def _frozen_classifier(self):
        """A copy of the user's classifier, if any."""
        given = self.given_network("source_classifier")
        if given is None:
            if self.semantic_weight != type(self).semantic_weight.default:
                raise ValueError(
                    "Argument `semantic_weight` must be given with "
                    "`source_classifier`. Received: semantic_weight="
                    f"{self.semantic_weight} alone."
                )
            return None
        if self.source_shape != self.target_shape:
            raise ValueError(
                "Argument `source_classifier` must be left out where the "
                "domains differ in shape: it could not look at translations. "
                f"Received: source_shape={self.source_shape}, "
                f"target_shape={self.target_shape}."
            )
        return frozen_classifier(given, "source_classifier", self.source_shape)

    @property
    def generator_networks(self):
        return [self.target_generator, self.source_generator]

    @property
    def discriminator_networks(self):
        return [self.target_discriminator, self.source_discriminator]

    # === Translation ===

    @property
    def generator(self):
        """G, from the source to the target."""
        return self.target_generator

    def source_from_target(self, target):
        with self.averaged_weights():
            return self.translated(self.source_generator, target, False)
