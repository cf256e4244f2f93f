"""Gated PixelCNN: a likelihood model of images, pixel by pixel."""

import keras

from kerasgen import networks
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import one_of
from kerasgen.models.autoregressive.grid_priors import PixelCNNPrior
from kerasgen.models.autoregressive.pixel_model import PixelModel
from kerasgen.models.zoo import register


@register("pixelcnn")
class PixelCNN(PixelModel):
    """Gated PixelCNN: draws images pixel by pixel, with exact likelihoods.

    Use it where the probability of an image is wanted exactly; drawing one
    evaluates the network once a pixel. Convolutions that see what is above and
    to the left say how likely each level of a pixel is; training minimizes
    (equation 1 of van den Oord et al.)

    `-sum_i log p(x_i | x_1, ..., x_{i-1})`.

    A class moves what goes into each gate (equation 4). `fit` and `evaluate`
    report `loss`, in nats an image, and `bits_per_dimension`.

    Args:
        data_shape, levels, num_classes, ema_momentum: see
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
        self.grid = PixelCNNPrior.build(
            self.network,
            self.data_shape[:2],
            self.levels,
            self.num_classes,
            self.dtype_policy,
            self.network_options,
        )

    @property
    def pixels(self):
        """What is known of the levels of pixels, a `PixelCNNPrior`."""
        return PixelCNNPrior(self.grid, self.data_shape[:2], self.levels)

    def call(self, inputs, training=False):
        """Images and, where there are classes, labels -> logits of levels.

        Those of a pixel are functions of the pixels before it.
        """
        images, labels, _ = keras.utils.unpack_x_y_sample_weight(inputs)
        return self.pixels.logits(self._as_levels(images), labels, training)

    def nats(self, levels, labels=None, training=False):
        return -self.pixels.log_probability(levels, labels, training)

    @property
    def drawn_shape(self):
        return self.pixels.drawn_shape

    def levels_from_seeds(self, seeds, *labels):
        with self.averaged_weights():
            return self.pixels.draw(seeds, *labels)
