"""What an export serves: functions of tensors with named inputs and outputs."""

import tensorflow as tf


def signatures_of(model):
    """The signatures of a model.

    `serving_default` turns latents into images and has no random op, which
    other runtimes do not know. `generate` turns seed rows `(n, 2)` into images
    and their latents; row `(s, i)` is image `i` of `model.generate(seed=s)`.
    `encode`, `decode` and `reconstruct` are there where the model has an
    encoder. Where the model has classes, each takes `labels` of shape `(n,)`
    besides, and fails for those that are none.

    Args:
        model: `GenerativeModel`.

    Returns:
        dict from signature name to (function of tensors that returns a dict of
        tensors, list of `tf.TensorSpec` of its inputs), all batch-first.
    """
    latents = tf.TensorSpec((None, *model.latent_shape), tf.float32, "latents")
    images = tf.TensorSpec((None, *model.data_shape), tf.float32, "images")
    seeds = tf.TensorSpec((None, 2), tf.int32, "seeds")
    labels = []
    if model.num_classes is not None:
        labels = [tf.TensorSpec((None,), tf.int32, "labels")]

    def checked(labels):
        """The labels, once the server has seen that they are classes."""
        return [_check_labels(column, model.num_classes) for column in labels]

    def decode(latents, *labels):
        return {"images": model.images_from_latents(latents, *checked(labels))}

    def generate(seeds, *labels):
        latents = model.latents_from_seeds(seeds)
        return {"latents": latents, **decode(latents, *labels)}

    def encode(images, *labels):
        return {"latents": model.latents_from_images(images, *checked(labels))}

    def reconstruct(images, *labels):
        return {"images": model.images_from_images(images, *checked(labels))}

    signatures = {
        "serving_default": (decode, [latents, *labels]),
        "generate": (generate, [seeds, *labels]),
    }
    if model.has_encoder:
        signatures |= {
            "encode": (encode, [images, *labels]),
            "decode": (decode, [latents, *labels]),
            "reconstruct": (reconstruct, [images, *labels]),
        }
    return signatures


def _check_labels(labels, num_classes):
    are_classes = tf.reduce_all((labels >= 0) & (labels < num_classes))
    message = f"labels must be integers from 0 to {num_classes - 1}"
    with tf.control_dependencies(
        [tf.debugging.Assert(are_classes, [message, labels])]
    ):
        return tf.identity(labels)
