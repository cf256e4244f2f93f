"""Generative adversarial network."""

import tensorflow as tf

from kerasgen import losses
from kerasgen.data.endpoint_kinds import Values
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import NetworkArgument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import below_one
from kerasgen.engine.arguments import in_range
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import optional
from kerasgen.engine.arguments import positive_integer
from kerasgen.layers import batch_moments
from kerasgen.losses.adversarial import NAMES
from kerasgen.losses.adversarial import RELATIVISTIC
from kerasgen.models.adversarial import AdversarialTraining
from kerasgen.models.endpoints import Endpoint
from kerasgen.models.gan.augmentation import AUGMENTATIONS
from kerasgen.models.gan.augmentation import AugmentedImages
from kerasgen.models.gan.conditioning import Unconditional
from kerasgen.models.gan.discriminator import MUST_RETURN_IMAGES
from kerasgen.models.gan.discriminator import MUST_RETURN_LOGITS
from kerasgen.models.gan.discriminator import DiscriminatorInput
from kerasgen.models.gan.discriminator import DiscriminatorOutput
from kerasgen.models.gan.penalties import GradientPenalties
from kerasgen.models.gan.weight_clipping import WeightClipping
from kerasgen.models.latent_variable_model import LatentVariableModel
from kerasgen.models.zoo import register
from kerasgen.networks import check_network


