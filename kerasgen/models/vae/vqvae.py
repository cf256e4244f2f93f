"""Vector-quantized variational autoencoder."""

import keras
import numpy as np
import tensorflow as tf

from kerasgen import losses
from kerasgen import metrics
from kerasgen import networks
from kerasgen.data.endpoint_kinds import Codes
from kerasgen.data.endpoint_kinds import Seeds
from kerasgen.data.endpoint_kinds import Values
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import NetworkArgument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import below_one
from kerasgen.engine.arguments import in_range
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import optional
from kerasgen.engine.arguments import positive_integer
from kerasgen.engine.regularization import regularization
from kerasgen.layers import VectorQuantizer
from kerasgen.layers import straight_through
from kerasgen.models.autoregressive.grid_priors import PRIORS
from kerasgen.models.binarization import binarized
from kerasgen.models.binarization import binarized_rows
from kerasgen.models.conditioning import at_least_two
from kerasgen.models.endpoints import Endpoint
from kerasgen.models.latent_variable_model import LatentVariableModel
from kerasgen.models.vae.pixel_likelihood import PixelLikelihood
from kerasgen.models.zoo import register
from kerasgen.networks import check_network
from kerasgen.networks import default_grid_shape
from kerasgen.networks import grid_decoder
from kerasgen.networks import grid_encoder
from kerasgen.utils import random
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.arguments import check_positive_integers


