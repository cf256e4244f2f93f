"""Weight clipping, as a constraint that Keras's optimizers apply."""

import keras


@keras.saving.register_keras_serializable("kerasgen")
class WeightClipping(keras.constraints.Constraint):
    """Keeps each weight within `[-limit, limit]`.

    Algorithm 1 of Arjovsky et al. (2017), line 7. An optimizer applies it after
    each of its steps.

    Args:
        limit: float above 0.

    Example:

    >>> weight = keras.ops.convert_to_tensor([-0.5, 0.005])
    >>> WeightClipping(0.01)(weight).numpy()
    array([-0.01 ,  0.005], dtype=float32)
    """

    def __init__(self, limit):
        self.limit = limit

    def __call__(self, weight):
        return keras.ops.clip(weight, -self.limit, self.limit)

    def get_config(self):
        return {"limit": self.limit}
