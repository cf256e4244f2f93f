"""What an export serves: functions of tensors with named inputs and outputs."""

import numpy as np
import tensorflow as tf


def signatures_of(model):
    """The signatures of a model.

    `serving_default` turns latents into images and has no random op, which
    other runtimes do not know. `generate` turns seed rows `(n, 2)` into images
    and their latents; row `(s, i)` is image `i` of `model.generate(seed=s)`.
    `generate_png`, of models of images, turns them into PNG files. `encode`,
    `decode` and `reconstruct` are there where the model has an encoder, and
    `log_likelihood` where it has a likelihood. Where the model has classes,
    each takes `labels` of shape `(n,)` besides, and rows whose label is no
    class come out as NaN, or as empty strings; `classes` tells how many classes
    there are and what they are called.

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

    def decode(latents, *labels):
        return {"images": model.images_from_latents(latents, *labels)}

    def generate(seeds, *labels):
        latents = model.latents_from_seeds(seeds)
        return {"latents": latents, **decode(latents, *labels)}

    def encode(images, *labels):
        return {"latents": model.latents_from_images(images, *labels)}

    def reconstruct(images, *labels):
        return {"images": model.images_from_images(images, *labels)}

    def generate_png(seeds, *labels):
        images = model.images_from_seeds(seeds, *labels)
        return {"png_bytes": _png_files(images)}

    def log_likelihood(images, seeds, *labels):
        found = model.log_likelihood_from_seeds(images, seeds, *labels)
        return {"log_likelihood": found}

    signatures = {
        "serving_default": (decode, [latents, *labels]),
        "generate": (generate, [seeds, *labels]),
    }
    if len(model.data_shape) == 3 and model.data_shape[-1] <= 4:
        signatures["generate_png"] = generate_png, [seeds, *labels]
    if model.has_encoder:
        signatures |= {
            "encode": (encode, [images, *labels]),
            "decode": (decode, [latents, *labels]),
            "reconstruct": (reconstruct, [images, *labels]),
        }
    if hasattr(model, "log_likelihood_from_seeds"):
        signatures["log_likelihood"] = log_likelihood, [images, seeds, *labels]
    if labels:
        signatures = {
            name: (_row_by_row(function, model.num_classes), specs)
            for name, (function, specs) in signatures.items()
        }
        signatures["classes"] = _classes(model), labels
    return signatures


def examples_of(model, num_rows=2):
    """Rows to try signatures with.

    Args:
        model: `GenerativeModel`.
        num_rows: int.

    Returns:
        dict from name of an input to array of shape `(num_rows, ...)`.
    """
    seeds = np.stack([np.zeros(num_rows), np.arange(num_rows)], 1).astype(
        "int32"
    )
    examples = {
        "seeds": seeds,
        "latents": model.latents_from_seeds(tf.constant(seeds)).numpy(),
        # All greys, also from a model that was not trained.
        "images": np.random.default_rng(0)
        .random((num_rows, *model.data_shape))
        .astype("float32"),
    }
    if model.num_classes is not None:
        labels = np.arange(num_rows) % model.num_classes
        examples["labels"] = labels.astype("int32")
    return examples


def about(model):
    """What a client may want to know of a model besides its signatures."""
    return {
        "model": type(model).__name__,
        "data_shape": model.data_shape,
        "latent_shape": model.latent_shape,
        "num_classes": model.num_classes,
        "class_names": model.class_names,
    }


def _png_files(images):
    """A PNG file for each image, a string tensor of shape `(batch,)`."""
    levels = tf.round(255.0 * tf.clip_by_value(images, 0.0, 1.0))
    return tf.map_fn(
        tf.io.encode_png,
        tf.cast(levels, tf.uint8),
        fn_output_signature=tf.string,
    )


def _row_by_row(function, num_classes):
    """A signature in which a label that is no class spoils its own row only.

    A server puts rows of several clients into one batch, and an assertion would
    fail all of them. What the row's outputs are instead no client takes for an
    answer.

    Args:
        function: of tensors, the last of them labels.
        num_classes: int.

    Returns:
        The function, whose rows are NaN, or empty strings, for such labels.
    """

    def checked(*inputs):
        *others, labels = inputs
        are_classes = (labels >= 0) & (labels < num_classes)
        # Layers that look labels up know classes only.
        outputs = function(*others, tf.where(are_classes, labels, 0))
        return {
            name: _only_where(are_classes, rows)
            for name, rows in outputs.items()
        }

    return checked


def _only_where(are_right, rows):
    """Rows, but NaN or the empty string where they are not right."""
    nothing = "" if rows.dtype == tf.string else float("nan")
    are_right = tf.reshape(are_right, (-1, *[1] * (rows.shape.rank - 1)))
    return tf.where(are_right, rows, tf.constant(nothing, rows.dtype))


def _classes(model):
    """A signature that gives, for each row, the names of all classes.

    A server's metadata has the number of them in the output's shape. The names
    are empty where the model has none.
    """
    names = getattr(model, "class_names", None) or [""] * model.num_classes

    def classes(labels):
        shape = tf.shape(labels)[0], model.num_classes
        return {"class_names_bytes": tf.broadcast_to(tf.constant(names), shape)}

    return classes