@register("vqvae")
class VQVAE(PixelLikelihood, LatentVariableModel):
    """VQ-VAE: learns grids of discrete codes, and draws new grids of them.

    Use it where images should become a few symbols each, or where a VAE's
    samples are too blurred. An encoder turns an image x into a grid of vectors
    `z_e(x)`; each is replaced by the nearest e of a codebook; a decoder turns
    those, `z_q(x)`, into an image. By equation 3 of van den Oord et al. it
    minimizes

    `-log p(x|z_q(x)) + ||sg[z_e(x)] - e||^2
    + commitment_cost * ||z_e(x) - sg[e]||^2`,

    where `sg` stops gradients, and the latter two terms are means over the
    grid. The decoder's gradient passes straight through to the encoder. With
    `codebook="ema"`, running means stand for the second term (appendix A.1).

    A network of its own learns the prior P of the codes, and draws them for
    `generate`: a gated PixelCNN as in the paper, or a transformer. It does so
    in the same steps, with an optimizer of its own, where the paper trains it
    afterwards; nor does the paper replace codes that are not used
    (`reset_threshold`). Classes are the prior's alone: an image has the same
    codes whatever it is.

    `fit` and `evaluate` report, in nats an image, `loss` (what is minimized,
    without regularization losses of your own layers), `reconstruction_loss`,
    `prior_loss` (`-log P`) and `elbo` (`log p(x|z_q(x)) + log P(z_q(x))`, a
    lower bound of `log p(x)`); `commitment_loss`, without its weight; and, over
    all images of the epoch, `perplexity` of the codes and `code_usage`, the
    share of them that was used.

    Args:
        data_shape: tuple of int. `(height, width, channels)`, or `(length,)`
            for rows of any finite numbers.
        latent_dim: int. Length of each vector of the grid and the codebook (D
            in the paper). A latent has the shape `(*grid_shape, latent_dim)`.
        num_embeddings: int. Number of codes (K in the paper).
        grid_shape: tuple of int, `(height, width)` of the grid. Defaults to
            that of the user's own encoder, or else to a quarter of an image's
            sides, half of them below 16 pixels.
        network: str. `"resnet"` (the paper's convolutions that halve the
            image, and residual blocks), or `"mlp"` or `"dcgan"`, whose dense
            layers make a grid of any shape.
        network_options: dict. Options of the network, such as
            `{"filters": 128}`.
        encoder: `keras.Model` from `(batch, *data_shape)` to
            `(batch, *grid_shape, latent_dim)`. `None` builds `network`.
        decoder: `keras.Model` from `(batch, *grid_shape, latent_dim)` to
            `(batch, *data_shape)`: logits for the Bernoulli likelihood, means
            for the others. `None` builds `network`.
        likelihood: str. `"bernoulli"`, `"gaussian"` (a density) or
            `"discretized_logistic"` (256 levels); the latter two learn one
            scale for all pixels. Defaults to `"bernoulli"` for images and
            `"gaussian"` for rows.
        binarization: `None`, `"dynamic"` (pixels are drawn anew as 0 or 1 with
            their grey value as probability) or `"threshold"` (1 from 0.5 on).
        codebook: str. `"ema"` or `"gradient"`: how the codes learn.
        ema_decay: float in [0, 1). Decay of the running means of the codes,
            and of the counts of their use.
        commitment_cost: float. Weight of the commitment term.
        reset_threshold: float in [0, 1]. A code is replaced by an output of
            the encoder once it is used less than this share of the mean use of
            a code. 0 for never.
        num_classes: int, or `None` for a model without classes. It is then
            fitted to (images, labels), and `generate` takes `labels=`.
        prior: str. `"pixelcnn"`, whose drawing evaluates it once a code, or
            `"gpt"`, a transformer that keeps what it has computed.
        prior_filters: int. Filters of the PixelCNN, or the transformer's width.
        prior_layers: int. Its gated layers, or blocks.
        prior_dropout: float in [0, 1). Share of its units that are dropped.
        prior_options: dict or `None`. Other options of that network:
            `kernel_size` of `"pixelcnn"`, or `attention_heads`,
            `key_value_heads` and `feed_forward` of `"gpt"`.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.VQVAE((8, 8, 1), num_embeddings=32, network="mlp")
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> codes = model.codes(next(iter(data)))
    >>> codes.shape, codes.dtype
    ((64, 4, 4), dtype('int32'))
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - van den Oord et al. (2017), Neural Discrete Representation Learning,
          https://arxiv.org/abs/1711.00937
        - van den Oord et al. (2016), Conditional Image Generation with
          PixelCNN Decoders, https://arxiv.org/abs/1606.05328
        - Esser et al. (2021), Taming Transformers for High-Resolution Image
          Synthesis, https://arxiv.org/abs/2012.09841, of the prior `"gpt"`
    """

    has_encoder = True
    latents_are_of_labels = False
    paper_network = "resnet"

    metric_names = (
        "loss",
        "reconstruction_loss",
        "commitment_loss",
        "prior_loss",
        "elbo",
    )

    latent_dim = Argument(32, positive_integer)
    num_embeddings = Argument(256, positive_integer)
    grid_shape = Argument(None)
    encoder = NetworkArgument()
    decoder = NetworkArgument()
    codebook = Argument("ema", one_of("ema", "gradient"))
    ema_decay = Argument(0.99, below_one)
    commitment_cost = Argument(0.25, at_least(0))
    reset_threshold = Argument(0.01, in_range(0, 1))
    num_classes = Argument(None, optional(at_least_two))
    prior = Argument("pixelcnn", one_of(*PRIORS), attribute="prior_name")
    prior_filters = Argument(64, positive_integer)
    prior_layers = Argument(5, positive_integer)
    prior_dropout = Argument(0.0, below_one)
    prior_options = Argument(None)

    def configure(self):
        super().configure()
        encoder = self._given_networks["encoder"]
        self.grid_shape = self._as_grid_shape(self.grid_shape, encoder)
        self._check_prior_options()

    def build_networks(self):
        shapes = {
            "data_shape": self.data_shape,
            "latent_shape": self.latent_shape,
        }
        self.encoder = self.build_network(
            "encoder", build=grid_encoder, **shapes
        )
        self.decoder = self.build_network(
            "decoder", build=grid_decoder, **shapes
        )
        check_network(self.encoder, "encoder", *shapes.values())
        check_network(
            self.decoder,
            "decoder",
            self.latent_shape,
            self.data_shape,
            refused=self.refused_activations(),
        )
        self.quantizer = VectorQuantizer(
            self.num_embeddings,
            self.latent_dim,
            self.codebook,
            self.ema_decay,
            self.reset_threshold,
        )
        kind = PRIORS[self.prior_name]
        width, depth = kind.size_options
        self.prior = kind.build(
            kind.network_name,
            self.grid_shape,
            self.num_embeddings,
            self.num_classes,
            self.dtype_policy,
            {
                width: self.prior_filters,
                depth: self.prior_layers,
                "dropout": self.prior_dropout,
                **(self.prior_options or {}),
            },
        )

    def make_trackers(self):
        number = self.num_embeddings
        return [
            *super().make_trackers(),
            metrics.Perplexity(number, name="perplexity"),
            metrics.CodeUsage(number, name="code_usage"),
        ]

    def _check_prior_options(self):
        kind = PRIORS[self.prior_name]
        known = networks.option_names(kind.network_name, kind.part)
        # Those are arguments of the model.
        apart = (*kind.size_options, "dropout")
        known = [name for name in known if name not in apart]
        options = self.prior_options or {}
        if not isinstance(options, dict):
            raise ValueError(
                "Argument `prior_options` must be a dict or None. Received: "
                f"prior_options={options!r}."
            )
        for name in options:
            if name not in known:
                raise ValueError(
                    "Argument `prior_options` must hold options of "
                    f"{self.prior_name!r}, which are {known}. "
                    f"Received: prior_options={self.prior_options!r}."
                )

    @property
    def code_prior(self):
        """What is known of grids of codes; see `grid_priors`."""
        kind = PRIORS[self.prior_name]
        return kind(self.prior, self.grid_shape, self.num_embeddings)

    def _as_grid_shape(self, grid_shape, encoder):
        if grid_shape is None:
            shape = getattr(encoder, "output_shape", ())
            if len(shape) == 4:
                return shape[1:3]
            return default_grid_shape(self.data_shape)
        check_positive_integers("grid_shape", grid_shape)
        if len(grid_shape) != 2:
            raise ValueError(
                "Argument `grid_shape` must be (height, width). "
                f"Received: grid_shape={grid_shape!r}."
            )
        return tuple(int(side) for side in grid_shape)

    @property
    def latent_shape(self):
        return (*self.grid_shape, self.latent_dim)

    def compile(self, optimizer=None, prior_optimizer=None, **options):
        """Configures training.

        Args:
            optimizer: `keras.Optimizer` or its name, of all but the prior.
                Defaults to `Adam(2e-4)`, the paper's (section 4).
            prior_optimizer: the same, of the prior.
            **options: `run_eagerly`, `jit_compile`, `steps_per_execution` of
                `keras.Model.compile`.
        """
        self.compile_optimizers(
            {
                "optimizer": (
                    optimizer or keras.optimizers.Adam(2e-4),
                    self._autoencoder_variables,
                ),
                "prior_optimizer": (
                    prior_optimizer or keras.optimizers.Adam(2e-4),
                    self.prior.trainable_variables,
                ),
            },
            **options,
        )

    @property
    def _autoencoder_variables(self):
        of_prior = {id(v) for v in self.prior.trainable_variables}
        return [v for v in self.trainable_variables if id(v) not in of_prior]

    def call(self, images, training=False):
        """Images -> reconstructions."""
        latents = self.quantizer(self.encoder(images, training=training))
        return self.mean_of(self.decoder(latents, training=training))

    # === Fit ===

    def take_step(self, batch):
        with tf.GradientTape() as tape:
            encoded, codes, values = self._autoencode(batch, training=True)
            loss = values["loss"] + regularization(self.encoder)
            loss += regularization(self.decoder)
        variables = self._autoencoder_variables
        self.minimize(loss, tape, self.optimizer, variables)
        with tf.GradientTape() as tape:
            log_prior = self.log_prior(codes, batch.labels, training=True)
            prior_loss = -batch.mean(log_prior)
            loss = prior_loss + regularization(self.prior)
        variables = self.prior.trainable_variables
        self.minimize(loss, tape, self.prior_optimizer, variables)
        counts = self._update_codebook(batch, encoded, codes)
        return self._reported(values, prior_loss, counts)

    def compute_losses(self, batch, training):
        _, codes, values = self._autoencode(batch, training)
        prior_loss = -batch.mean(self.log_prior(codes, batch.labels, training))
        counts = batch.sum_over_replicas(
            tf.reduce_sum(self._one_hot(batch, codes), 0)
        )
        return self._reported(values, prior_loss, counts)

    def _autoencode(self, batch, training):
        """The encoder's outputs, their codes, and the terms of equation 3."""
        images = self.binarized_data(batch)
        encoded = self.encoder(images, training=training)
        codes = self.quantizer.codes(encoded)
        embeddings = self.quantizer.vectors(codes)
        outputs = self.decoder(
            straight_through(encoded, embeddings), training=training
        )
        reconstruction_loss = -batch.mean(
            self.log_likelihood_of(images, outputs)
        )
        commitment_loss = batch.mean(
            losses.commitment_loss(encoded, embeddings)
        )
        loss = reconstruction_loss + self.commitment_cost * commitment_loss
        if self.quantizer.codebook == "gradient":
            loss += batch.mean(losses.codebook_loss(encoded, embeddings))
        values = {
            "loss": loss,
            "reconstruction_loss": reconstruction_loss,
            "commitment_loss": commitment_loss,
        }
        return encoded, codes, values

    def log_prior(self, codes, labels=None, training=False):
        """`log P` of grids of codes, in nats, of shape `(batch,)`."""
        return self.code_prior.log_probability(codes, labels, training)

    def _one_hot(self, batch, codes):
        """Codes of this replica's own rows, `(rows * places, codes)`."""
        codes = tf.reshape(batch.without_padding(codes), [-1])
        return tf.one_hot(codes, self.quantizer.num_embeddings)

    def _update_codebook(self, batch, encoded, codes):
        """Returns how often each code was used by all replicas."""
        one_hot = self._one_hot(batch, codes)
        vectors = tf.reshape(
            batch.without_padding(encoded), (-1, self.latent_dim)
        )
        counts = batch.sum_over_replicas(tf.reduce_sum(one_hot, axis=0))
        sums = batch.sum_over_replicas(
            tf.matmul(one_hot, vectors, transpose_a=True)
        )
        places = tf.reshape(
            encoded, (-1, np.prod(self.grid_shape), self.latent_dim)
        )
        candidates = batch.sample_values(places, self.quantizer.num_embeddings)
        self.quantizer.update(counts, sums, candidates)
        return counts

    def _reported(self, values, prior_loss, counts):
        # An average over the batch, as the other values are.
        usage = counts / tf.reduce_sum(counts)
        return {
            **values,
            "prior_loss": prior_loss,
            "elbo": -(values["reconstruction_loss"] + prior_loss),
            "perplexity": usage,
            "code_usage": usage,
        }

    # === Data and latents ===

    @property
    def prior_shape(self):
        return self.code_prior.drawn_shape

    drawn_shape = prior_shape

    def latents_from_seeds(self, seeds, *labels):
        with self.averaged_weights():
            codes = self.code_prior.draw(seeds, *labels)
            return self.quantizer.vectors(codes)

    def data_from_latents(self, latents):
        """Latents, each replaced by the nearest code, -> data."""
        with self.averaged_weights():
            return self.mean_of(self.decoder(self.quantizer(latents)))

    def latents_from_data(self, data):
        codes = self.codes_from_data(data)
        with self.averaged_weights():
            return self.quantizer.vectors(codes)

    def codes_from_data(self, data):
        """Data -> int32 codes of shape `(batch, *grid_shape)`; tensors."""
        with self.averaged_weights():
            return self.quantizer.codes(self.encoder(data, training=False))

    def endpoints(self):
        data = {self.kind.served_as: self.kind}
        return {
            **super().endpoints(),
            "codes": Endpoint(
                self.codes_from_data,
                data,
                {"codes": Codes(self.grid_shape, self.num_embeddings)},
                is_served=False,
            ),
            "log_likelihood": Endpoint(
                self.log_likelihood_from_seeds,
                {**data, "seeds": Seeds(), **self._label_inputs()},
                {"log_likelihood": Values()},
            ),
        }

    def codes(self, images, batch_size=256):
        """Turns images into codes.

        Args:
            images: float array of shape `(n, *data_shape)` in [0, 1].
            batch_size: int. Images encoded at a time.

        Returns:
            int32 array of shape `(n, *grid_shape)`, from 0 to
            `num_embeddings - 1`.
        """
        return self._call_on_data("codes", images, batch_size)

    def log_likelihood(
        self,
        images,
        num_samples=1,
        binarization="model",
        seed=None,
        batch_size=256,
        labels=None,
        verbose=0,
    ):
        """Bounds `log p(x)` from below by `log p(x|z_q(x)) + log P(z_q(x))`.

        Args:
            images: float array of shape `(n, *data_shape)`.
            num_samples: int. Changes nothing, as there is one code for each
                place; it is here because other models take it.
            binarization: `"model"` for the model's own, or one of those:
                `None`, `"dynamic"` (each image is drawn once), `"threshold"`.
            seed: int or `None` for a fresh one. The pixels of image `i` are
                functions of (`seed`, `i`) alone.
            batch_size: int. Images decoded at a time.
            labels: class or array of shape `(n,)`, where the model has
                classes; the bound is then one of `log p(x|y)`.
            verbose: int. Changes nothing; one pass over the images is short.

        Returns:
            float32 array of shape `(n,)`, in nats.
        """
        images = self.kind.checked_input(images, "images")
        check_positive_integer("num_samples", num_samples)
        labels = self.checked_labels(labels, len(images))
        if binarization == "model":
            binarization = self.binarization
        self.check_binarization(binarization)
        images = binarized(images, binarization, random.check_seed(seed))
        return self.call_in_batches(
            "bound", self.bound, batch_size, images, *labels
        )

    def log_likelihood_from_seeds(self, images, seeds, *labels):
        """`log_likelihood` with pixels drawn by rows of seeds; tensors."""
        seeds = tf.cast(seeds, tf.int64)
        images = binarized_rows(images, self.binarization, seeds)
        return self.bound(images, *labels)

    def bound(self, images, *labels):
        """`log p(x|z_q(x)) + log P(z_q(x))` of shape `(batch,)`; tensors."""
        codes = self.codes_from_data(images)
        with self.averaged_weights():
            outputs = self.decoder(self.quantizer.vectors(codes))
            log_likelihood = self.log_likelihood_of(images, outputs)
            return log_likelihood + self.log_prior(codes, *labels)
