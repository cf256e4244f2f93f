"""Data are looked at before a model works on them."""

import keras
import numpy as np
import tensorflow as tf

from kerasgen.data.streams import errors_of_files
from kerasgen.data.validation import check_images
from kerasgen.models import training_data


class CheckedInputs(keras.Model):
    """What `keras.Model` does with data, with the data checked first.

    A mixin of `GenerativeModel`, for all that is not `fit`.
    """

    @errors_of_files()
    def evaluate(self, x=None, y=None, **kwargs):
        """`keras.Model.evaluate` with images checked first.

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
                columns = x, y, kwargs.get("sample_weight")
                x, y, kwargs["sample_weight"] = training_data.checked_data(
                    columns, self, "x"
                )
            else:
                x = self._checked(x, kwargs.get("steps"))
        return super().evaluate(x, y, **kwargs)

    @errors_of_files()
    def predict(self, x, *args, steps=None, **kwargs):
        """`keras.Model.predict` with images checked first.

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
        images, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        if labels is not None and self.trains_on_labels:
            images = images, labels
        return self(images, training=False)

    def __call__(self, inputs, *args, **kwargs):
        """Calls the model on a batch, which is checked first.

        Where it is traced, its type and shape are all there is to check.
        """
        # Of lists, those of rows are no columns.
        if isinstance(inputs, tuple) or (
            isinstance(inputs, list) and self.trains_on_labels
        ):
            inputs = (self._checked_batch(inputs[0]), *inputs[1:])
        else:
            inputs = self._checked_batch(inputs)
        return super().__call__(inputs, *args, **kwargs)

    def _checked_batch(self, images):
        """Images as they are, or as an array; those of uint8 divided by 255."""
        if isinstance(images, keras.KerasTensor) or tf.is_symbolic_tensor(
            images
        ):
            self._check_kind(images)
        else:
            checked = check_images(images, self.data_shape, "inputs")
            # Of a tensor, gradients are to be taken.
            if not tf.is_tensor(images) or checked.dtype == np.uint8:
                images = checked
        if keras.backend.standardize_dtype(images.dtype) != "uint8":
            return images
        return keras.ops.cast(images, "float32") / 255.0

    def _check_kind(self, images):
        dtype = keras.backend.standardize_dtype(images.dtype)
        expected = tf.TensorShape((None, *self.data_shape))
        if not expected.is_compatible_with(images.shape):
            raise ValueError(
                f"Argument `inputs` must have shape {tuple(expected)}. "
                f"Received: inputs of shape {images.shape}."
            )
        is_image = len(self.data_shape) == 3
        if is_image and not ("float" in dtype or dtype == "uint8"):
            raise ValueError(
                "Argument `inputs` must be floating point, in [0, 1], or "
                f"uint8, from 0 to 255. Received: inputs of dtype {dtype}."
            )
