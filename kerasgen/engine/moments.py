"""Moments of batch normalization as the weights at an epoch's end have them.

In training, batch normalization goes by the moments of each batch; in
evaluation and sampling by averages over the batches that were seen, and so over
weights that are no more. Where weights move fast, or where a model works with
averages of weights, networks that trained well then draw
something else. `fit` therefore takes the moments anew as an epoch ends, from
some training data and with the weights that the model then works with: "precise
batch normalization", Wu and Johnson (2021), Rethinking "Batch" in BatchNorm,
https://arxiv.org/abs/2105.07576, section 3; the "standing statistics" of Brock
et al. (2019), https://arxiv.org/abs/1809.11096, appendix B.
"""

import keras
import numpy as np

from kerasgen.data import arrays
from kerasgen.engine import columns
from kerasgen.engine import training_data
from kerasgen.layers import BatchNormalization
from kerasgen.layers import updating_moments
from kerasgen.utils.arguments import check_positive_integer

# Moments of more rows are hardly better.
_MAX_ROWS = 1024
_MAX_BYTES = 2**27


def layers_of(model):
    """The layers of batch normalization that a model learns the moments of."""
    return [
        layer
        for layer in model._flatten_layers()
        if isinstance(layer, BatchNormalization) and layer.trainable
    ]


def look_at(model, num_batches):
    """How many batches of what `fit` gets moments are taken from.

    Args:
        model: `BaseModel`.
        num_batches: int. At most a quarter of an epoch, and of 1,024 rows and
            128 MB, is taken.

    Returns:
        dict of arguments of `kerasgen.data.batch_source.BatchSource`.
    """
    if not (num_batches and layers_of(model)):
        return {}
    return {
        "num_first": num_batches,
        "max_share": 0.25,
        "max_rows": _MAX_ROWS,
        "max_bytes": _MAX_BYTES,
    }


def sample_of(model, batches):
    """A `tf.data.Dataset` of some batches, to take moments from."""
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
        model: `kerasgen.engine.BaseModel`, compiled.
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


class UpdateMoments(keras.callbacks.Callback):
    """Takes moments anew as an epoch ends, before anyone looks at the model.

    Args:
        sample: `tf.data.Dataset` of batches.
    """

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
        """Takes the moments of batch normalization anew from some data.

        `fit` does it as each epoch ends. It is of use where weights were
        changed by other means, such as `use_ema`, or a training loop
        of one's own. Own networks that hold `keras.layers.BatchNormalization`
        keep Keras's averages.

        Args:
            x: training data: an array, a tuple of arrays, one a column, or a
                data set or generator of batches, as for `fit`.
            num_batches: int. Batches to take, of at most 1,024 rows
                together.

        Example:

        >>> import kerasgen
        >>> images, _ = kerasgen.data.load_arrays("digits")
        >>> model = kerasgen.DCGAN((8, 8, 1), network_options={"filters": 4})
        >>> model.compile()
        >>> model.update_moments(images)
        """
        check_positive_integer("num_batches", num_batches)
        self._assert_compile_called("update_moments")
        if training_data.is_array(x) or isinstance(x, tuple):
            x = training_data.checked_data(x, self, "x")
            x = x if isinstance(x, tuple) else (x,)
            x = arrays.batches(x, 128, False, 0, drop_remainder=False)
        look = look_at(self, num_batches)
        source = training_data.checked_source(
            x, self, "x", num_batches, "num_batches", **look
        )
        update(self, sample_of(self, source.first))
