"""What an export serves: functions of tensors with named inputs and outputs."""

import tensorflow as tf


def signatures_of(model):
    """The signatures of a model.

    `serving_default` turns latents into images and has no random op, which
    other runtimes do not know. `generate` turns seed rows `(n, 2)` into images
    and their latents; row `(s, i)` is image `i` of `model.generate(seed=s)`.
    `encode`, `decode` and `reconstruct` are there where the model has an
    encoder.

    Args:
        model: `GenerativeModel`.

    Returns:
        dict from signature name to (function of tensors that returns a dict of
        tensors, list of `tf.TensorSpec` of its inputs), all batch-first.
    """
    latents = tf.TensorSpec((None, model.latent_dim), tf.float32, "latents")
    images = tf.TensorSpec((None, *model.data_shape), tf.float32, "images")
    seeds = tf.TensorSpec((None, 2), tf.int32, "seeds")

    def decode(latents):
        return {"images": model.images_from_latents(latents)}

    def generate(seeds):
        latents = model.latents_from_seeds(seeds)
        return {"latents": latents, **decode(latents)}

    def encode(images):
        return {"latents": model.latents_from_images(images)}

    def reconstruct(images):
        return {"images": model.images_from_images(images)}

    signatures = {
        "serving_default": (decode, [latents]),
        "generate": (generate, [seeds]),
    }
    if model.has_encoder:
        signatures |= {
            "encode": (encode, [images]),
            "decode": (decode, [latents]),
            "reconstruct": (reconstruct, [images]),
        }
    return signatures
