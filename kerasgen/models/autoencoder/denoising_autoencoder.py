"""Denoising autoencoder."""

import tensorflow as tf

from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.autoencoder.autoencoder import Autoencoder
from kerasgen.models.latent_variable_model import LatentVariableModel
from kerasgen.models.zoo import register
from kerasgen.utils.arguments import check_range

CORRUPTIONS = ("gaussian", "masking", "salt_and_pepper")


@register("denoising_autoencoder")
class DenoisingAutoencoder(Autoencoder):
    """Denoising autoencoder: restores clean images from corrupted ones.

    Use it to clean or complete images, or for latents that small damage does
    not change, also where they are many. It sees images only through a
    corruption `q`, new in every step, and minimizes

    `E_q(x~|x)[L(x, g(f(x~)))]`

    (equation 5 of Vincent et al. 2008, section 3.1 of Vincent et al. 2010),
    with `L` as in `Autoencoder`. The corruptions are those of section 3.3 of
    the latter.

    `fit` and `evaluate` report `loss` and `reconstruction_loss`, the same: that
    of clean images from corrupted ones. Only in these are images corrupted;
    `encode` and `reconstruct` take them as they are, clean or not.

    Args:
        data_shape, latent_dim, network, network_options, encoder, decoder,
            loss: see `Autoencoder`.
        corruption: str. `"gaussian"` adds normal noise, and leaves [0, 1] by
            it; `"masking"` makes values 0, each for itself; and
            `"salt_and_pepper"` makes them 0 or 1, equally likely, which only
            images are given to.
        corruption_level: float. The standard deviation of the normal noise, or
            the probability that a value is replaced.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.DenoisingAutoencoder(
    ...     data_shape=(8, 8, 1), latent_dim=4, corruption="gaussian", seed=0
    ... )
    >>> model.compile()
    >>> history = model.fit(data, epochs=2, verbose=0)
    >>> images, _ = kerasgen.data.load_arrays("digits", "test")
    >>> model.reconstruct(images[:3]).shape
    (3, 8, 8, 1)

    References:
        - Vincent et al. (2010), Stacked Denoising Autoencoders: Learning Useful
          Representations in a Deep Network with a Local Denoising Criterion,
          https://www.jmlr.org/papers/v11/vincent10a.html
        - Vincent et al. (2008), Extracting and Composing Robust Features with
          Denoising Autoencoders, https://doi.org/10.1145/1390156.1390294
    """

    latent_dim = Argument(16, positive_integer)
    network = LatentVariableModel.network
    network_options = LatentVariableModel.network_options
    encoder = Autoencoder.encoder
    decoder = Autoencoder.decoder
    corruption = Argument("masking", one_of(*CORRUPTIONS))
    corruption_level = Argument(0.25, at_least(0))

    def configure(self):
        super().configure()
        if self.corruption != "gaussian":  # A share.
            check_range("corruption_level", self.corruption_level, 0, 1)
        if self.corruption == "salt_and_pepper" and not self.kind.has_bounds:
            raise ValueError(
                "Argument `corruption` must be 'gaussian' or 'masking' for "
                "rows of numbers, which have no lowest and highest value. "
                f"Received: corruption={self.corruption!r}."
            )

    def compute_losses(self, batch, training):
        codes = self.encoded(self._corrupted(batch), training)
        loss = self.reconstruction_loss(batch, codes, training)
        return {"loss": loss, "reconstruction_loss": loss}

    def _corrupted(self, batch):
        level = self.corruption_level
        if self.corruption == "gaussian":
            return batch.data + level * batch.normal(self.data_shape)
        chance = batch.uniform(self.data_shape)
        if self.corruption == "masking":
            return tf.where(chance < level, 0.0, batch.data)
        replaced = tf.cast(chance < level / 2, tf.float32)
        return tf.where(chance < level, replaced, batch.data)
