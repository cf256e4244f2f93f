"""What layers are by default where a network is built."""

import contextlib
from collections.abc import Iterator

import keras


@contextlib.contextmanager
def layer_defaults(
    dtype: str | keras.DTypePolicy | None = None,
) -> Iterator[None]:
    """What layers that are made within are, by default.

    They have the policy `dtype`, `None` for that of Keras's own settings, and
    take images as (height, width, channels), whatever those settings say.
    """
    policy = keras.config.dtype_policy()
    data_format = keras.config.image_data_format()
    keras.config.set_dtype_policy(dtype or policy)
    keras.config.set_image_data_format("channels_last")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)
        keras.config.set_image_data_format(data_format)
