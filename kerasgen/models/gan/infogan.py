"""InfoGAN."""

import keras
import tensorflow as tf

from kerasgen.data.endpoint_kinds import Values
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import non_negative_integer
from kerasgen.engine.arguments import positive_integer
from kerasgen.engine.optimizer_names import names_optimizers
from kerasgen.models.conditioning import at_least_two
from kerasgen.models.endpoints import Endpoint
from kerasgen.models.gan.conditioning import GeneratorOnly
from kerasgen.models.gan.discriminator import DiscriminatorInput
from kerasgen.models.gan.gan import GAN
from kerasgen.models.zoo import register
from kerasgen.utils import random


@register("infogan")
class InfoGAN(GAN):
    """InfoGAN: finds classes and factors of variation without labels.

    Use it to discover structure, or to steer what a GAN draws. Besides noise
    z, the generator takes codes c: one of `num_categories` categories, and
    `num_continuous` numbers, uniform in [-1, 1]. It should not lose them: the
    discriminator's features also feed Q, which guesses the codes, and the game
    is (equation 6 of Chen et al., whose last term is 5)

    `min_{G,Q} max_D V(D, G) - w L_I(G, Q)`,
    `L_I = E[log Q(c | G(z, c))] + H(c)`.

    For continuous codes, Q is normal with unit variance. H(c) is constant, and
    left out.

    The categories are what `labels` names in `generate`; which digit each has
    come to mean is for one to see. It is fitted to images alone. `fit` and
    `evaluate` report what `GAN` does, and `d_information_loss` and
    `g_information_loss`, `-w L_I` in the two steps.

    Args:
        data_shape: see `GAN`.
        latent_dim: int. Length of the noise z; latents are z and the
            continuous codes, side by side.
        num_categories: int.
        num_continuous: int. 0 for none.
        information_weight: float. w above.
        **kwargs: Arguments of `GAN`. A `generator` of your own takes
            `(batch, latent_dim + num_continuous + num_categories)`; an own
            `discriminator` returns
            `(batch, 1 + num_categories + num_continuous)`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.InfoGAN((8, 8, 1), num_categories=10, seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> images = model.generate(3, seed=0, labels=[7, 7, 1])
    >>> categories, continuous = model.codes(images)
    >>> categories.shape, continuous.shape
    ((3, 10), (3, 2))

    References:
        - Chen et al. (2016), InfoGAN: Interpretable Representation Learning
          by Information Maximizing Generative Adversarial Nets,
          https://arxiv.org/abs/1606.03657
    """

    paper_network = "dcgan"
    latent_dim = Argument(62, positive_integer)
    num_categories = Argument(10, at_least_two, attribute="num_classes")
    num_continuous = Argument(2, non_negative_integer)
    information_weight = Argument(1.0, at_least(0))

    @property
    def columns(self):
        # It finds the categories by itself.
        return {self.kind.noun: self.kind}

    @property
    def latent_shape(self):
        return (self.latent_dim + self.num_continuous,)

    @property
    def metric_names(self):
        names = "d_information_loss", "g_information_loss"
        return *super().metric_names, *names

    def conditioning_of_classes(self):
        num_outputs = 1 + self.num_classes + self.num_continuous
        return GeneratorOnly(self.num_classes, num_outputs)

    @names_optimizers
    def compile(
        self, generator_optimizer=None, discriminator_optimizer=None, **options
    ):
        """See `GAN`; by default the generator learns at five times the rate."""
        # Chen et al., appendix C.
        generator_optimizer = generator_optimizer or keras.optimizers.Adam(
            1e-3, beta_1=0.5
        )
        super().compile(generator_optimizer, discriminator_optimizer, **options)

    def real(self, batch, training):
        return DiscriminatorInput(self.seen(batch.data, batch, training))

    def fake(self, batch, training):
        """Fakes; their condition is the codes, the category first."""
        noise = batch.normal((self.latent_dim,))
        continuous = 2.0 * batch.uniform((self.num_continuous,)) - 1.0
        categories = batch.uniform(()) * self.num_classes
        categories = tf.cast(categories, tf.int32)
        latents = tf.concat([noise, continuous], axis=-1)
        data = self.draw(latents, categories, training)
        codes = tf.concat(
            [tf.cast(categories[:, None], tf.float32), continuous], axis=-1
        )
        return DiscriminatorInput(self.seen(data, batch, training), codes)

    def discriminator_losses(self, batch, real, fake, training):
        return {
            **super().discriminator_losses(batch, real, fake, training),
            "d_information_loss": self._information_loss(fake, batch),
        }

    def generator_losses(self, batch, fake, real):
        return {
            **super().generator_losses(batch, fake, real),
            "g_information_loss": self._information_loss(fake, batch),
        }

    def _information_loss(self, fake, batch):
        """`-w L_I`, but for H(c)."""
        codes = fake.inputs.condition
        logits, mean = self._guesses(fake.outputs)
        categorical = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.cast(codes[:, 0], tf.int32), logits=logits
        )
        # -log of a normal density, but for its constant.
        continuous = 0.5 * tf.reduce_sum(tf.square(codes[:, 1:] - mean), axis=1)
        information = self.mean(categorical + continuous, batch)
        return self.information_weight * information

    def _guesses(self, outputs):
        """Logits of the categories and means of the continuous codes."""
        sizes = (1, self.num_classes, self.num_continuous)
        _, logits, mean = tf.split(tf.cast(outputs, tf.float32), sizes, axis=1)
        return logits, mean

    def latents_from_seeds(self, seeds):
        bits = random.bits_from_seed_rows(seeds, self.prior_shape)
        noise = random.normal_from_bits(bits[:, : self.latent_dim])
        uniform = random.uniform_from_bits(bits[:, self.latent_dim :])
        return tf.concat([noise, 2.0 * uniform - 1.0], axis=-1)

    def codes(self, images, batch_size=256):
        """What Q guesses the codes of images to be.

        Args:
            images: float array of shape `(n, *data_shape)` in [0, 1].
            batch_size: int. Images at a time.

        Returns:
            float32 arrays: probabilities of the categories, of shape
            `(n, num_categories)`, and continuous codes, of shape
            `(n, num_continuous)`.
        """
        codes = self._call_on_data("codes", images, batch_size)
        return codes[:, : self.num_classes], codes[:, self.num_classes :]

    def codes_from_data(self, data):
        """Data -> `codes` of them, side by side; tensors."""
        logits, mean = self._guesses_from_data(data)
        return tf.concat([tf.nn.softmax(logits), mean], axis=-1)

    def features_from_data(self, data):
        """Data -> what Q returns: logits in place of probabilities."""
        return tf.concat(self._guesses_from_data(data), axis=-1)

    def _guesses_from_data(self, data):
        output = self.discriminate(DiscriminatorInput(data), training=False)
        return self._guesses(output.outputs)

    def endpoints(self):
        data = {self.kind.served_as: self.kind}
        length = self.num_classes + self.num_continuous
        return {
            **super().endpoints(),
            "codes": Endpoint(
                self.codes_from_data,
                data,
                {"codes": Values((length,))},
                is_served=False,
            ),
            "features": Endpoint(
                self.features_from_data,
                data,
                {"features": Values((length,))},
                is_served=False,
            ),
        }
