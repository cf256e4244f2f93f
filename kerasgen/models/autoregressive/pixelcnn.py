"""Gated PixelCNN: a likelihood model of images, pixel by pixel."""

from kerasgen import losses
from kerasgen import networks
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import one_of
from kerasgen.models.autoregressive.pixel_model import PixelModel
from kerasgen.models.zoo import register
from kerasgen.networks import sample_codes
from kerasgen.utils import random


@register("pixelcnn")
class PixelCNN(PixelModel):
    """Gated PixelCNN: draws images pixel by pixel, with exact likelihoods.

    Use it where the probability of an image is wanted exactly; drawing one
    evaluates the network once a pixel. Convolutions that see what is above and
    to the left say how likely each level of a pixel is; training minimizes
    (equation 1 of van den Oord et al.)

    `-sum_i log p(x_i | x_1, ..., x_{i-1})`.

    `fit` and `evaluate` report `loss`, in nats an image, and
    `bits_per_dimension`.

    Args:
        data_shape, levels, ema_momentum: see
            `kerasgen.models.autoregressive.pixel_model.PixelModel`: two levels
            are drawn by the greys of each image.
        network: str. `"pixelcnn"`.
        network_options: dict or `None`: `filters`, `num_layers`,
            `kernel_size`, `dropout`.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.PixelCNN((8, 8, 1), seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=1, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - van den Oord et al. (2016), Conditional Image Generation with
          PixelCNN Decoders, https://arxiv.org/abs/1606.05328
    """

    network = Argument("pixelcnn", one_of(*networks.GRIDS))
    network_options = Argument(None)

    def build_networks(self):
        self.grid = networks.build(
            self.network,
            "pixelcnn",
            dtype=self.dtype_policy,
            options=self.network_options,
            grid_shape=self.data_shape[:2],
            num_embeddings=self.levels,
        )

    def call(self, images, training=False):
        """Images -> logits of the levels of each pixel, by those before it."""
        return self.grid(self._as_levels(images), training=training)

    def nats(self, levels, labels=None, training=False):
        logits = self.grid(levels, training=training)
        return -losses.code_log_likelihood(levels, logits)

    def levels_from_seeds(self, seeds):
        bits = random.bits_from_seed_rows(seeds, self.data_shape[:2])
        with self.averaged_weights():
            return sample_codes(self.grid, random.uniform_from_bits(bits))
