"""Image GPT: a transformer that draws images, patch by patch."""

import keras
import tensorflow as tf

from kerasgen import networks
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import positive_integer
from kerasgen.models.autoregressive.grid_priors import TransformerPrior
from kerasgen.models.autoregressive.pixel_model import PixelModel
from kerasgen.models.zoo import register

_MOST_TOKENS = 4096


@register("image_gpt")
class ImageGPT(PixelModel):
    """Image GPT: draws images patch by patch, with exact likelihoods.

    Use it where the probability of an image is wanted exactly, and drawn images
    should be good as a whole: what it has computed for a patch it keeps. A
    token is a square of pixels, of which there are `levels ** patch_size ** 2`
    different ones; a transformer says how likely each is after those before it,
    from the top left on (section 2 of Chen et al., whose tokens are colours of
    single pixels). It minimizes

    `-sum_i log p(x_i | x_1, ..., x_{i-1})`.

    A class is told by the token before the first. `fit` and `evaluate` report
    `loss`, in nats an image, and `bits_per_dimension`.

    Args:
        data_shape, levels, num_classes, ema_momentum: see `PixelCNN`. Height
            and width are multiples of `patch_size`.
        patch_size: int. Side of a square of pixels, at most 4,096 different
            ones.
        network: str. `"transformer"`.
        network_options: dict or `None`. Options of
            `kerasgen.layers.Transformer`.
        seed: int or `None` for a fresh one. Seed of the noise of training.
        **kwargs: Keyword arguments of `keras.Model`: `name`, `dtype`.

    Example:

    >>> import kerasgen
    >>> data = kerasgen.data.load("digits", batch_size=64, seed=0)
    >>> model = kerasgen.ImageGPT((8, 8, 1), seed=0)
    >>> model.compile()
    >>> history = model.fit(data, epochs=1, verbose=0)
    >>> model.generate(3, seed=0).shape
    (3, 8, 8, 1)

    References:
        - Chen et al. (2020), Generative Pretraining from Pixels,
          https://proceedings.mlr.press/v119/chen20s.html
    """

    patch_size = Argument(2, positive_integer)
    network = Argument("transformer", one_of(*networks.SEQUENCES))
    network_options = Argument(None)

    def configure(self):
        super().configure()
        height, width, _ = self.data_shape
        if height % self.patch_size or width % self.patch_size:
            raise ValueError(
                "Argument `patch_size` must divide height and width. Received: "
                f"patch_size={self.patch_size} for {height}x{width} pixels."
            )
        if self.num_tokens > _MOST_TOKENS:
            raise ValueError(
                f"There must be at most {_MOST_TOKENS} different patches. "
                f"Received: levels={self.levels}, patch_size="
                f"{self.patch_size}, for {self.num_tokens}. Choose less of one."
            )

    @property
    def num_tokens(self):
        """How many different patches there are."""
        return self.levels**self.patch_size**2

    @property
    def num_patches(self):
        """How many patches an image has, of height and of width."""
        height, width, _ = self.data_shape
        return height // self.patch_size, width // self.patch_size

    def build_networks(self):
        self.sequence = TransformerPrior.build(
            self.network,
            self.num_patches,
            self.num_tokens,
            self.num_classes,
            self.dtype_policy,
            self.network_options,
        )

    @property
    def patches(self):
        """What is known of the tokens of patches, a `TransformerPrior`."""
        return TransformerPrior(
            self.sequence, self.num_patches, self.num_tokens
        )

    def call(self, inputs, training=False):
        """Images and, where there are classes, labels -> logits of patches."""
        images, labels, _ = keras.utils.unpack_x_y_sample_weight(inputs)
        tokens = self._tokens(self._as_levels(images))
        return self.patches.logits(tokens, labels, training)

    def nats(self, levels, labels=None, training=False):
        tokens = self._tokens(levels)
        return -self.patches.log_probability(tokens, labels, training)

    @property
    def drawn_shape(self):
        return self.patches.drawn_shape

    def levels_from_seeds(self, seeds, *labels):
        with self.averaged_weights():
            return self._levels(self.patches.draw(seeds, *labels))

    def _tokens(self, levels):
        """Images of levels as numbers of patches, `(batch, rows, columns)`."""
        side, (rows, columns) = self.patch_size, self.num_patches
        patches = tf.reshape(levels, (-1, rows, side, columns, side))
        patches = tf.transpose(patches, (0, 1, 3, 2, 4))
        patches = tf.reshape(patches, (-1, rows, columns, side**2))
        places = self.levels ** tf.range(side**2)
        return tf.reduce_sum(patches * places, axis=-1)

    def _levels(self, tokens):
        """`_tokens` turned round."""
        side, (rows, columns) = self.patch_size, self.num_patches
        places = self.levels ** tf.range(side**2)
        patches = tokens[..., None] // places % self.levels
        patches = tf.reshape(patches, (-1, rows, columns, side, side))
        patches = tf.transpose(patches, (0, 1, 3, 2, 4))
        return tf.reshape(patches, (-1, rows * side, columns * side))
