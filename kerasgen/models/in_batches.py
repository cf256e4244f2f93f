"""Methods on tensors, called for arrays."""

import functools

import numpy as np
import tensorflow as tf

from kerasgen.models.finite import check_weights
from kerasgen.models.finite import checked_values
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.tracing import traced


class InBatches:
    """A `GenerativeModel` that is asked for arrays; a mixin."""

    def _in_batches(self, method, batch_size, *columns):
        """Calls a method on tensors for arrays, a batch of rows at a time."""
        check_positive_integer("batch_size", batch_size)
        check_weights(self)
        columns = [np.asarray(column) for column in columns]
        columns = [
            c.astype(np.float32, copy=False) if c.dtype.kind == "f" else c
            for c in columns
        ]
        function = self._compiled_functions.setdefault(
            (method, self._which_weights()), traced(getattr(self, method))
        )
        parts = []
        for start in range(0, len(columns[0]), batch_size):
            rows = [c[start : start + batch_size] for c in columns]
            parts.append(function(*map(tf.constant, rows)).numpy())
        return checked_values(self, np.concatenate(parts))

    def _which_weights(self):
        """Changes where `generate` must be traced anew; see `GAN.use_ema`."""

    @functools.cached_property
    def _compiled_functions(self):
        return {}
