"""How the networks of a GAN get a class."""

import tensorflow as tf

from kerasgen.models.conditioning import shape_with_labels
from kerasgen.models.conditioning import with_labels


class Unconditional:
    """Generator and discriminator get no class.

    Args:
        num_outputs: int. Outputs of the discriminator, the logit first.
    """

    # Options of a built discriminator.
    discriminator_options = {}

    def __init__(self, num_outputs=1):
        self.num_outputs = num_outputs

    def generator_length(self, latent_length):
        """Length of what the generator takes."""
        return latent_length

    def generator_inputs(self, latents, labels):
        """What the generator takes, from latents and labels."""
        return latents

    def discriminator_shape(self, data_shape):
        """Shape of what the discriminator takes, without the batch."""
        return data_shape

    def discriminator_inputs(self, data, condition):
        """What the discriminator takes, from data and their condition."""
        return data

    def logits(self, outputs, condition):
        """Logits, one a row, from the outputs of the discriminator."""
        return outputs[:, 0]


class GeneratorOnly(Unconditional):
    """The generator gets the class, as a one-hot vector beside latents.

    Args:
        num_classes: int.
        num_outputs: int. Outputs of the discriminator, the logit first.
    """

    def __init__(self, num_classes, num_outputs=1):
        super().__init__(num_outputs)
        self.num_classes = num_classes

    def generator_length(self, latent_length):
        return latent_length + self.num_classes

    def generator_inputs(self, latents, labels):
        return with_labels(latents, labels, self.num_classes)


class Concatenation(GeneratorOnly):
    """The discriminator gets the class by one more map of ones a class.

    Mirza and Osindero (2014), section 3.2.
    """

    @property
    def discriminator_options(self):
        return {"num_label_maps": self.num_classes}

    def discriminator_shape(self, data_shape):
        return shape_with_labels(data_shape, self.num_classes)

    def discriminator_inputs(self, data, condition):
        return with_labels(data, condition, self.num_classes)


class Projection(GeneratorOnly):
    """The logit is `psi(phi(x)) + <e(y), phi(x)>`.

    Equation 3 of Miyato and Koyama (2018). The last layer's weights for output
    1 + y are the embedding e(y).
    """

    def __init__(self, num_classes):
        super().__init__(num_classes, num_outputs=1 + num_classes)

    def logits(self, outputs, condition):
        projection = tf.gather(outputs, 1 + condition, axis=1, batch_dims=1)
        return outputs[:, 0] + projection
