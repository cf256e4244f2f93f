"""Contractive autoencoder."""

import keras
import tensorflow as tf

from kerasgen import losses
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.autoencoder.autoencoder import Autoencoder
from kerasgen.models.zoo import register

JACOBIANS = ("auto", "exact", "estimate")


@register("contractive_autoencoder")
class ContractiveAutoencoder(Autoencoder):
    """Contractive autoencoder: learns latents that small changes leave alone.

    Use it for features that follow how images vary, and little else. Latents
    `f(x)` are in (0, 1), sigmoids of what the encoder returns, as in the paper.
    With their Jacobian `J` at the image, it minimizes

    `L(x, g(f(x))) + contraction_weight * ||J_f(x)||^2`

    (equation 7 of Rifai et al.), the sum of the squares of all derivatives
    (equation 1), with `L` as in `Autoencoder`.

    The paper ties the decoder's weights to the encoder's. Here they are free,
    so that smaller latents and a steeper decoder lower the penalty too; a tied
    `decoder` can be given.

    `generate` draws what the sigmoid is taken of as `Autoencoder` draws
    latents.

    `fit` and `evaluate` report `loss`, `reconstruction_loss` and
    `contraction_loss`, the squared norm, of the encoder as it is used after
    training: without dropout, normalized by moving averages.

    Args:
        data_shape, latent_dim, network, network_options, decoder, loss: see
            `Autoencoder`.
        encoder: `keras.Model` from `(batch, *data_shape)` to logits of latents,
            of shape `(batch, latent_dim)`. `None` builds `network`, which is
            the paper's single layer with `{"hidden_units": ()}`.
        contraction_weight: float. Weight of the penalty.
        jacobian: str. `"exact"` takes the closed form where the encoder is one
            dense layer, and a backward pass for each latent where it is not.
            `"estimate"` takes one pass in a random direction, right on average.
            `"auto"` takes the closed form or else the estimate.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.ContractiveAutoencoder(
    ...     data_shape=(8, 8, 1), latent_dim=32, seed=0
    ... )
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> model.encode(model.generate(3, seed=0)).shape
    (3, 32)

    References:
        - Rifai et al. (2011), Contractive Auto-Encoders: Explicit Invariance
          During Feature Extraction,
          https://icml.cc/2011/papers/455_icmlpaper.pdf
    """

    latent_activation = "sigmoid"

    metric_names = (*Autoencoder.metric_names, "contraction_loss")

    latent_dim = Argument(16, positive_integer)
    contraction_weight = Argument(0.1, at_least(0))
    jacobian = Argument("auto", one_of(*JACOBIANS))

    def compute_losses(self, batch, training):
        codes = self.encoded(batch.data, training)
        reconstruction_loss = self.reconstruction_loss(batch, codes, training)
        contraction_loss = batch.mean(self._squared_jacobian_norm(batch))
        return {
            "loss": reconstruction_loss
            + self.contraction_weight * contraction_loss,
            "reconstruction_loss": reconstruction_loss,
            "contraction_loss": contraction_loss,
        }

    def _squared_jacobian_norm(self, batch):
        """`||J_f(x)||^2` of each image, or its estimate."""
        layer = the_only_dense_layer(self.encoder)
        if self.jacobian != "estimate" and layer is not None:
            return self._norm_of_one_layer(layer, batch.data)
        if self.jacobian == "exact":
            return losses.squared_jacobian_norm(self._clean_latents, batch.data)
        return losses.projected_jacobian_norm(
            self._clean_latents,
            batch.data,
            batch.normal((self.latent_dim,)),
        )

    def _clean_latents(self, data):
        """Latents without dropout, by the weights that are trained."""
        return self.latents_of(self.encoded(data, training=False))

    def _norm_of_one_layer(self, layer, images):
        """`sum_j s'(a_j)^2 ||W_j||^2` for latents `s(a)`, `a = W x + b`."""
        pixels = tf.reshape(images, (-1, layer.kernel.shape[0]))
        sums = tf.matmul(pixels, layer.kernel)
        if layer.use_bias:
            sums += layer.bias
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(sums)
            latents = self.latents_of(layer.activation(sums))
        slopes = tape.gradient(latents, sums)
        lengths = tf.reduce_sum(tf.square(layer.kernel), axis=0)
        return tf.linalg.matvec(tf.square(slopes), lengths)


# Of a unit's sum alone, as softmax is not.
_ELEMENTWISE = (
    "elu",
    "gelu",
    "leaky_relu",
    "linear",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "softplus",
    "softsign",
    "tanh",
)


def the_only_dense_layer(network):
    """The layer that a network is, but for reshaping, or `None`.

    Args:
        network: `keras.Model`.

    Returns:
        `keras.layers.Dense` whose activation is elementwise, if the network
        applies it once to all values of a row, and nothing else; or `None`.
    """
    # Where a layer is applied twice, there are more nodes than operations.
    operations = getattr(network, "operations", network.layers)
    nodes = getattr(network, "_nodes", operations)
    reshaping = keras.layers.InputLayer, keras.layers.Flatten
    others = [o for o in operations if not isinstance(o, reshaping)]
    if len(nodes) != len(operations) or len(others) != 1:
        return None
    (layer,) = others
    is_dense = type(layer) is keras.layers.Dense and len(layer.input.shape) == 2
    # A layer can be an activation, and has no `__name__`.
    activation = is_dense and getattr(layer.activation, "__name__", None)
    return layer if activation in _ELEMENTWISE else None
