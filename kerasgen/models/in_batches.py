"""Methods on tensors, called on arrays of any length."""

import functools

import numpy as np
import tensorflow as tf

from kerasgen.models.finite import check_weights
from kerasgen.models.finite import checked_values
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.pixels import to_float
from kerasgen.utils.tracing import traced


class InBatches:
    """A mixin that traces a model's methods and calls them batch by batch."""

    def _in_batches(self, method, batch_size, *columns):
        """Calls a method on tensors for arrays, a batch of rows at a time."""
        check_positive_integer("batch_size", batch_size)
        check_weights(self)
        columns = [np.asarray(column) for column in columns]
        function = self._compiled_functions.setdefault(
            (method, self._which_weights()), traced(getattr(self, method))
        )
        parts = []
        for start in range(0, len(columns[0]), batch_size):
            rows = [_as_tensor(c[start : start + batch_size]) for c in columns]
            parts.append(function(*rows).numpy())
        return checked_values(self, np.concatenate(parts))

    def _which_weights(self):
        """Changes where `generate` must be traced anew; see `GAN.use_ema`."""

    @functools.cached_property
    def _compiled_functions(self):
        return {}


def _as_tensor(rows):
    """Images and latents as float32, labels and seeds as they are."""
    rows = tf.constant(rows)
    is_number = rows.dtype.is_floating or rows.dtype == tf.uint8
    return to_float(rows) if is_number else rows
