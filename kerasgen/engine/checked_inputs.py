"""Data are looked at before a model works on them."""

import itertools

import keras
import tensorflow as tf

from kerasgen.data.streams import errors_of_files
from kerasgen.engine import columns
from kerasgen.engine import training_data


class CheckedInputs(keras.Model):
    """What `keras.Model` does with data, with the data checked first.

    A mixin of `BaseModel`, for all that is not `fit`.
    """

    @errors_of_files()
    def evaluate(self, x=None, y=None, **kwargs):
        """`keras.Model.evaluate` with data checked first.

        Args:
            x, y, **kwargs: see `keras.Model.evaluate`; `x` and `sample_weight`
                as in `fit`.

        Raises:
            ValueError: as `fit` does, and for data without an end where
                `steps` is not given.
        """
        # Within `fit`, which has checked them, they come once an epoch.
        if not kwargs.get("_use_cached_eval_dataset"):
            if training_data.is_array(x):
                x = x, y, kwargs.get("sample_weight")
            if isinstance(x, tuple):
                checked = training_data.checked_data(x, self, "x")
                x, y, kwargs["sample_weight"] = (
                    keras.utils.unpack_x_y_sample_weight(checked)
                )
            else:
                x = self._checked(x, kwargs.get("steps"))
        return super().evaluate(x, y, **kwargs)

    @errors_of_files()
    def predict(self, x, *args, steps=None, **kwargs):
        """`keras.Model.predict` with data checked first.

        Args:
            x: what `fit` takes; with labels where the model is trained on them.
            *args, steps, **kwargs: see `keras.Model.predict`.

        Returns:
            What the model returns for a batch, of all of them.

        Raises:
            ValueError: as `fit` does, and for data without an end where
                `steps` is not given.
        """
        x = self._checked(x, steps)
        return super().predict(x, *args, steps=steps, **kwargs)

    def _checked(self, x, steps):
        return training_data.checked_data(x, self, "x", steps, "steps")

    def predict_step(self, data):
        # Keras wraps a tuple of arrays once more than one of a data set.
        if isinstance(data, tuple) and len(data) == 1:
            (data,) = data
        named, _ = columns.split(data, self.columns)
        values = tuple(named.values())
        with self.averaged_weights():
            return self(
                values if len(values) > 1 else values[0], training=False
            )

    def __call__(self, inputs, *args, **kwargs):
        """Calls the model on a batch, which is checked first.

        Where it is traced, its type and shape are all there is to check.
        """
        kinds = list(self.columns.values())
        # Of lists, those of rows are no columns.
        if isinstance(inputs, tuple) or (
            isinstance(inputs, list) and len(kinds) > 1
        ):
            pairs = itertools.zip_longest(inputs, kinds[: len(inputs)])
            inputs = tuple(
                values if kind is None else _checked_batch(values, kind)
                for values, kind in pairs
            )
        else:
            inputs = _checked_batch(inputs, kinds[0])
        return super().__call__(inputs, *args, **kwargs)


def _checked_batch(values, kind):
    """A batch as it is, or as an array, as models compute with it."""
    if isinstance(values, keras.KerasTensor):
        kind.check_symbolic(values, "inputs")
        return values
    if tf.is_symbolic_tensor(values):
        kind.check_symbolic(values, "inputs")
    else:
        checked = kind.check(values, "inputs")
        # Of a tensor, gradients are to be taken.
        if not tf.is_tensor(values):
            values = tf.convert_to_tensor(checked)
    return kind.as_model_input(values)
