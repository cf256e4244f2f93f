"""Kinds of data: what a model holds, takes and returns."""

import abc
import dataclasses

import numpy as np
import tensorflow as tf

from kerasgen.data import validation
from kerasgen.data.arrays import to_float
from kerasgen.utils.arguments import as_data_shape
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.images import save_image_grid
from kerasgen.utils.tables import save_rows
from kerasgen.utils.tables import save_tokens


class Kind(abc.ABC):
    """A kind of data: checks it, describes it, makes examples, shows it.

    One *datum* has the shape `shape`; a batch has one more axis, the first.
    """

    # What many of them are called in messages.
    noun = "values"
    dtype = "float32"
    # Smallest and largest value, `None` for no bound.
    bounds = (None, None)

    @property
    def has_bounds(self):
        """Whether values have a smallest and a largest one."""
        return None not in self.bounds

    # Name of it in the signatures of exports.
    served_as = "values"
    # What helps training that diverges, besides what helps any.
    remedy = ""
    # The format of files that data of this kind can be served as, or `None`.
    file_format = None
    # The network that fits this kind; `None` leaves the choice to the model.
    network = None
    # The ending of files that `show` writes, or `None` where it writes none.
    suffix = None

    @property
    @abc.abstractmethod
    def shape(self):
        """Shape of one datum, a tuple of int."""

    @property
    def broadcast_shape(self):
        """Shape of one number that goes with all of a datum: (1, ...)."""
        return (1,) * len(self.shape)

    def spec(self, name=None):
        """`tf.TensorSpec` of a batch of any size."""
        return tf.TensorSpec((None, *self.shape), self.dtype, name)

    @abc.abstractmethod
    def check(self, values, name):
        """Raises unless `values` are a batch of this kind.

        Args:
            values: array, or what numpy makes an array of.
            name: str. What the caller calls the argument.

        Returns:
            Numpy array.

        Raises:
            ValueError: that says what is wrong and how to mend it.
        """

    def check_symbolic(self, tensor, name):
        """Raises unless a tensor that is being traced may be of this kind."""
        expected = tf.TensorShape((None, *self.shape))
        if not expected.is_compatible_with(tensor.shape):
            raise ValueError(
                f"Argument `{name}` must have shape {tuple(expected)}. "
                f"Received: {name} of shape {tensor.shape}."
            )

    def as_model_input(self, tensor):
        """A batch as models compute with it: of the right type and shape."""
        return tf.cast(tensor, self.dtype)

    def clipped(self, tensor):
        """Values of a network within the bounds of this kind."""
        low, high = self.bounds
        return tensor if low is None else tf.clip_by_value(tensor, low, high)

    def checked_input(self, values, name):
        """`check`, with the result as models compute with it, in numpy."""
        return self.check(values, name).astype(self.dtype, copy=False)

    def describe(self):
        """What exports say of it, as `kerasgen.serving.kinds` reads it.

        Returns:
            dict of JSON values. What is not in `noun`, `shape`, `dtype` and
            `bounds` subclasses add.

        Example:

        >>> Tokens(8, 50).describe()["bounds"]
        [0, 49]
        """
        return {
            "kind": self.noun,
            "shape": list(self.shape),
            "dtype": self.dtype,
            "bounds": None if self.bounds[0] is None else list(self.bounds),
        }

    @abc.abstractmethod
    def examples(self, number):
        """A batch to try a function with, the same each time."""

    def show(self, values, path, num_columns=None):
        """Writes a file, whole or not at all, in which people see a batch.

        Args:
            values: array of shape `(n, *shape)`.
            path: str or `pathlib.Path`, ending in `suffix`.
            num_columns: int or `None`. Values in a row, where there are rows.
        """
        raise NotImplementedError(
            f"{type(self).__name__} are not shown by themselves."
        )


