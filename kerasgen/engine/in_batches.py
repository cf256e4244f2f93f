"""Functions of tensors, called on arrays of any length."""

import functools

import keras
import numpy as np

from kerasgen.data.arrays import to_float
from kerasgen.engine.finite import check_weights
from kerasgen.engine.finite import checked_values
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.tracing import traced


class InBatches:
    """Traces functions of a model and calls them by batches; a mixin.

    They are called with averages of weights, where there are any.
    """

    def call_in_batches(
        self, name, function, batch_size, *columns, input_signature=None
    ):
        """Calls a function of tensors on arrays, a batch of rows at a time.

        Args:
            name: hashable. Functions of one name are traced once, but anew for
                other weights or settings (`what_traces_hold`).
            function: of tensors with a row for each row of the columns, that
                returns a tensor or a dict of tensors of as many rows.
            batch_size: int. Rows at a time.
            *columns: arrays of as many rows.
            input_signature: list of `tf.TensorSpec`, where other sizes than
                the number of rows differ from call to call.

        Returns:
            Array, or dict of arrays.

        Raises:
            kerasgen.models.NotFiniteError: if a weight or a value of the
                result is not finite.
        """
        check_positive_integer("batch_size", batch_size)
        check_weights(self)
        columns = [np.asarray(column) for column in columns]
        function = self._compiled_functions.setdefault(
            (name, self.what_traces_hold()),
            traced(self.with_averages(function), input_signature),
        )
        parts = []
        for start in range(0, len(columns[0]), batch_size):
            rows = (to_float(c[start : start + batch_size]) for c in columns)
            parts.append(function(*rows))
        return keras.tree.map_structure(
            lambda *rows: checked_values(
                self, np.concatenate([row.numpy() for row in rows])
            ),
            *parts,
        )

    def what_traces_hold(self):
        """What a trace of a function holds for good; hashable."""
        return self.which_weights()

    @functools.cached_property
    def _compiled_functions(self):
        return {}
