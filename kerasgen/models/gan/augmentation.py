"""What a discriminator sees of images: augmented, and with noise."""

import tensorflow as tf

from kerasgen.data.kinds import Images
from kerasgen.layers.adaptive_augmentation import AdaptiveAugmentation
from kerasgen.layers.diff_augment import NUM_DRAWS
from kerasgen.layers.diff_augment import diff_augment
from kerasgen.losses.adversarial import RELATIVISTIC

AUGMENTATIONS = ("diffaugment", "adaptive")


class AugmentedImages:
    """A GAN whose discriminator may see images augmented or noisy; a mixin.

    By its arguments `augment`, `augment_target`, `augment_images`,
    `instance_noise` and `instance_noise_steps`. Real and fake images are
    treated alike, in training alone.
    """

    @property
    def is_adaptive(self):
        """Whether the strength of augmentation follows overfitting."""
        return self.augment == "adaptive"

    def check_augmentation(self):
        if self.augment is not None and not isinstance(self.kind, Images):
            raise ValueError(
                "Argument `augment` must be None for anything but images. "
                f"Received: augment={self.augment!r} for {self.kind}."
            )

    def build_augmentation(self):
        if self.is_adaptive:
            self.augmentation = AdaptiveAugmentation(
                self.augment_target, self.augment_images
            )

    def seen(self, data, batch, training):
        """Data as the discriminator sees them.

        Args:
            data: tensor of shape `(batch, *data_shape)`, real or fake.
            batch: `kerasgen.engine.GlobalBatch`.
            training: bool.
        """
        if not training:
            return data
        return self._noisy(self._augmented(data, batch), batch)

    def _augmented(self, data, batch):
        if self.augment == "diffaugment":
            return diff_augment(data, batch.uniform((NUM_DRAWS,)))
        if self.is_adaptive:
            uniform = batch.uniform((self.augmentation.num_uniform,))
            normal = batch.normal((self.augmentation.num_normal,))
            return self.augmentation(data, uniform, normal)
        return data

    def _noisy(self, data, batch):
        if not self.instance_noise:
            return data
        deviation = self.instance_noise
        if self.instance_noise_steps:
            steps = tf.cast(self.training_steps.value, tf.float32)
            left = 1.0 - steps / self.instance_noise_steps
            deviation *= tf.maximum(left, 0.0)
        return data + deviation * batch.normal(self.data_shape)

    def adapt_augmentation(self, batch, real, fake):
        """Makes augmentation stronger or weaker, if it is adaptive.

        Args:
            batch: `kerasgen.engine.GlobalBatch`.
            real, fake: logits, one a row or pack.
        """
        if self.is_adaptive:
            sign = tf.where(self._is_right(real, fake), 1.0, -1.0)
            self.augmentation.update(self.mean(sign, batch), batch)

    def _is_right(self, real, fake):
        """Where the discriminator takes a real image for one."""
        if self.is_critic or self.adversarial_loss in RELATIVISTIC:
            # Whose outputs mean something beside each other alone.
            return real > fake
        # Least squares has targets of 0 and 1.
        boundary = 0.5 if self.adversarial_loss == "least_squares" else 0.0
        return real > boundary

    def augmentation_metrics(self):
        """What is reported of it, by name."""
        if not self.is_adaptive:
            return {}
        probability = tf.convert_to_tensor(self.augmentation.probability)
        return {"augmentation_probability": probability}