@dataclasses.dataclass(frozen=True)
class Images(Kind):
    """Images of float32 in [0, 1], `(batch, height, width, channels)`.

    Those of uint8 are taken too, and divided by 255.
    """

    height: int
    width: int
    channels: int
    noun = "images"
    served_as = "images"
    bounds = (0.0, 1.0)
    suffix = ".png"

    @property
    def shape(self):
        return self.height, self.width, self.channels

    def check(self, values, name="images"):
        return validation.check_images(values, self.shape, name)

    def check_symbolic(self, tensor, name):
        super().check_symbolic(tensor, name)
        dtype = tf.as_dtype(tensor.dtype)
        if not (dtype.is_floating or dtype == tf.uint8):
            raise ValueError(
                f"Argument `{name}` must be floating point, in [0, 1], or "
                f"uint8, from 0 to 255. Received: {name} of dtype {dtype.name}."
            )

    def as_model_input(self, tensor):
        return to_float(tensor)

    def checked_input(self, values, name="images"):
        return validation.float_images(values, self.shape, name)

    @property
    def file_format(self):
        return "png" if self.channels <= 4 else None

    def as_files(self, images):
        """A PNG file for each image, a string tensor of shape `(batch,)`."""
        levels = tf.round(255.0 * tf.clip_by_value(images, 0.0, 1.0))
        return tf.map_fn(
            tf.io.encode_png,
            tf.cast(levels, tf.uint8),
            fn_output_signature=tf.string,
        )

    def examples(self, number):
        # All greys, as models give that were not trained.
        random = np.random.default_rng(0).random((number, *self.shape))
        return random.astype(self.dtype)

    def show(self, values, path, num_columns=None):
        """A grid of pictures."""
        save_image_grid(path, values, num_columns)


@dataclasses.dataclass(frozen=True)
class Rows(Kind):
    """Rows of any finite numbers, `(batch, length)`."""

    length: int
    noun = "rows"
    # As they were before there were other kinds.
    served_as = "images"
    network = "mlp"
    suffix = ".csv"
    remedy = (
        "rows that are standardised (`sklearn.preprocessing.StandardScaler`)"
    )

    @property
    def shape(self):
        return (self.length,)

    def check(self, values, name="rows"):
        return validation.check_rows(values, self.length, name)

    def examples(self, number):
        random = np.random.default_rng(0).random((number, *self.shape))
        return random.astype(self.dtype)

    def show(self, values, path, num_columns=None):
        """A table of comma-separated values, a line a row."""
        save_rows(path, values)


@dataclasses.dataclass(frozen=True)
class Tokens(Kind):
    """Sequences of int32 numbers below a vocabulary's size.

    Args:
        length: int. Tokens of a sequence.
        vocabulary_size: int. Tokens are from 0 to one below it.
    """

    length: int
    vocabulary_size: int
    noun = "tokens"
    served_as = "tokens"
    dtype = "int32"
    suffix = ".txt"

    def __post_init__(self):
        check_positive_integer("length", self.length)
        check_positive_integer("vocabulary_size", self.vocabulary_size)

    @property
    def shape(self):
        return (self.length,)

    @property
    def bounds(self):
        return 0, self.vocabulary_size - 1

    def check(self, values, name="tokens"):
        return validation.check_integers(
            values, self.shape, self.vocabulary_size, name
        )

    def describe(self):
        described = super().describe()
        return {**described, "vocabulary_size": self.vocabulary_size}

    def examples(self, number):
        generator = np.random.default_rng(0)
        shape = number, *self.shape
        return generator.integers(self.vocabulary_size, size=shape, dtype="i4")

    def show(self, values, path, num_columns=None):
        """A line a sequence, its tokens as numbers."""
        save_tokens(path, values)


def shape_of(data_shape):
    """The shape of one datum, of a shape or a kind.

    Args:
        data_shape: tuple of int, or `Images` or `Rows`, for which it is short.

    Returns:
        tuple of int.

    Raises:
        ValueError: for anything else.

    Example:

    >>> shape_of(Images(28, 28, 1))
    (28, 28, 1)
    """
    if isinstance(data_shape, (Images, Rows)):
        data_shape = data_shape.shape
    return as_data_shape(data_shape)


def as_kind(data_shape):
    """The kind of data that is meant by a shape.

    Args:
        data_shape: tuple of int, `(height, width, channels)` for images or
            `(length,)` for rows; or a `Kind`, which is returned as it is.

    Returns:
        `Kind`.

    Raises:
        ValueError: for any other shape.

    Example:

    >>> as_kind((28, 28, 1))
    Images(height=28, width=28, channels=1)
    >>> as_kind((64,))
    Rows(length=64)
    """
    if isinstance(data_shape, Kind):
        return data_shape
    shape = as_data_shape(data_shape)
    return Images(*shape) if len(shape) == 3 else Rows(*shape)
