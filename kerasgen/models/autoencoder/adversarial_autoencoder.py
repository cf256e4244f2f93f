"""Adversarial autoencoder."""

import keras
import tensorflow as tf

from kerasgen import losses
from kerasgen import networks
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import NetworkArgument
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import positive_integer
from kerasgen.engine.multi_optimizer import trainable_variables
from kerasgen.engine.optimizer_names import names_optimizers
from kerasgen.losses.adversarial import NAMES
from kerasgen.models.autoencoder.autoencoder import Autoencoder
from kerasgen.models.latent_variable_model import LatentVariableModel
from kerasgen.models.zoo import register
from kerasgen.networks import check_network

# Wasserstein's would need a critic whose slope is bounded.
ADVERSARIAL_LOSSES = tuple(name for name in NAMES if name != "wasserstein")


@register("adversarial_autoencoder")
class AdversarialAutoencoder(Autoencoder):
    """Adversarial autoencoder: reconstructs well, with latents like noise.

    Use it where a model should both restore images and draw new ones, and
    latents need no uncertainty. A discriminator D learns to tell draws z from
    a standard normal from the latents `q(z)` of images (equation 1 of Makhzani
    et al.), and the encoder f, as the generator of a GAN, to make them alike.
    Each step has their two phases (section 2), with a deterministic encoder:

    1. reconstruction: f and the decoder g minimize `L(x, g(f(x)))`, with `L` as
       in `Autoencoder`;
    2. regularization: D minimizes `-log D(z) - log(1 - D(f(x)))`, then f
       minimizes `-log D(f(x))`, or the pair of another adversarial loss.

    `fit` and `evaluate` report `reconstruction_loss`, `d_loss` and `g_loss`, in
    their order. A discriminator that cannot tell them apart has a `d_loss` of
    `2 log 2`, 1.386.

    Args:
        data_shape, latent_dim, network, network_options, encoder, decoder,
            loss: see `Autoencoder`.
        discriminator: `keras.Model` from `(batch, latent_dim)` to logits of
            shape `(batch, 1)`. `None` builds a dense one, which has those of
            `network_options` that it knows, and no dropout by default.
        adversarial_loss: str. `"minimax"`, `"non_saturating"`,
            `"least_squares"`, `"hinge"` or `"relativistic"`; see
            `kerasgen.losses`.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.AdversarialAutoencoder(
    ...     data_shape=(8, 8, 1), latent_dim=4, seed=0
    ... )
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - Makhzani et al. (2016), Adversarial Autoencoders,
          https://arxiv.org/abs/1511.05644
    """

    has_code_density = False
    # The discriminator tells all latents of images from draws of the prior.
    weighs_rows = False

    metric_names = ("reconstruction_loss", "d_loss", "g_loss")

    latent_dim = Argument(16, positive_integer)
    network = LatentVariableModel.network
    network_options = LatentVariableModel.network_options
    encoder = Autoencoder.encoder
    decoder = Autoencoder.decoder
    discriminator = NetworkArgument()
    adversarial_loss = Argument("non_saturating", one_of(*ADVERSARIAL_LOSSES))

    def build_networks(self):
        super().build_networks()
        self._discriminator_loss, self._generator_loss = (
            losses.adversarial_losses(self.adversarial_loss)
        )
        self.discriminator = self.build_network(
            "discriminator", build=self._latent_discriminator
        )
        check_network(
            self.discriminator,
            "discriminator",
            (self.latent_dim,),
            (1,),
            refused={"sigmoid": "must return logits, without a final sigmoid"},
        )

    def _latent_discriminator(self, _, dtype, options):
        # Latents are rows, whatever the network for images is.
        known = networks.option_names("mlp")
        options = {k: v for k, v in options.items() if k in known}
        return networks.build(
            "mlp",
            "discriminator",
            dtype=dtype,
            options={"dropout": 0.0, **options},
            data_shape=(self.latent_dim,),
        )

    @names_optimizers
    def compile(
        self,
        autoencoder_optimizer=None,
        discriminator_optimizer=None,
        encoder_optimizer=None,
        **options,
    ):
        """Configures training.

        Args:
            autoencoder_optimizer: `keras.Optimizer` or its name, for the
                reconstruction phase. Defaults to `Adam(1e-3)`.
            discriminator_optimizer: the same, for the discriminator. Defaults
                to `Adam(2e-4, beta_1=0.5)`, as that of `GAN`.
            encoder_optimizer: the same, for the encoder in the regularization
                phase, with the same default.
            **options: `run_eagerly`, `jit_compile`, `steps_per_execution` of
                `keras.Model.compile`.
        """
        # At equal rates, latents of MNIST soon look like the prior and forget
        # their images.
        adam = keras.optimizers.Adam
        self.compile_optimizers(
            {
                "autoencoder_optimizer": (
                    autoencoder_optimizer or adam(1e-3),
                    trainable_variables([self.encoder, self.decoder]),
                ),
                "discriminator_optimizer": (
                    discriminator_optimizer or adam(2e-4, beta_1=0.5),
                    self.discriminator.trainable_variables,
                ),
                "encoder_optimizer": (
                    encoder_optimizer or adam(2e-4, beta_1=0.5),
                    self.encoder.trainable_variables,
                ),
            },
            **options,
        )

    def take_step(self, batch):
        # === Reconstruction phase ===
        reconstruction_loss = self.train_networks(
            [self.encoder, self.decoder],
            self.autoencoder_optimizer,
            self._reconstruct,
            batch,
            True,
        )
        # === Regularization phase ===
        d_loss = self.train_networks(
            [self.discriminator],
            self.discriminator_optimizer,
            self._tell_apart,
            batch,
            True,
        )
        g_loss = self._encoder_step(batch)
        return {**reconstruction_loss, **d_loss, **g_loss}

    def _encoder_step(self, batch):
        variables = self.encoder.trainable_variables
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([variable.value for variable in variables])
            _, g_loss = self._adversarial_losses(batch, training=True)
        # Without penalties of the encoder's layers, which the first phase has.
        self.minimize(g_loss, tape, self.encoder_optimizer, variables)
        return {"g_loss": g_loss}

    def compute_losses(self, batch, training):
        d_loss, g_loss = self._adversarial_losses(batch, training)
        reconstruction_loss = self._reconstruct(batch, training)
        return {**reconstruction_loss, "d_loss": d_loss, "g_loss": g_loss}

    def _reconstruct(self, batch, training):
        codes = self.encoded(batch.data, training)
        loss = self.reconstruction_loss(batch, codes, training)
        return {"reconstruction_loss": loss}

    def _tell_apart(self, batch, training):
        d_loss, _ = self._adversarial_losses(batch, training)
        return {"d_loss": d_loss}

    def _adversarial_losses(self, batch, training):
        noise = batch.normal((self.latent_dim,))
        codes = self.encoded(batch.data, training)
        # As real images to a GAN are draws from the prior here.
        real_logits = self.discriminator(noise, training=training)
        fake_logits = self.discriminator(codes, training=training)
        return (
            batch.mean(self._discriminator_loss(real_logits, fake_logits)),
            batch.mean(self._generator_loss(fake_logits, real_logits)),
        )
