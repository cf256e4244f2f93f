"""Images too many for memory -> batches."""

import contextlib
import re

import tensorflow as tf

from kerasgen.data.arrays import finish
from kerasgen.data.arrays import permutation
from kerasgen.data.arrays import steps_of_epoch
from kerasgen.data.arrays import to_float
from kerasgen.data.epochs import EpochCounter
from kerasgen.utils import random

# What may be held in memory as uint8; beyond it images are read as they come.
MEMORY_LIMIT = 2 * 2**30
_WINDOW_BYTES = 2**28
# What `image_files` says, in the midst of what TensorFlow makes of it.
_OF_FILE = re.compile(r"ValueError: (Every image .*? Remove or replace it\.)")


def fits_in_memory(number, data_shape):
    """Whether so many uint8 images of one shape are held in memory."""
    return number * tf.TensorShape(data_shape).num_elements() <= MEMORY_LIMIT


def batches(stream, number, batch_size, shuffle, seed, drop_remainder):
    """Makes batches of a stream of single images.

    Args:
        stream: `tf.data.Dataset` of images, or (image, label), of one static
            shape.
        number: int. Images in it.
        batch_size, shuffle, seed, drop_remainder: see
            `kerasgen.data.from_arrays`. Images are shuffled
            within windows of 256 MB.
    """
    drop_remainder, steps = steps_of_epoch(
        number, batch_size, shuffle, drop_remainder
    )
    seed = random.check_seed(seed)
    has_labels = isinstance(stream.element_spec, tuple)
    spec = stream.element_spec[0] if has_labels else stream.element_spec
    window = max(1024, _WINDOW_BYTES // spec.shape.num_elements())

    def in_order(epoch_seed=None):
        rows = stream
        if epoch_seed is not None:
            rows = _shuffle_windows(stream, window, epoch_seed)
        return _float_batches(rows, batch_size, drop_remainder)

    dataset = EpochCounter(seed).shuffled(in_order) if shuffle else in_order()
    return finish(dataset, steps)


def batches_of_files(
    read,
    number,
    data_shape,
    labels,
    batch_size,
    shuffle,
    seed,
    drop_remainder,
):
    """Makes batches of images, each in a file of its own.

    All are shuffled, not only neighbours: files come sorted by class.

    Args:
        read: function of an int, the place of a file; returns a uint8 array of
            shape `data_shape`. Several threads call it.
        number: int. Files.
        data_shape: tuple of int. The shape of one image.
        labels: int32 array of shape `(number,)` or `None`.
        batch_size, shuffle, seed, drop_remainder: see
            `kerasgen.data.from_arrays`.
    """
    drop_remainder, steps = steps_of_epoch(
        number, batch_size, shuffle, drop_remainder
    )
    seed = random.check_seed(seed)

    def row(index):
        # Not `Dataset.from_generator`; see `EpochCounter.shuffled`.
        image = tf.numpy_function(read, [index], tf.uint8)
        image = tf.ensure_shape(image, data_shape)
        return image if labels is None else (image, tf.gather(labels, index))

    def in_order(epoch_seed=None):
        order = tf.range(number)
        if epoch_seed is not None:
            order = permutation(number, epoch_seed)
        rows = tf.data.Dataset.from_tensor_slices(order)
        rows = rows.map(row, num_parallel_calls=tf.data.AUTOTUNE)
        return _float_batches(rows, batch_size, drop_remainder)

    dataset = EpochCounter(seed).shuffled(in_order) if shuffle else in_order()
    return finish(dataset, steps)


@contextlib.contextmanager
def errors_of_files():
    """Turns TensorFlow's error of a file that breaks off into that of a file.

    Raises:
        ValueError: names the file.
    """
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        found = _OF_FILE.search(error.message)
        if found is None:
            raise
        raise ValueError(found[1]) from error


def _float_batches(rows, batch_size, drop_remainder):
    return rows.batch(batch_size, drop_remainder=drop_remainder).map(
        lambda images, *labels: (
            (to_float(images), *labels) if labels else to_float(images)
        ),
        num_parallel_calls=tf.data.AUTOTUNE,
    )


def _shuffle_windows(stream, window, epoch_seed):
    """Shuffles stretches of a stream.

    `Dataset.shuffle` would mix TensorFlow's global seed into the order.
    """

    def shuffle(index, rows):
        columns = rows if isinstance(rows, tuple) else (rows,)
        order = tf.random.experimental.stateless_shuffle(
            tf.range(tf.shape(columns[0])[0]),
            tf.random.experimental.stateless_fold_in(
                epoch_seed, index, alg="philox"
            ),
            alg="philox",
        )
        shuffled = tuple(tf.gather(column, order) for column in columns)
        return shuffled if isinstance(rows, tuple) else shuffled[0]

    return stream.batch(window).enumerate().map(shuffle).unbatch()
