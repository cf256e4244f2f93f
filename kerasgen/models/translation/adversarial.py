"""Translators that are trained against discriminators."""

import tensorflow as tf

from kerasgen import networks
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import below_one
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import optional
from kerasgen.models.adversarial import AdversarialTraining
from kerasgen.models.gan.discriminator import MUST_RETURN_IMAGES
from kerasgen.models.gan.discriminator import MUST_RETURN_LOGITS
from kerasgen.models.translation.translation_model import TranslationModel
from kerasgen.networks import check_network


class AdversarialTranslation(AdversarialTraining, TranslationModel):
    """A translator whose images discriminators judge.

    A subclass builds both (`build_translator`, `build_discriminator`) and says
    what they minimize (`generator_losses`, `discriminator_losses`).

    Args:
        source_shape, target_shape: tuple of int, `(height, width, channels)`,
            with sides from 16 to 256. The two may differ.
        network: str. `"resnet"` or `"unet"`: the generators that are built.
        network_options: dict. Options of the networks, such as
            `{"filters": 32}`.
        ema_momentum: float in [0, 1) or `None`. Share of the old average in
            the running average of the generators' weights, by which images
            are then translated. `None` keeps no average.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.
    """

    source_shape = TranslationModel.source_shape
    target_shape = TranslationModel.target_shape
    network = Argument("resnet", one_of(*networks.TRANSLATORS))
    network_options = Argument(None)
    ema_momentum = Argument(None, optional(below_one))

    # === Networks ===

    def build_translator(self, name, source_shape, target_shape):
        """A generator between two shapes: the user's own, or a new one."""
        network = self.given_network(name) or self._build(
            "translator", source_shape=source_shape, target_shape=target_shape
        )
        check_network(
            network, name, source_shape, target_shape, MUST_RETURN_IMAGES
        )
        return network

    def build_discriminator(self, name, target_shape, source_shape=None):
        """A discriminator of images, or of images and their sources.

        Its output has a logit a patch; that of a network of the user's own is
        of shape `(batch, rows, columns, 1)` too.
        """
        network = self.given_network(name) or self._build(
            "patch_discriminator",
            target_shape=target_shape,
            source_shape=source_shape,
        )
        inputs = target_shape
        if source_shape is not None:
            inputs = [source_shape, target_shape]
        # There may be any number of patches.
        patches = getattr(network, "output_shape", ())[1:-1]
        if len(patches) != 2:
            patches = "rows", "columns"
        check_network(network, name, inputs, (*patches, 1), MUST_RETURN_LOGITS)
        return network

    def _build(self, part, **shapes):
        return networks.build(
            self.network,
            part,
            dtype=self.dtype_policy,
            options=self.network_options,
            **shapes,
        )

    # === Training ===

    def fakes(self, batch, training):
        """What generators make of a batch, a tensor or a tuple of them."""
        return self.translated(self.generator, batch["source"], training)

    def generator_losses(self, batch, fakes, training):
        """What the generators minimize the sum of.

        Args:
            batch: `kerasgen.engine.GlobalBatch`.
            fakes: what `fakes` returned.
            training: bool.

        Returns:
            dict from name to float32 scalar tensor.
        """
        raise NotImplementedError

    def discriminator_losses(self, batch, fakes, training):
        """What the discriminators minimize the sum of, likewise."""
        raise NotImplementedError

    def shown_fakes(self, batch, fakes):
        """The fakes that discriminators are trained on, without gradients."""
        return tf.nest.map_structure(tf.stop_gradient, fakes)

    def take_step(self, batch):
        made = []

        def generator_losses():
            # Discriminators are shown the same, without a second pass.
            made.append(self.fakes(batch, True))
            return self.generator_losses(batch, made[0], True)

        g_losses = self.train_networks(
            self.generator_networks, self.generator_optimizer, generator_losses
        )
        d_losses = self.train_networks(
            self.discriminator_networks,
            self.discriminator_optimizer,
            self.discriminator_losses,
            batch,
            self.shown_fakes(batch, made[0]),
            True,
        )
        return {**d_losses, **g_losses}

    def compute_losses(self, batch, training):
        fakes = self.fakes(batch, training)
        return {
            **self.discriminator_losses(batch, fakes, training),
            **self.generator_losses(batch, fakes, training),
        }

    def translated(self, generator, images, training):
        """What a generator makes of images, float32."""
        return tf.cast(generator(images, training=training), tf.float32)

    def logits(self, discriminator, images, training):
        """A discriminator's logits of patches, float32."""
        return tf.cast(discriminator(images, training=training), tf.float32)

    def call(self, inputs, training=False):
        """Source, or (source, target) -> images of the target's domain."""
        source = inputs[0] if isinstance(inputs, (tuple, list)) else inputs
        return self.translated(self.generator, source, training)

    # === Translation ===

    def target_from_source(self, source):
        """Source -> target; tensors, no randomness."""
        with self.averaged_weights():
            return self.translated(self.generator, source, training=False)


def mean_over_patches(losses):
    """Losses of patches -> one value a row."""
    return tf.reduce_mean(losses, axis=[1, 2, 3])


def absolute_error(images, others):
    """Mean over pixels of |a - b|; one value a row.

    Of images in [-1, 1], as the papers have them, whose weights it goes with.
    """
    return 2.0 * tf.reduce_mean(tf.abs(images - others), axis=[1, 2, 3])
