"""Gated PixelCNN: draws a grid of codes, one after the other.

van den Oord et al. (2016), Conditional Image Generation with PixelCNN Decoders,
https://arxiv.org/abs/1606.05328. A vertical stack of convolutions sees the rows
above a place, a horizontal one the places to its left and, through the first,
those rows. Masks are what shifted inputs and smaller kernels amount to.
"""

import functools
from collections.abc import Callable
from collections.abc import Sequence

import keras
import tensorflow as tf
from keras import layers

from kerasgen.networks.layer_defaults import layer_defaults
from kerasgen.utils.arguments import check_fraction
from kerasgen.utils.arguments import check_positive_integer


def pixelcnn(
    grid_shape: Sequence[int],
    num_embeddings: int,
    num_classes: int | None = None,
    filters: int = 64,
    num_layers: int = 5,
    kernel_size: int = 3,
    dropout: float = 0.0,
    dtype: str | keras.DTypePolicy | None = None,
) -> keras.Model:
    """Grids of codes -> logits of each code, given those before it.

    Args:
        grid_shape: `(height, width)`.
        num_embeddings: int. Number of codes.
        num_classes: int, or `None` for grids that depend on no class.
        filters: int. Filters of every layer.
        num_layers: int. Gated layers; each sees `kernel_size // 2` rows and
            columns further.
        kernel_size: int, odd. Side of the kernel that is masked, in places.
        dropout: float. Share of units dropped before each gated layer.
        dtype: str or `keras.DTypePolicy`. The layers' policy; the logits are
            always float32.

    Returns:
        `keras.Model` from int `(batch, height, width)` (and, where there are
        classes, `(batch,)` after it, in a list) to
        `(batch, height, width, num_embeddings)`. Logits at a place do not
        depend on the codes there and after it, in reading order.
    """
    check_positive_integer("filters", filters)
    check_positive_integer("num_layers", num_layers)
    check_positive_integer("kernel_size", kernel_size)
    if kernel_size % 2 == 0:
        raise ValueError(
            "Argument `kernel_size` must be odd, for a place to be its middle. "
            f"Received: kernel_size={kernel_size}."
        )
    check_fraction("dropout", dropout)
    filters, kernel_size = int(filters), int(kernel_size)
    with layer_defaults(dtype):
        codes = keras.Input(grid_shape, dtype="int32")
        labels = keras.Input((), dtype="int32") if num_classes else None
        add_class = functools.partial(
            _add_class, labels=labels, num_classes=num_classes
        )
        x = layers.Embedding(num_embeddings, filters)(codes)
        vertical, horizontal = _shift(x, rows=1), _shift(x, columns=1)
        for layer in range(num_layers):
            if dropout:
                vertical = layers.Dropout(dropout)(vertical)
                horizontal = layers.Dropout(dropout)(horizontal)
            vertical, horizontal = _gated_layer(
                vertical,
                horizontal,
                kernel_size // 2,
                add_class,
                is_first=layer == 0,
                is_last=layer == num_layers - 1,
            )
        x = layers.Conv2D(filters, 1, activation="relu")(
            layers.ReLU()(horizontal)
        )
        logits = layers.Conv2D(num_embeddings, 1, dtype="float32")(x)
    inputs = codes if labels is None else [codes, labels]
    return keras.Model(inputs, logits, name="prior")


def sample_codes(
    prior: Callable[[tf.Tensor], tf.Tensor], uniforms: tf.Tensor
) -> tf.Tensor:
    """Draws grids of codes, place by place in reading order.

    Args:
        prior: function from int `(batch, height, width)` to logits of shape
            `(batch, height, width, num_embeddings)`, such as `pixelcnn()`.
        uniforms: float tensor of shape `(batch, height, width)`, in (0, 1).
            Each code is where its number falls among the cumulative
            probabilities; row `i` of the result depends on row `i` alone.

    Returns:
        An int32 tensor of shape `(batch, height, width)`.
    """
    _, height, width = uniforms.shape
    places = tf.reshape(tf.range(height * width), (height, width))

    def draw(place, codes):
        row, column = place // width, place % width
        logits = prior(codes)[:, row, column]
        cumulative = tf.cumsum(tf.nn.softmax(tf.cast(logits, tf.float32)), -1)
        # The last sum may be rounded below 1, and a number lie above it.
        is_below = cumulative[:, :-1] < uniforms[:, row, column, None]
        drawn = tf.reduce_sum(tf.cast(is_below, tf.int32), axis=-1)
        return place + 1, tf.where(places == place, drawn[:, None, None], codes)

    _, codes = tf.while_loop(
        lambda place, _: place < height * width,
        draw,
        (tf.constant(0), tf.zeros_like(uniforms, tf.int32)),
    )
    return codes


def _add_class(x, labels, num_classes):
    """Adds what the class of a grid says: `V h` of equation 4 of the paper."""
    if labels is None:
        return x
    filters = x.shape[-1]
    # At first nothing, as biases.
    said = layers.Embedding(
        num_classes, filters, embeddings_initializer="zeros"
    )(labels)
    return layers.Add()([x, layers.Reshape((1, 1, filters))(said)])


def _gated_layer(vertical, horizontal, reach, add_class, is_first, is_last):
    """Both stacks of figure 2 of the paper."""
    filters = horizontal.shape[-1]
    x = layers.ZeroPadding2D(((reach, 0), (reach, reach)))(vertical)
    x = layers.Conv2D(2 * filters, (reach + 1, 2 * reach + 1))(x)
    x = add_class(x)
    y = layers.ZeroPadding2D(((0, 0), (reach, 0)))(horizontal)
    y = layers.Conv2D(2 * filters, (1, reach + 1))(y)
    y = layers.Add()([y, layers.Conv2D(2 * filters, 1)(x)])
    y = _gate(add_class(y))
    y = layers.Conv2D(filters, 1)(y)
    # What is above the last layer reads the horizontal stack alone.
    vertical = None if is_last else _gate(x)
    return vertical, y if is_first else layers.Add()([horizontal, y])


def _gate(x):
    """`tanh(a) * sigmoid(b)`, equation 2 of the paper."""
    half = x.shape[-1] // 2
    values = layers.Activation("tanh")(x[..., :half])
    return layers.Multiply()(
        [values, layers.Activation("sigmoid")(x[..., half:])]
    )


def _shift(x, rows=0, columns=0):
    """Moves a grid down and right; zeros come in, what leaves is cut."""
    x = layers.ZeroPadding2D(((rows, 0), (columns, 0)))(x)
    return layers.Cropping2D(((0, rows), (0, columns)))(x)
