"""Distributions of grids of codes, by a network that is chosen by name.

Each code depends on those before it, in reading order: a convolutional network
(van den Oord et al. 2016) or a transformer (Chen et al. 2020) says how likely
each is. Pixels are such codes too.
"""

import tensorflow as tf

from kerasgen import losses
from kerasgen import networks
from kerasgen.models.autoregressive.first_token import first_tokens
from kerasgen.models.autoregressive.first_token import sequence_network
from kerasgen.models.autoregressive.first_token import shifted
from kerasgen.models.autoregressive.token_drawing import draw_sequences
from kerasgen.utils import random


class _GridPrior:
    """A distribution of grids of codes, without weights but its network's.

    A subclass names its network, the part of it that is built, and the options
    of that which are its width and depth.

    Args:
        network: `keras.Model`, as `build` makes it. Who trains it keeps it.
        grid_shape: `(height, width)`.
        num_codes: int. Codes are from 0 to one below it.
    """

    def __init__(self, network, grid_shape, num_codes):
        self.network = network
        self.grid_shape = tuple(grid_shape)
        self.num_codes = num_codes

    @property
    def drawn_shape(self):
        """The shape of the uniform numbers that a grid is drawn from."""
        return self.grid_shape

    @staticmethod
    def build(network, grid_shape, num_codes, num_classes, dtype, options):
        """Builds the network.

        Args:
            network: str. Its name.
            grid_shape, num_codes: see the class.
            num_classes: int or `None`. Classes that grids depend on.
            dtype, options: see `kerasgen.networks.build`.
        """
        raise NotImplementedError

    def logits(self, codes, labels=None, training=False):
        """Logits of each code after those before it.

        Args:
            codes: int32 tensor of shape `(batch, height, width)`.
            labels: int32 tensor of shape `(batch,)`, where there are classes.
            training: bool.

        Returns:
            float32 tensor of shape `(batch, height, width, num_codes)`.
        """
        raise NotImplementedError

    def draw(self, seeds, labels=None):
        """Draws grids of codes, int32 of shape `(n, height, width)`.

        Args:
            seeds: int tensor of shape `(n, 2)`; row `i` alone, and its label,
                decide grid `i`. Or uniforms in (0, 1) in their place, float
                of shape `(n, *drawn_shape)`.
            labels: see `logits`.
        """
        raise NotImplementedError

    def log_probability(self, codes, labels=None, training=False):
        """`log P` of grids, in nats, of shape `(batch,)`; see `logits`."""
        logits = self.logits(codes, labels, training)
        return losses.code_log_likelihood(codes, logits)


class PixelCNNPrior(_GridPrior):
    """Gated convolutions that see what is above and to the left."""

    network_name, part = "pixelcnn", "pixelcnn"
    size_options = "filters", "num_layers"

    @staticmethod
    def build(network, grid_shape, num_codes, num_classes, dtype, options):
        return networks.build(
            network,
            PixelCNNPrior.part,
            dtype=dtype,
            options=options,
            grid_shape=grid_shape,
            num_embeddings=num_codes,
            num_classes=num_classes,
        )

    def logits(self, codes, labels=None, training=False):
        inputs = codes if labels is None else [codes, labels]
        return self.network(inputs, training=training)

    def draw(self, seeds, labels=None):
        return networks.sample_codes(
            lambda codes: self.logits(codes, labels),
            random.uniform_from_seed_rows(seeds, self.drawn_shape),
        )


class TransformerPrior(_GridPrior):
    """A transformer on codes row by row, which keeps what it has computed."""

    network_name, part = "transformer", "sequence"
    size_options = "width", "num_blocks"

    @staticmethod
    def build(network, grid_shape, num_codes, num_classes, dtype, options):
        return sequence_network(network, num_codes, num_classes, dtype, options)

    @property
    def _length(self):
        return self.grid_shape[0] * self.grid_shape[1]

    @property
    def drawn_shape(self):
        return (self._length,)

    def logits(self, codes, labels=None, training=False):
        codes = tf.reshape(codes, (-1, self._length))
        before = shifted(codes, self.num_codes, labels)
        logits = self.network(before, training=training)
        return tf.reshape(logits, (-1, *self.grid_shape, self.num_codes))

    def draw(self, seeds, labels=None):
        number = tf.shape(seeds)[0]

        def of_all(value):
            return tf.fill([number], value)

        codes = draw_sequences(
            self.network,
            first_tokens(number, self.num_codes, labels),
            self._length,
            (tf.zeros((number, 0), tf.int32), of_all(0), of_all(self._length)),
            seeds,
            (of_all(1.0), of_all(self.num_codes), of_all(1.0)),
            has_end=False,
        )
        return tf.reshape(codes, (-1, *self.grid_shape))


PRIORS = {"pixelcnn": PixelCNNPrior, "gpt": TransformerPrior}
