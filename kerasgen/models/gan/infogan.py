"""InfoGAN."""

import keras
import tensorflow as tf

from kerasgen.data.validation import check_images
from kerasgen.models.conditioning import check_num_classes
from kerasgen.models.gan.class_conditional import ClassConditionalGAN
from kerasgen.models.gan.gan import Seen
from kerasgen.models.optimizer_names import names_optimizers
from kerasgen.utils import random
from kerasgen.utils.arguments import check_count
from kerasgen.utils.arguments import check_range


@keras.saving.register_keras_serializable("kerasgen")
class InfoGAN(ClassConditionalGAN):
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
        **kwargs: Arguments of `GAN`. An own `generator` takes
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
    trains_on_labels = False

    def __init__(
        self,
        data_shape,
        latent_dim=62,
        num_categories=10,
        num_continuous=2,
        information_weight=1.0,
        **kwargs,
    ):
        check_num_classes(num_categories, "num_categories")
        check_count("num_continuous", num_continuous)
        check_range("information_weight", information_weight, 0)
        # The networks are built for them.
        self.num_classes = int(num_categories)
        self.num_continuous = int(num_continuous)
        self.information_weight = information_weight
        super().__init__(data_shape, latent_dim, **kwargs)

    @property
    def latent_shape(self):
        return (self.latent_dim + self.num_continuous,)

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

    def _discriminator_shapes(self):
        return self.data_shape, (1 + self.num_classes + self.num_continuous,)

    def _loss_names(self):
        names = "d_information_loss", "g_information_loss"
        return *super()._loss_names(), *names

    def _real(self, batch, training):
        return Seen(self._noisy(batch.images, batch, training), None)

    def _fake(self, batch, training):
        """Fake images; their condition is the codes, the category first."""
        noise = batch.normal((self.latent_dim,))
        continuous = 2.0 * batch.uniform((self.num_continuous,)) - 1.0
        categories = batch.uniform(()) * self.num_classes
        categories = tf.cast(categories, tf.int32)
        latents = tf.concat([noise, continuous], axis=-1)
        images = self._generate(latents, categories, training)
        codes = tf.concat(
            [tf.cast(categories[:, None], tf.float32), continuous], axis=-1
        )
        return Seen(self._noisy(images, batch, training), codes)

    def _auxiliary_discriminator_losses(
        self, real_outputs, fake_outputs, real_condition, fake_condition, batch
    ):
        loss = self._information_loss(fake_outputs, fake_condition, batch)
        return {"d_information_loss": loss}

    def _auxiliary_generator_losses(self, fake_outputs, fake_condition, batch):
        loss = self._information_loss(fake_outputs, fake_condition, batch)
        return {"g_information_loss": loss}

    def _information_loss(self, outputs, codes, batch):
        logits, mean = self._guesses(outputs)
        categorical = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.cast(codes[:, 0], tf.int32), logits=logits
        )
        # -log of a normal density, but for its constant.
        continuous = 0.5 * tf.reduce_sum(tf.square(codes[:, 1:] - mean), axis=1)
        information = self._mean(categorical + continuous, batch)
        return self.information_weight * information

    def _guesses(self, outputs):
        """Logits of the categories and means of the continuous codes."""
        sizes = (1, self.num_classes, self.num_continuous)
        _, logits, mean = tf.split(tf.cast(outputs, tf.float32), sizes, axis=1)
        return logits, mean

    def latents_from_seeds(self, seeds):
        bits = random.bits_from_seed_rows(seeds, self.latent_shape)
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
        images = check_images(images, self.data_shape)
        codes = self._in_batches("codes_from_images", batch_size, images)
        return codes[:, : self.num_classes], codes[:, self.num_classes :]

    def codes_from_images(self, images):
        """Images -> `codes` of them, side by side; tensors."""
        logits, mean = self._guesses(self._judge(images, None, training=False))
        return tf.concat([tf.nn.softmax(logits), mean], axis=-1)

    def get_config(self):
        return {
            **super().get_config(),
            "num_categories": self.num_classes,
            "num_continuous": self.num_continuous,
            "information_weight": self.information_weight,
        }
