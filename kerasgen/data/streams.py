"""Images too many for memory -> batches."""

import tensorflow as tf

from kerasgen.data.arrays import finish
from kerasgen.data.arrays import steps_of_epoch
from kerasgen.data.epochs import EpochCounter
from kerasgen.utils import random
from kerasgen.utils.pixels import to_float

# What may be held in memory as uint8; beyond it images are read as they come.
MEMORY_LIMIT = 2 * 2**30
_WINDOW_BYTES = 2**28


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

    def in_batches(dataset):
        dataset = dataset.batch(batch_size, drop_remainder=drop_remainder)
        return dataset.map(
            lambda images, *labels: (
                (to_float(images), *labels) if labels else to_float(images)
            ),
            num_parallel_calls=tf.data.AUTOTUNE,
        )

    if shuffle:
        dataset = EpochCounter(seed).shuffled(
            lambda epoch_seed: in_batches(
                _shuffle_windows(stream, window, epoch_seed)
            ),
        )
    else:
        dataset = in_batches(stream)
    return finish(dataset, steps)


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