@register("gan")
class GAN(
    AdversarialTraining,
    GradientPenalties,
    AugmentedImages,
    LatentVariableModel,
):
    """Generative adversarial network: draws sharp images, has no encoder.

    Use it where images should look real; it gives no likelihood, and can
    suffer mode collapse. A discriminator D learns to tell images x from those
    that a generator G makes of noise z, by the value function of equation 1 of
    Goodfellow et al.,

    `min_G max_D E[log D(x)] + E[log(1 - D(G(z)))]`,

    in which the non-saturating G maximizes `E[log D(G(z))]` instead (their
    section 3). Other losses go by name, and penalties and normalizations of
    the discriminator can be combined with each other and with any loss. The
    models that papers made of them (`WGANGP`, `SNGAN`, `R3GAN`, ...) are this
    one with other defaults.

    `fit` and `evaluate` report `d_loss` and `g_loss`, and `penalty` where there
    is one, weight included, which `d_loss` is without, and
    `augmentation_probability` of `augment="adaptive"`. A call on images
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
            have spectral norm 1 (Miyato et al. 2018). In an own one, make
            layers by `kerasgen.layers.with_unit_norm(layer, True)`.
        instance_noise: float. Standard deviation of the normal noise that the
            discriminator's images get (Sonderby et al. 2017, section 3.3).
        instance_noise_steps: int. Steps over which that noise falls to 0.
            0 keeps it.
        augment: str or `None`. How the discriminator's images, real and fake
            alike, are augmented, so that it does not learn few images by heart:
            `"diffaugment"` (Zhao et al. 2020), always and by a little, or
            `"adaptive"` (Karras et al. 2020), as much as it overfits. Penalties
            are taken at augmented images.
        augment_target: float. What `"adaptive"` aims at: the mean of the sign
            of the discriminator's logits of real images (of their differences
            from those of fake ones, where the loss is of these).
        augment_images: int. Real images over which the probability of
            `"adaptive"` can go from 0 to 1; less for small data.
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

    # How many rows one logit is for; see `PacGAN`.
    packing = 1

    latent_dim = Argument(64, positive_integer)
    network = LatentVariableModel.network
    network_options = LatentVariableModel.network_options
    generator = NetworkArgument()
    discriminator = NetworkArgument()
    loss = Argument(
        "non_saturating", one_of(*NAMES), attribute="adversarial_loss"
    )
    label_smoothing = Argument(0.0, in_range(0, 0.5))
    gradient_penalty = Argument(0.0, at_least(0))
    gradient_penalty_sides = Argument(2, one_of(1, 2))
    r1 = Argument(0.0, at_least(0))
    r2 = Argument(0.0, at_least(0))
    weight_clipping = Argument(None, optional(at_least(1e-6)))
    spectral_normalization = Argument(False, one_of(False, True))
    instance_noise = Argument(0.0, at_least(0))
    instance_noise_steps = Argument(0, at_least(0))
    augment = Argument(None, optional(one_of(*AUGMENTATIONS)))
    augment_target = Argument(0.6, in_range(-1, 1))
    augment_images = Argument(500_000, positive_integer)
    discriminator_steps = Argument(1, positive_integer)
    ema_momentum = Argument(None, optional(below_one))

    # === The game ===

    def discriminator_loss(self, real, fake):
        """`-log D(x) - log(1 - D(G(z)))`, of logits; one value a row."""
        return tf.nn.softplus(-real) + tf.nn.softplus(fake)

    def generator_loss(self, fake, real):
        """`-log D(G(z))`, of logits; one value a row."""
        return tf.nn.softplus(-fake)

    def discriminator_losses(self, batch, real, fake, training):
        """What the discriminator minimizes the sum of.

        Args:
            batch: `kerasgen.engine.GlobalBatch`.
            real, fake: `DiscriminatorOutput`.
            training: bool.

        Returns:
            dict from name to float32 scalar tensor.
        """
        loss = self._adversarial_losses[0](real.logits, fake.logits)
        values = {"d_loss": self.mean(loss, batch)}
        if self.has_penalty:
            values["penalty"] = self.mean_penalty(
                batch, real.inputs, fake.inputs, training
            )
        return values

    def generator_losses(self, batch, fake, real):
        """What the generator minimizes the sum of.

        Args:
            batch: `kerasgen.engine.GlobalBatch`.
            fake: `DiscriminatorOutput`.
            real: `DiscriminatorOutput`, or `None` unless `generator_sees_real`.

        Returns:
            dict from name to float32 scalar tensor.
        """
        real_logits = None if real is None else real.logits
        loss = self._adversarial_losses[1](fake.logits, real_logits)
        return {"g_loss": self.mean(loss, batch)}

    # === Configuration ===

    def configure(self):
        super().configure()
        self.check_augmentation()
        self._adversarial_losses = self._selected_losses(self.label_smoothing)
        self.class_conditioning = self.conditioning_of_classes()
        if (
            self.spectral_normalization
            and self._given_networks["discriminator"] is not None
        ):
            raise ValueError(
                "Argument `spectral_normalization` must be False with a "
                "discriminator of your own. Received: True. Make its layers "
                "by `kerasgen.layers.with_unit_norm(layer, True)`."
            )

    def _selected_losses(self, label_smoothing):
        """The losses above, or those of `losses` that the arguments name.

        Of the names, models state the one that is theirs; with smoothed labels,
        or another name, `losses` has the functions.
        """
        by_name = losses.adversarial_losses(
            self.adversarial_loss, label_smoothing
        )
        is_own = self.adversarial_loss == type(self).loss.default
        if is_own and not label_smoothing:
            return self.discriminator_loss, self.generator_loss
        for name in ("discriminator_loss", "generator_loss"):
            if not _loss_has_a_name(type(self), name):
                raise ValueError(
                    "Arguments `loss` and `label_smoothing` must be left out "
                    f"for {type(self).__name__}, which has a loss of its own. "
                    f"Received: loss={self.adversarial_loss!r}, "
                    f"label_smoothing={label_smoothing!r}."
                )
        return by_name

    @property
    def is_critic(self):
        """Whether the discriminator estimates Wasserstein's distance."""
        return self.adversarial_loss == "wasserstein"

    @property
    def generator_sees_real(self):
        """Whether the generator's loss is of real data too."""
        return self.adversarial_loss in RELATIVISTIC

    def conditioning_of_classes(self):
        """How networks get classes."""
        return Unconditional()

    @property
    def metric_names(self):
        names = ["d_loss", "g_loss"]
        if self.has_penalty:
            names.append("penalty")
        if self.is_adaptive:
            names.append("augmentation_probability")
        return tuple(names)

    # === Networks ===

    def build_networks(self):
        self.build_generator()
        self.build_discriminator()
        self.build_augmentation()
        if self.weight_clipping is not None:
            for variable in self.discriminator.trainable_variables:
                variable.constraint = WeightClipping(self.weight_clipping)

    def build_generator(self):
        (latent_length,) = self.latent_shape
        length = self.class_conditioning.generator_length(latent_length)
        self.generator = self.build_network(
            "generator",
            self._generator_options(),
            data_shape=self.data_shape,
            latent_dim=length,
        )
        is_image = self.kind.has_bounds
        check_network(
            self.generator,
            "generator",
            (length,),
            self.data_shape,
            refused=MUST_RETURN_IMAGES if is_image else {},
        )

    def build_discriminator(self):
        shape = self._discriminator_shape()
        num_outputs = self.class_conditioning.num_outputs
        self.discriminator = self.build_network(
            "discriminator",
            self._discriminator_options(),
            data_shape=shape,
            num_outputs=num_outputs,
        )
        check_network(
            self.discriminator,
            "discriminator",
            shape,
            (num_outputs,),
            refused=MUST_RETURN_LOGITS,
        )

    def _discriminator_shape(self):
        return self.class_conditioning.discriminator_shape(self.data_shape)

    def _generator_options(self):
        """Options of a built generator, unless the user says other."""
        return {}

    def _discriminator_options(self):
        """Options of a built discriminator, unless the user says other."""
        options = dict(self.class_conditioning.discriminator_options)
        if self.spectral_normalization:
            options["spectral_normalization"] = True
        # These count on a row's logit being that row's alone, and clipping
        # ties the scale of batch normalization down.
        if (
            self.has_penalty
            or self.spectral_normalization
            or self.weight_clipping
        ):
            options["discriminator_normalization"] = None
        return options

    @property
    def decoding_network(self):
        return self.generator

    def call(self, images, training=False):
        """Data -> the discriminator's logits."""
        return self.discriminator(images, training=training)

    # === Steps ===

    def take_step(self, batch):
        for _ in range(self.discriminator_steps):
            d_losses = self.train_networks(
                [self.discriminator],
                self.discriminator_optimizer,
                self._losses_of_discriminator,
                batch,
                True,
            )
        g_losses = self.train_networks(
            self.generator_networks,
            self.generator_optimizer,
            self._losses_of_generator,
            batch,
            True,
        )
        return {**d_losses, **g_losses, **self.augmentation_metrics()}

    def compute_losses(self, batch, training):
        with batch_moments(self.discriminator):
            return {
                **self._losses_of_discriminator(batch, training),
                **self._losses_of_generator(batch, training),
                **self.augmentation_metrics(),
            }

    def _losses_of_discriminator(self, batch, training):
        real = self.real(batch, training)
        fake = self.fake(batch, training)
        # Two calls, so that batch normalization keeps real and fake apart.
        real, fake = (
            self.discriminate(real, training),
            self.discriminate(fake, training),
        )
        if training:
            self.adapt_augmentation(batch, real.logits, fake.logits)
        return self.discriminator_losses(batch, real, fake, training)

    def _losses_of_generator(self, batch, training):
        fake = self.discriminate(self.fake(batch, training), training)
        real = None
        if self.generator_sees_real:
            real = self.discriminate(self.real(batch, training), training)
        return self.generator_losses(batch, fake, real)

    def real(self, batch, training):
        """Real data for the discriminator."""
        return DiscriminatorInput(
            self.seen(batch.data, batch, training), batch.labels
        )

    def fake(self, batch, training):
        """As many fakes as the batch has rows."""
        latents = batch.normal(self.latent_shape)
        data = self.draw(latents, batch.labels, training)
        return DiscriminatorInput(
            self.seen(data, batch, training), batch.labels
        )

    def draw(self, latents, labels, training):
        """Latents -> data."""
        inputs = self.class_conditioning.generator_inputs(latents, labels)
        return self.generator(inputs, training=training)

    def discriminate(self, inputs, training):
        """`DiscriminatorInput` -> `DiscriminatorOutput`."""
        conditioned = self.class_conditioning.discriminator_inputs(*inputs)
        outputs = self.discriminator(conditioned, training=training)
        logits = self.class_conditioning.logits(outputs, inputs.condition)
        return DiscriminatorOutput(inputs, outputs, tf.cast(logits, tf.float32))

    def mean(self, values, batch):
        """Mean of one value a logit over the global batch."""
        return batch.mean(values)

    # === Data and latents ===

    def data_from_latents(self, latents, labels=None):
        with self.averaged_weights():
            data = self.draw(latents, labels, training=False)
        return tf.cast(data, tf.float32)

    def logits_from_data(self, data, *labels):
        """Data -> the discriminator's logits, one a row; tensors."""
        return self.discriminate(
            DiscriminatorInput(data, *labels), training=False
        ).logits

    def endpoints(self):
        return {
            **super().endpoints(),
            "discriminate": Endpoint(
                self.logits_from_data,
                self._discriminated_inputs(),
                {"logits": Values()},
                is_served=False,
            ),
        }

    def _discriminated_inputs(self):
        """What a call takes, by kind."""
        return {self.kind.served_as: self.kind}


def _loss_has_a_name(model_class, method):
    """Whether the class that states a loss says its name too, by `loss`."""
    owner = next(cls for cls in model_class.__mro__ if method in vars(cls))
    return "loss" in vars(owner)
