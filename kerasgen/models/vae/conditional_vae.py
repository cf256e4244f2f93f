"""Conditional variational autoencoder."""

import tensorflow as tf

from kerasgen.engine.arguments import REQUIRED
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.conditioning import at_least_two
from kerasgen.models.conditioning import shape_with_labels
from kerasgen.models.conditioning import with_labels
from kerasgen.models.vae.vae import VAE
from kerasgen.models.zoo import register


@register("conditional_vae")
class ConditionalVAE(VAE):
    """Conditional VAE: draws and encodes images of the class asked for.

    Use it where images have labels; the latents are then free to hold what the
    label does not say, such as a digit's slant. Encoder and decoder are both
    given the class y, and training minimizes the negative of

    `E_q(z|x,y)[log p(x|y,z)] - beta * KL(q(z|x,y) || p(z))`,

    equation 4 of Sohn et al. with a prior that does not depend on y, as they
    allow (section 4); it is the bound of Kingma et al.'s M2 on `log p(x|y)`
    (their equation 6, without the constant `log p(y)`). One-hot labels are
    appended to the latents, and to images as maps.

    It is fitted to (images, labels), and its methods take `labels=`.
    `log_likelihood` bounds `log p(x|y)`. `fit` and `evaluate` report what `VAE`
    does.

    Args:
        data_shape: see `VAE`.
        num_classes: int. Labels are from 0 to `num_classes - 1`.
        latent_dim: see `VAE`.
        **kwargs: Other arguments of `VAE`. An `encoder` of your own takes
            `num_classes` more channels (or columns, for rows), an own `decoder`
            takes `(batch, latent_dim + num_classes)`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0, labels=True)
    >>> model = kerasgen.ConditionalVAE(
    ...     (8, 8, 1), num_classes=10, latent_dim=4, seed=0
    ... )
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0, labels=[7, 7, 1]).shape
    (3, 8, 8, 1)

    References:
        - Sohn et al. (2015), Learning Structured Output Representation using
          Deep Conditional Generative Models,
          https://papers.nips.cc/paper/5775
        - Kingma et al. (2014), Semi-Supervised Learning with Deep Generative
          Models, https://arxiv.org/abs/1406.5298
    """

    num_classes = Argument(REQUIRED, at_least_two)
    latent_dim = Argument(16, positive_integer)

    def _input_shapes(self):
        return [
            shape_with_labels(shape, self.num_classes)
            for shape in super()._input_shapes()
        ]

    def _encoder_options(self):
        return {"num_label_maps": self.num_classes}

    def posterior(self, images, labels, training=False):
        images = tf.convert_to_tensor(images)
        images = with_labels(images, labels, self.num_classes)
        return super().posterior(images, training=training)

    def decoder_outputs(self, latents, labels, training=False):
        latents = tf.convert_to_tensor(latents)
        latents = with_labels(latents, labels, self.num_classes)
        return super().decoder_outputs(latents, training=training)
