"""What TensorFlow computes on."""

import tensorflow as tf


def only_cpus():
    """Whether TensorFlow sees CPUs alone, no GPU and no TPU."""
    return all(
        device.device_type == "CPU"
        for device in tf.config.get_visible_devices()
    )
