"""Moments of batch normalization as the weights at an epoch's end have them.

In training, batch normalization goes by the moments of each batch; in
evaluation and sampling by averages over the batches that were seen, and so over
weights that are no more. Where weights move fast, as a GAN's do, or where
images are made with averages of weights, networks that trained well then draw
something else. `fit` therefore takes the moments anew as an epoch ends, from
some training images and with the weights that images are made with: "precise
batch normalization", Wu and Johnson (2021), Rethinking "Batch" in BatchNorm,
https://arxiv.org/abs/2105.07576, section 3; the "standing statistics" of Brock
et al. (2019), https://arxiv.org/abs/1809.11096, appendix B.
"""

import itertools

import keras
import numpy as np
import tensorflow as tf

from kerasgen.data import arrays
from kerasgen.data.epochs import looking_at
from kerasgen.engine import columns
from kerasgen.engine import training_data
from kerasgen.engine.fit_callbacks import with_callbacks
from kerasgen.layers import BatchNormalization
from kerasgen.layers import updating_moments
from kerasgen.utils.arguments import check_positive_integer

# Moments of more images are hardly better.
_MAX_IMAGES = 1024
_MAX_BYTES = 2**27


def layers_of(model):
    """The layers of batch normalization that a model learns the moments of."""
    return [
        layer
        for layer in model._flatten_layers()
        if isinstance(layer, BatchNormalization) and layer.trainable
    ]


def sample_of(model, data, num_batches):
    """The first batches of what `fit` got, to take moments from.

    Args:
        model: `GenerativeModel`.
        data: `tf.data.Dataset`, `keras.utils.PyDataset` or generator.
        num_batches: int. At most a quarter of an epoch, and of 1,024 images
            and 128 MB, is taken.

    Returns:
        (sample, data): a `tf.data.Dataset`, or `None` without a batch, and
        what stands for `data` where looking at it used it up.
    """
    if isinstance(data, tf.data.Dataset):
        length = int(data.cardinality())
        source = data.take(num_batches).as_numpy_iterator()
    elif isinstance(data, keras.utils.PyDataset):
        length = data.num_batches or -1
        source = (data[index] for index in range(num_batches))
    else:
        length = -1
        source = map(training_data.copied, data)
    if length > 0:
        num_batches = min(num_batches, -(-length // 4))
    # A resumed run, at another epoch, takes the same.
    with looking_at(data):
        batches = list(itertools.islice(_within_limits(source), num_batches))
    if hasattr(data, "__next__"):
        data = (batch for batch in itertools.chain(batches, data))
    return _as_dataset(batches, model), data


def _within_limits(batches):
    rows = size = 0
    for batch in batches:
        yield batch
        first = np.asarray(batch[0] if isinstance(batch, tuple) else batch)
        rows += len(first)
        size += first.nbytes
        if rows >= _MAX_IMAGES or size >= _MAX_BYTES:
            return


def _as_dataset(batches, model):
    if not batches:
        return None
    batches = [columns.check(batch, model, "x")[0] for batch in batches]
    return arrays.batches(
        [np.concatenate(column) for column in zip(*batches)],
        batch_size=len(batches[0][0]),
        shuffle=False,
        seed=0,
        drop_remainder=False,
    )


def update(model, sample):
    """Takes the moments of batch normalization anew.

    Args:
        model: `GenerativeModel`, compiled.
        sample: `tf.data.Dataset` of batches, of at least one.
    """
    layers = layers_of(model)
    for layer in layers:
        layer.num_updates.assign(0)
    # What this traced is kept, but apart from what evaluates.
    kept = model.compiled_for.setdefault(("moments", model.which_weights()), {})
    evaluates = model.test_function
    model.test_function = kept.get("test_function")
    try:
        with updating_moments(layers):
            keras.Model.evaluate(model, sample, verbose=0)
        kept["test_function"] = model.test_function
    finally:
        model.test_function = evaluates


def with_updates(callbacks, sample):
    """Callbacks of `fit`, and one that updates moments as an epoch ends.

    It comes before those of the user.

    Args:
        callbacks: what `fit` got.
        sample: `tf.data.Dataset` of batches.
    """
    return with_callbacks(callbacks, _UpdateMoments(sample))


class _UpdateMoments(keras.callbacks.Callback):
    """Takes moments anew as an epoch ends, before anyone looks at the model."""

    def __init__(self, sample):
        super().__init__()
        self._sample = sample
        self._is_due = False

    def on_epoch_begin(self, epoch, logs=None):
        self._is_due = True

    def on_test_begin(self, logs=None):
        self._update()

    def on_epoch_end(self, epoch, logs=None):
        self._update()

    def _update(self):
        if self._is_due:
            self._is_due = False
            update(self.model, self._sample)


class RefreshedMoments:
    """A `BaseModel` whose batch normalization keeps up; a mixin."""

    def update_moments(self, x, num_batches=10):
        """Takes the moments of batch normalization anew from some images.

        `fit` does it as each epoch ends. It is of use where weights were
        changed by other means, such as `use_ema` of a GAN, or a training loop
        of one's own. Own networks that hold `keras.layers.BatchNormalization`
        keep Keras's averages.

        Args:
            x: training images: an array, a tuple (images, labels) of arrays,
                or a data set or generator of batches, as for `fit`.
            num_batches: int. Batches to take, of at most 1,024 images
                together.

        Example:

        >>> import kerasgen
        >>> images, _ = kerasgen.data.load_arrays("digits")
        >>> model = kerasgen.DCGAN((8, 8, 1), network_options={"filters": 4})
        >>> model.compile()
        >>> model.update_moments(images)
        """
        check_positive_integer("num_batches", num_batches)
        x = training_data.checked_data(x, self, "x", num_batches, "num_batches")
        if training_data.is_array(x):
            x = (x,)
        if isinstance(x, tuple):
            x = arrays.batches(x, 128, False, 0, drop_remainder=False)
        sample, _ = sample_of(self, x, num_batches)
        update(self, sample)
