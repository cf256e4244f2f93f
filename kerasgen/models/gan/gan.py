"""Generative adversarial network."""

from typing import NamedTuple

import keras
import tensorflow as tf

from kerasgen import losses
from kerasgen.layers import batch_moments
from kerasgen.losses.adversarial import RELATIVISTIC
from kerasgen.models import averaging
from kerasgen.models.gan.averaged_generator import AveragedGenerator
from kerasgen.models.gan.weight_clipping import WeightClipping
from kerasgen.models.generative_model import GenerativeModel
from kerasgen.models.optimizer_names import names_optimizers
from kerasgen.models.regularization import regularization
from kerasgen.networks import check_network
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.arguments import check_range
from kerasgen.utils.arguments import check_share


class Seen(NamedTuple):
    """Images, real or fake, and what the discriminator is told of them."""

    images: tf.Tensor
    condition: tf.Tensor | None


@keras.saving.register_keras_serializable("kerasgen")
class GAN(AveragedGenerator, GenerativeModel):
    """Generative adversarial network: draws sharp images, has no encoder.

    Use it where images should look real; it gives no likelihood, and may drop
    kinds of images. A discriminator D learns to tell images x from those that
    a generator G makes of noise z, by the value function of equation 1 of
    Goodfellow et al.,

    `min_G max_D E[log D(x)] + E[log(1 - D(G(z)))]`,

    in which the non-saturating G maximizes `E[log D(G(z))]` instead (their
    section 3). Other losses go by name, and penalties and normalizations of
    the discriminator can be combined with each other and with any loss. The
    models that papers made of them (`WGANGP`, `SNGAN`, `R3GAN`, ...) are this
    one with other defaults.

    `fit` and `evaluate` report `d_loss` and `g_loss`, and `penalty` where there
    is one: what is added to `d_loss`, weight included. A call on images
    returns the discriminator's logits.

    Args:
        data_shape: tuple of int. `(height, width, channels)`, or `(length,)`
            for rows of any finite numbers.
        latent_dim: int. Length of a latent vector.
        network: str. `"mlp"`, `"dcgan"` or `"resnet"`. Defaults to the
            paper's kind for images and to `"mlp"` for rows.
        network_options: dict. Options of the network, such as
            `{"filters": 32}`.
        generator: `keras.Model` from `(batch, latent_dim)` to images in
            [0, 1] of shape `(batch, *data_shape)`. `None` builds `network`.
        discriminator: `keras.Model` from `(batch, *data_shape)` to logits of
            shape `(batch, 1)`. `None` builds `network`, without batch
            normalization where there is a penalty, spectral normalization or
            weight clipping.
        loss: str. `"minimax"`, `"non_saturating"`, `"least_squares"`,
            `"wasserstein"`, `"hinge"` or `"relativistic"`; see
            `kerasgen.losses`.
        label_smoothing: float in [0, 0.5]. How far the discriminator's target
            for real images lies below 1 (Salimans et al. 2016, section 3.4).
        gradient_penalty: float. Weight lambda of the penalty on gradients
            between real and fake images (Gulrajani et al. 2017, equation 3).
        gradient_penalty_sides: int. 2, or 1 to leave norms below 1 alone.
        r1: float. Gamma of the penalty `gamma / 2 * ||grad D||^2` at real
            images (Mescheder et al. 2018, equation 9).
        r2: float. Gamma of the same at fake images (their equation 10).
        weight_clipping: float or `None`. Limit of the discriminator's weights
            (Arjovsky et al. 2017, algorithm 1).
        spectral_normalization: bool. Whether the built discriminator's weights
            have spectral norm 1 (Miyato et al. 2018). In an own one, wrap
            layers in `keras.layers.SpectralNormalization`.
        instance_noise: float. Standard deviation of the normal noise that the
            discriminator's images get (Sonderby et al. 2017, section 3.3).
        instance_noise_steps: int. Steps over which that noise falls to 0.
            0 keeps it.
        discriminator_steps: int. Discriminator steps to one generator step,
            each with new noise. All see the same real images, where papers
            take new ones (k in algorithm 1).
        ema_momentum: float in [0, 1) or `None`. Share of the old average in
            the running average of the generator's weights, which the
            generator's optimizer then keeps, and `generate` and `export` use
            (`use_ema` switches them back). `None` keeps no average.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.GAN(data_shape=(8, 8, 1), latent_dim=16, seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - Goodfellow et al. (2014), Generative Adversarial Networks,
          https://arxiv.org/abs/1406.2661
    """

    # How many images one logit is for; see `PacGAN`.
    packing = 1

    def __init__(
        self,
        data_shape,
        latent_dim=64,
        network=None,
        network_options=None,
        generator=None,
        discriminator=None,
        loss="non_saturating",
        label_smoothing=0.0,
        gradient_penalty=0.0,
        gradient_penalty_sides=2,
        r1=0.0,
        r2=0.0,
        weight_clipping=None,
        spectral_normalization=False,
        instance_noise=0.0,
        instance_noise_steps=0,
        discriminator_steps=1,
        ema_momentum=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(
            data_shape, latent_dim, network, network_options, seed, **kwargs
        )
        self._discriminator_loss, self._generator_loss = (
            losses.adversarial_losses(loss, label_smoothing)
        )
        check_choice("gradient_penalty_sides", gradient_penalty_sides, (1, 2))
        for name, weight in (
            ("gradient_penalty", gradient_penalty),
            ("r1", r1),
            ("r2", r2),
            ("instance_noise", instance_noise),
            ("instance_noise_steps", instance_noise_steps),
        ):
            check_range(name, weight, 0)
        check_positive_integer("discriminator_steps", discriminator_steps)
        if weight_clipping is not None:
            check_range("weight_clipping", weight_clipping, 1e-6)
        if ema_momentum is not None:
            check_share("ema_momentum", ema_momentum)
        if spectral_normalization and discriminator is not None:
            raise ValueError(
                "Argument `spectral_normalization` must be False with a "
                "discriminator of your own. Received: True. Wrap its layers "
                "in `keras.layers.SpectralNormalization`."
            )
        # === Config ===
        self.adversarial_loss = loss
        self.label_smoothing = label_smoothing
        self.gradient_penalty = gradient_penalty
        self.gradient_penalty_sides = gradient_penalty_sides
        self.r1 = r1
        self.r2 = r2
        self.weight_clipping = weight_clipping
        self.spectral_normalization = spectral_normalization
        self.instance_noise = instance_noise
        self.instance_noise_steps = instance_noise_steps
        self.discriminator_steps = discriminator_steps
        self.ema_momentum = ema_momentum
        # === Networks ===
        self._build_networks(generator, discriminator)
        if weight_clipping is not None:
            for variable in self.discriminator.trainable_variables:
                variable.constraint = WeightClipping(weight_clipping)
        # === Metrics ===
        self.trackers = [
            keras.metrics.Mean(name=name) for name in self._loss_names()
        ]

    def _build_networks(self, generator, discriminator):
        """Builds what the user does not give, and checks what the user does."""
        (inputs,), outputs = self._generator_shapes()
        self.generator = self._network(
            "generator",
            generator,
            options=self._known_options(self._generator_options()),
            data_shape=outputs,
            latent_dim=inputs,
        )
        check_network(
            self.generator,
            "generator",
            (inputs,),
            outputs,
            refused={"tanh": _MUST_RETURN_IMAGES}
            if len(self.data_shape) == 3
            else {},
        )
        self.discriminator = self._discriminator_network(discriminator)
        check_network(
            self.discriminator,
            "discriminator",
            *self._discriminator_shapes(),
            refused={"sigmoid": "must return logits, without a final sigmoid"},
        )

    def _discriminator_network(self, own):
        inputs, (outputs,) = self._discriminator_shapes()
        return self._network(
            "discriminator",
            own,
            options=self._known_options(self._discriminator_options()),
            data_shape=inputs,
            num_outputs=outputs,
        )

    # Shapes of a row that goes into a network, and of one that comes out.

    def _generator_shapes(self):
        return (self.latent_dim,), self.data_shape

    def _discriminator_shapes(self):
        return self.data_shape, (1,)

    # Options of built networks, unless the user says other.

    def _generator_options(self):
        return {}

    def _discriminator_options(self):
        options = {}
        if self.spectral_normalization:
            options["spectral_normalization"] = True
        # These count on a row's logit being that row's alone, and clipping
        # ties the scale of batch normalization down.
        if (
            self._has_penalty()
            or self.spectral_normalization
            or self.weight_clipping
        ):
            options["discriminator_normalization"] = None
        return options

    def _has_penalty(self):
        return any((self.gradient_penalty, self.r1, self.r2))

    def _loss_names(self):
        """Names of the losses, as their functions below return them."""
        penalty = ("penalty",) if self._has_penalty() else ()
        return "d_loss", "g_loss", *penalty

    @staticmethod
    def default_optimizer():
        """The paper's optimizer, new each time."""
        # Radford et al. (2016), section 4.
        return keras.optimizers.Adam(2e-4, beta_1=0.5)

    @names_optimizers
    def compile(
        self, generator_optimizer=None, discriminator_optimizer=None, **options
    ):
        """Configures training.

        Args:
            generator_optimizer: `keras.Optimizer` or its name. Defaults to
                the paper's, see `default_optimizer()`. If it keeps averages
                of the weights (`use_ema`), they are used as those of
                `ema_momentum`.
            discriminator_optimizer: the same, for the discriminator; without
                averages.
            **options: `run_eagerly`, `jit_compile`, `steps_per_execution` of
                `keras.Model.compile`.
        """
        generator_optimizer = keras.optimizers.get(
            generator_optimizer or self.default_optimizer()
        )
        if self.ema_momentum is not None:
            averaging.keep_averages(generator_optimizer, self.ema_momentum)
        self._compile(
            {
                # First, as at its end `fit` overwrites weights by averages
                # that the first optimizer keeps.
                "discriminator_optimizer": (
                    discriminator_optimizer or self.default_optimizer(),
                    _variables(self._discriminator_networks()),
                ),
                "generator_optimizer": (
                    generator_optimizer,
                    _variables(self._generator_networks()),
                ),
            },
            **options,
        )

    # What each optimizer updates.

    def _discriminator_networks(self):
        return [self.discriminator]

    def _generator_networks(self):
        return [self.generator]

    def call(self, images, training=False):
        """Images -> the discriminator's logits."""
        return self.discriminator(images, training=training)

    # === Steps ===

    def train_step(self, data):
        batch = self.next_batch(data)
        for _ in range(self.discriminator_steps):
            d_losses = self._step(
                self._discriminator_losses,
                batch,
                self.discriminator_optimizer,
                self._discriminator_networks(),
            )
        g_losses = self._step(
            self._generator_losses,
            batch,
            self.generator_optimizer,
            self._generator_networks(),
        )
        return self.update_metrics(batch, **d_losses, **g_losses)

    def _step(self, losses_of, batch, optimizer, networks):
        """One step of some networks down the sum of some losses."""
        variables = _variables(networks)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([variable.value for variable in variables])
            values = losses_of(batch, training=True)
            penalties = sum(regularization(network) for network in networks)
            loss = tf.add_n(list(values.values())) + penalties
        self.minimize(loss, tape, optimizer, variables)
        return values

    def test_step(self, data):
        batch = self.next_batch(data, training=False)
        with self._averaged_weights(), batch_moments(self.discriminator):
            values = self._discriminator_losses(batch, training=False)
            values |= self._generator_losses(batch, training=False)
        return self.update_metrics(batch, **values)

    def _discriminator_losses(self, batch, training):
        """Losses of which the discriminator minimizes the sum."""
        real = self._real(batch, training)
        fake = self._fake(batch, training)
        # Two calls, so that batch normalization keeps real and fake apart.
        real_outputs = self._judge(*real, training)
        fake_outputs = self._judge(*fake, training)
        d_loss = self._discriminator_loss(
            self._logits(real_outputs, real.condition),
            self._logits(fake_outputs, fake.condition),
        )
        values = {"d_loss": self._mean(d_loss, batch)}
        if self._has_penalty():
            penalty = self._penalty(real, fake, batch, training)
            values["penalty"] = self._mean(penalty, batch)
        return values | self._auxiliary_discriminator_losses(
            real_outputs, fake_outputs, real.condition, fake.condition, batch
        )

    def _generator_losses(self, batch, training):
        """Losses of which the generator minimizes the sum."""
        fake = self._fake(batch, training)
        fake_outputs = self._judge(*fake, training)
        fake_logits = self._logits(fake_outputs, fake.condition)
        real_logits = None
        if self.adversarial_loss in RELATIVISTIC:
            real = self._real(batch, training)
            real_outputs = self._judge(*real, training)
            real_logits = self._logits(real_outputs, real.condition)
        g_loss = self._generator_loss(fake_logits, real_logits)
        return {
            "g_loss": self._mean(g_loss, batch)
        } | self._auxiliary_generator_losses(
            fake_outputs, fake.condition, batch
        )

    def _penalty(self, real, fake, batch, training):
        """The sum of the penalties, weighted, one value a logit."""

        def logits_of(condition):
            return lambda images: self._logits(
                self._judge(images, condition, training), condition
            )

        penalty = 0.0
        if self.gradient_penalty:
            where = batch.uniform((1,) * len(self.data_shape))
            penalty += self.gradient_penalty * losses.gradient_penalty(
                logits_of(real.condition),
                real.images,
                fake.images,
                where[:: self.packing],
                self.gradient_penalty_sides,
            )
        for weight, (images, condition) in ((self.r1, real), (self.r2, fake)):
            if weight:
                norm = losses.squared_gradient_norm(
                    logits_of(condition), images
                )
                penalty += 0.5 * weight * norm
        return penalty

    # What models with labels, codes or an encoder do in their own way. A
    # condition is what the discriminator is told of an image, or `None`.

    def _real(self, batch, training):
        """Real images as the discriminator sees them, and their condition."""
        return Seen(self._noisy(batch.images, batch, training), batch.labels)

    def _fake(self, batch, training):
        """As many fake images as the batch has rows, and their condition."""
        latents = batch.normal(self.latent_shape)
        images = self._generate(latents, batch.labels, training)
        return Seen(self._noisy(images, batch, training), batch.labels)

    def _generate(self, latents, labels, training):
        """Latents -> images."""
        return self.generator(latents, training=training)

    def _judge(self, images, condition, training):
        """What the discriminator returns for images."""
        return self.discriminator(images, training=training)

    def _logits(self, outputs, condition):
        """Logits, one value a row, from what `_judge` returns."""
        return outputs[:, 0]

    def _mean(self, values, batch):
        """Mean of one value a logit over the global batch."""
        return batch.mean(values)

    def _auxiliary_discriminator_losses(
        self, real_outputs, fake_outputs, real_condition, fake_condition, batch
    ):
        return {}

    def _auxiliary_generator_losses(self, fake_outputs, fake_condition, batch):
        return {}

    def _noisy(self, images, batch, training):
        """Images with instance noise."""
        if not (self.instance_noise and training):
            return images
        deviation = self.instance_noise
        if self.instance_noise_steps:
            steps = tf.cast(self.training_steps.value, tf.float32)
            left = 1.0 - steps / self.instance_noise_steps
            deviation *= tf.maximum(left, 0.0)
        return images + deviation * batch.normal(self.data_shape)

    # === Images and latents ===

    def images_from_latents(self, latents, labels=None):
        with self._averaged_weights():
            images = self._generate(latents, labels, training=False)
        return tf.cast(images, tf.float32)

    # === Config ===

    def get_config(self):
        return {
            **super().get_config(),
            "loss": self.adversarial_loss,
            "label_smoothing": self.label_smoothing,
            "gradient_penalty": self.gradient_penalty,
            "gradient_penalty_sides": self.gradient_penalty_sides,
            "r1": self.r1,
            "r2": self.r2,
            "weight_clipping": self.weight_clipping,
            "spectral_normalization": self.spectral_normalization,
            "instance_noise": self.instance_noise,
            "instance_noise_steps": self.instance_noise_steps,
            "discriminator_steps": self.discriminator_steps,
            "ema_momentum": self.ema_momentum,
        }


def _variables(networks):
    return [v for network in networks for v in network.trainable_variables]


_MUST_RETURN_IMAGES = (
    "must return images in [0, 1]: put `Rescaling(0.5, offset=0.5)` after the "
    "final tanh"
)
