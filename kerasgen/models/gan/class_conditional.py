"""What GANs share whose generator is told a class."""

from kerasgen.models.conditioning import with_labels
from kerasgen.models.gan.gan import GAN


class ClassConditionalGAN(GAN):
    """A GAN whose generator takes a one-hot class beside the latents.

    A subclass sets `num_classes` before its parent builds the networks. An own
    `generator` takes `(batch, latent_dim + num_classes)`.
    """

    def _generator_shapes(self):
        return (self.latent_shape[0] + self.num_classes,), self.data_shape

    def _generate(self, latents, labels, training):
        inputs = with_labels(latents, labels, self.num_classes)
        return self.generator(inputs, training=training)
