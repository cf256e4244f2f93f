"""Arrays in memory -> batches."""

import numpy as np
import tensorflow as tf

from kerasgen.data.epochs import EpochCounter
from kerasgen.data.validation import check_images
from kerasgen.data.validation import check_rows
from kerasgen.utils import random
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.autotune import without_autotune

# Of images that are gathered at a time.
_BLOCK_BYTES = 2**22


def from_arrays(
    images,
    labels=None,
    batch_size=128,
    shuffle=True,
    seed=None,
    drop_remainder=None,
    sample_weight=None,
):
    """Makes a data set of images, or of any rows, that are in memory.

    Args:
        images: float array of shape `(n, height, width, channels)` in [0, 1],
            or uint8 of that shape to 255, which stays uint8 in memory; or
            `(n, length)`, a data frame too, with any finite values.
        labels: int array of shape `(n,)`, or `None` for images alone.
        batch_size: int. Images in a batch, over all replicas.
        shuffle: bool. A new order each epoch, a function of (seed, epoch).
        seed: int or `None` for a fresh one.
        drop_remainder: bool. Whether to leave out the last images of an epoch
            that fill no batch. Defaults to `shuffle`, where there is one whole
            batch: each epoch leaves out others, and every batch has the same
            static shape.
        sample_weight: float array of shape `(n,)`, or `None`. What each image
            counts, for models that weigh them.

    Returns:
        `tf.data.Dataset` of float32 images, of (images, int32 labels), or of
        (images, labels, float32 weights), in which labels are 0 where there
        are none.

    Raises:
        ValueError: if images are not in that range, or there are fewer than
            one batch, or as many labels as images are not given.

    Example:

    >>> images = np.random.default_rng(0).random((100, 8, 8, 1), "float32")
    >>> next(iter(from_arrays(images, batch_size=10, seed=0))).shape
    TensorShape([10, 8, 8, 1])
    """
    if np.ndim(images) == 2:
        images = check_rows(images, name="images")
    else:
        images = check_images(images)
    return batches(
        columns(images, labels, sample_weight),
        batch_size,
        shuffle,
        seed,
        drop_remainder,
    )


def columns(images, labels=None, sample_weight=None):
    """What there is of images, labels and weights, a tuple of arrays.

    Labels are 0 where there are weights and no labels, as Keras takes weights
    for a third column.
    """
    found = [images]
    if labels is not None or sample_weight is not None:
        if labels is None:
            labels = np.zeros(len(images))
        found.append(np.asarray(labels, np.int32))
    if sample_weight is not None:
        weights = np.asarray(sample_weight, np.float32)
        found.append(weights.reshape(len(images)))
    return tuple(found)


def batches(columns, batch_size, shuffle, seed, drop_remainder):
    """Batches of columns that are in memory, as checked before.

    Images of uint8 stay so in memory, and become float32 a batch at a time.

    Args:
        columns: sequence of arrays of shape `(n, ...)`.
        batch_size, shuffle, seed, drop_remainder: see `from_arrays`.

    Returns:
        `tf.data.Dataset` of tuples of columns, or of the only one.

    Raises:
        ValueError: if columns differ in their numbers of rows.
    """
    seed = random.check_seed(seed)
    first, *others = columns
    number = len(first)
    for column in others:
        if len(column) != number:
            raise ValueError(
                "Argument `labels` must hold one label an image. Received: "
                f"{len(column)} labels for {number} images."
            )
    drop_remainder, steps = steps_of_epoch(
        number, batch_size, shuffle, drop_remainder
    )
    # A GPU's memory is for the model.
    with tf.device("CPU"):
        columns = [tf.constant(column) for column in columns]

    def rows_of(indices):
        rows = [to_float(tf.gather(column, indices)) for column in columns]
        return tuple(rows) if others else rows[0]

    whole = number // batch_size
    in_block = max(1, _BLOCK_BYTES // (4 * batch_size * first[0].size))

    def in_blocks(indices):
        selected = tf.reshape(
            indices[: whole * batch_size], (whole, batch_size)
        )
        blocks = tf.data.Dataset.from_tensor_slices(selected).batch(in_block)
        if whole == steps:
            return blocks
        rest = indices[tf.newaxis, whole * batch_size :]
        return blocks.concatenate(tf.data.Dataset.from_tensors(rest))

    if shuffle:
        blocks = EpochCounter(seed).shuffled(
            lambda epoch_seed: in_blocks(permutation(number, epoch_seed))
        )
    else:
        blocks = in_blocks(tf.range(number))
    # Batches are slices of a block, without a copy: to call a function takes
    # longer than to copy a batch of small images.
    dataset = blocks.flat_map(
        lambda block: tf.data.Dataset.from_tensor_slices(rows_of(block))
    )
    return finish(dataset, steps)


def to_float(values):
    """Numbers in memory as models take them.

    Args:
        values: tensor or array. Floats become float32, uint8, which are
            images, are divided by 255, and other integers, labels and tokens,
            stay.

    Returns:
        A tensor.
    """
    values = tf.convert_to_tensor(values)
    if values.dtype == tf.uint8:
        return tf.cast(values, tf.float32) / 255.0
    return tf.cast(values, tf.float32) if values.dtype.is_floating else values


def permutation(number, seed):
    """The numbers below `number` in the order that `seed` draws.

    Drawn in Python: tf.data makes the operations of its functions ready anew
    for each pass, which takes several times as long as these take to run.
    """

    def draw(seed):
        with tf.device("CPU"):
            return tf.random.experimental.stateless_shuffle(
                tf.range(number), seed, alg="philox"
            ).numpy()

    return tf.ensure_shape(tf.numpy_function(draw, [seed], tf.int32), (number,))


def steps_of_epoch(number, batch_size, shuffle, drop_remainder):
    """Whether the remainder is dropped, and how many batches there are.

    Raises:
        ValueError: if `batch_size` is no positive integer, or the remainder
            is to be dropped and there is nothing else.
    """
    check_positive_integer("batch_size", batch_size)
    if drop_remainder is None:
        drop_remainder = shuffle and number >= batch_size
    if not drop_remainder:
        return False, -(-number // batch_size)
    if number < batch_size:
        raise ValueError(
            f"Argument `batch_size` must be at most the number of images, "
            f"{number}, where the remainder is dropped. "
            f"Received: batch_size={batch_size}."
        )
    return True, number // batch_size


def finish(dataset, steps):
    """Adds what every data set needs: length, prefetching, sharding by data."""
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.DATA
    )
    options.deterministic = True
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(steps))
    dataset = dataset.prefetch(tf.data.AUTOTUNE).with_options(options)
    return without_autotune(dataset)
