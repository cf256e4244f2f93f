"""Autoencoder."""

import keras
import tensorflow as tf

from kerasgen import losses
from kerasgen.data.endpoint_kinds import Latents
from kerasgen.data.endpoint_kinds import Values
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import NetworkArgument
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import optional
from kerasgen.engine.arguments import positive_integer
from kerasgen.layers import CodeDensity
from kerasgen.losses.reconstruction import RECONSTRUCTION_LOSSES
from kerasgen.models.endpoints import Endpoint
from kerasgen.models.latent_variable_model import LatentVariableModel
from kerasgen.models.zoo import register
from kerasgen.networks import check_network


@register("autoencoder")
class Autoencoder(LatentVariableModel):
    """Autoencoder: compresses images into latents and restores them.

    Use it where latents should hold as much of an image as they can, and draw
    images with another model: nothing shapes the latents for that. An encoder
    `f` and a decoder `g` minimize the error of reconstruction,

    `L(x, g(f(x)))`,

    which is the cross-entropy `-sum(x log y + (1 - x) log(1 - y))` of Hinton
    and Salakhutdinov, or the squared error `sum((x - y)^2)` of Rumelhart et
    al., summed over the pixels of an image.

    To `generate`, it decodes draws from a Gaussian, which has the mean and
    covariance of the latents of the recent training batches (ex-post
    density estimation, section 4 of Ghosh et al.).

    `fit` and `evaluate` report `loss` and `reconstruction_loss`, here the same,
    an image: in nats for cross-entropy.

    Args:
        data_shape: tuple of int. `(height, width, channels)`, or `(length,)`
            for rows of any finite numbers.
        latent_dim: int. Length of a latent vector.
        network: str. `"mlp"` (the papers' kind), `"dcgan"` or `"resnet"`.
        network_options: dict. Options of the network, such as
            `{"hidden_units": (500,)}` or `{"filters": 32}`.
        encoder: `keras.Model` from `(batch, *data_shape)` to
            `(batch, latent_dim)`. `None` builds `network`.
        decoder: `keras.Model` from `(batch, latent_dim)` to
            `(batch, *data_shape)`: logits for cross-entropy, and for the
            squared error values, which are clipped to [0, 1] where they are
            shown as images. `None` builds `network`.
        loss: str. `"binary_cross_entropy"` or `"squared_error"`. Defaults to
            the former for images; rows of numbers know the latter alone.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.Autoencoder(data_shape=(8, 8, 1), latent_dim=4, seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - Hinton and Salakhutdinov (2006), Reducing the Dimensionality of Data
          with Neural Networks, https://doi.org/10.1126/science.1127647
        - Rumelhart, Hinton and Williams (1986), Learning Representations by
          Back-propagating Errors, https://doi.org/10.1038/323533a0
        - Ghosh et al. (2020), From Variational to Deterministic Autoencoders,
          https://arxiv.org/abs/1903.12436
    """

    has_encoder = True
    weighs_rows = True
    metric_names = ("loss", "reconstruction_loss")
    # What makes latents of what the encoder returns.
    latent_activation = "linear"
    # Whether latents are drawn from a density that is fitted to them, as no
    # prior is imposed on them.
    has_code_density = True

    latent_dim = Argument(16, positive_integer)
    network = LatentVariableModel.network
    network_options = LatentVariableModel.network_options
    encoder = NetworkArgument()
    decoder = NetworkArgument()
    loss = Argument(
        None,
        optional(one_of(*RECONSTRUCTION_LOSSES)),
        attribute="reconstruction",
    )

    def configure(self):
        super().configure()
        has_bounds = self.kind.has_bounds
        if self.reconstruction is None:
            self.reconstruction = (
                "binary_cross_entropy" if has_bounds else "squared_error"
            )
        self._reconstruction_error = losses.reconstruction_loss(
            self.reconstruction
        )
        if self.reconstruction == "binary_cross_entropy" and not has_bounds:
            raise ValueError(
                "Argument `loss` must be 'squared_error' for rows of numbers. "
                f"Received: loss={self.reconstruction!r}."
            )

    @property
    def has_bernoulli_pixels(self):
        return self.reconstruction == "binary_cross_entropy"

    def build_networks(self):
        self.encoder = self.build_network(
            "encoder",
            data_shape=self.data_shape,
            num_outputs=self.latent_dim,
        )
        refused = {}
        if self.latent_activation != "linear":
            refused[self.latent_activation] = (
                "must return what a final activation makes latents of: the "
                "model applies it"
            )
        check_network(
            self.encoder,
            "encoder",
            self.data_shape,
            (self.latent_dim,),
            refused=refused,
        )
        self.decoder = self.build_network(
            "decoder",
            data_shape=self.data_shape,
            latent_dim=self.latent_dim,
        )
        refused = {}
        if self.reconstruction == "binary_cross_entropy":
            refused["sigmoid"] = (
                "must return logits for binary cross-entropy, without a final "
                "sigmoid"
            )
        check_network(
            self.decoder,
            "decoder",
            (self.latent_dim,),
            self.data_shape,
            refused=refused,
        )
        if self.has_code_density:
            self.code_density = CodeDensity(
                self.latent_dim, name="code_density"
            )

    @property
    def decoding_network(self):
        return self.decoder

    @staticmethod
    def default_optimizer():
        # In place of the papers' pre-training and conjugate gradients.
        return keras.optimizers.Adam(1e-3)

    def call(self, images, training=False):
        """Images -> reconstructions."""
        latents = self.latents_of(self.encoded(images, training))
        return self.data_of(self.decoder(latents, training=training))

    def take_step(self, batch):
        values = super().take_step(batch)
        if not self.has_code_density:
            return values
        # Codes that `encode` gives: of clean data, without dropout.
        with self.averaged_weights(in_step=True):
            codes = self.encoded(batch.data, training=False)
        self.code_density.update(codes, batch)
        return values

    def compute_losses(self, batch, training):
        """`L(x, g(f(x)))`."""
        codes = self.encoded(batch.data, training)
        loss = self.reconstruction_loss(batch, codes, training)
        return {"loss": loss, "reconstruction_loss": loss}

    def encoded(self, images, training):
        """Images -> what the encoder returns."""
        return tf.cast(self.encoder(images, training=training), tf.float32)

    def latents_of(self, codes):
        return keras.activations.get(self.latent_activation)(codes)

    def reconstruction_loss(self, batch, codes, training):
        outputs = self.decoder(self.latents_of(codes), training=training)
        return batch.mean(self._reconstruction_error(batch.data, outputs))

    def data_of(self, outputs):
        outputs = tf.cast(outputs, tf.float32)
        if self.reconstruction == "binary_cross_entropy":
            return tf.sigmoid(outputs)
        return self.kind.clipped(outputs)

    def latents_from_seeds(self, seeds):
        noise = super().latents_from_seeds(seeds)
        if not self.has_code_density:
            return noise
        return self.latents_of(self.code_density.sample(noise))

    def data_from_latents(self, latents):
        with self.averaged_weights():
            return self.data_of(self.decoder(latents, training=False))

    def latents_from_data(self, data):
        with self.averaged_weights():
            return self.latents_of(self.encoded(data, training=False))

    def log_prior(self, latents):
        """Log density of latents as they are drawn, but for a constant."""
        if self.has_code_density:
            return self.code_density.log_density(latents)
        return -0.5 * tf.reduce_sum(tf.square(latents), axis=1)

    def endpoints(self):
        return {
            **super().endpoints(),
            "log_prior": Endpoint(
                self.log_prior,
                {"latents": Latents(self.latent_shape)},
                {"log_prior": Values()},
                is_served=False,
            ),
        }
