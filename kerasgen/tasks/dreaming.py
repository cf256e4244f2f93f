"""Latents that are optimized towards a wish."""

import keras
import numpy as np
import tensorflow as tf

from kerasgen.tasks.latent_search import LatentSearch
from kerasgen.tasks.requirements import has_vectors
from kerasgen.utils import random
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.arguments import check_range
from kerasgen.utils.progress import default_progress

# Neighbours of latents that a unit must see its wish in.
NUM_NEIGHBOURS = 8


def dream(
    model,
    target,
    num_samples=8,
    unit=None,
    num_steps=200,
    learning_rate=0.05,
    prior_weight=0.1,
    smoothing=0.5,
    seed=None,
    progress=None,
):
    """Images that a model can draw and that come near to a wish.

    Gradient descent on latents, which start as draws from the prior: towards a
    unit of a network, as in activation maximization (Nguyen et al.), or towards
    an image.

    A single image soon fools a network: it is sure of what nobody would read.
    So the unit is maximized on average over latents around those sought. Of
    VAEs of 8x8 digits with 16 latents, another classifier then gave 96% of the
    images the class wished for, 60% without. Some still fool: look at them.

    Args:
        model: `GenerativeModel` without classes, whose latents are vectors.
        target: keras.Model from images to `(batch, units)`, with `unit`, such
            as a classifier; or an image of shape `data_shape`.
        num_samples: int. Images, each from a start of its own.
        unit: int or None. The unit of `target` to be maximized; the units of a
            softmax or sigmoid are taken by their logarithm.
        num_steps: int. Adam's steps.
        learning_rate: float. Adam's.
        prior_weight: float. Weight of `|z|^2 / 2`, which keeps latents where
            the model was trained.
        smoothing: float. Standard deviation of the latents around those sought
            whose images `unit` is averaged over; 0 for none. The default is
            for latents of a standard normal, as with VAE and most GANs.
        seed: int or None for a fresh one.
        progress: function or None for a bar on a terminal. Called with the
            steps done and their number.

    Returns:
        float32 array of shape `(num_samples, *data_shape)`.

    Raises:
        ValueError: for a target that is neither, a unit that it lacks, or a
            network for images of another shape.

    Example:

    >>> import kerasgen
    >>> model = kerasgen.VAE(data_shape=(8, 8, 1), latent_dim=4, seed=0)
    >>> classifier = kerasgen.metrics.classifier_network("digits")
    >>> threes = dream(model, classifier, 2, unit=3, num_steps=5, seed=0)
    >>> threes.shape
    (2, 8, 8, 1)

    References:
        - Nguyen et al. (2016), Synthesizing the Preferred Inputs for Neurons
          in Neural Networks via Deep Generator Networks,
          https://arxiv.org/abs/1605.09304
    """
    check_positive_integer("num_samples", num_samples)
    check_positive_integer("num_steps", num_steps)
    check_range("smoothing", smoothing, 0)
    if model.num_classes is not None or not has_vectors(model):
        raise ValueError(
            "Argument `model` must have latents that are vectors, and no "
            f"classes. Received: {type(model).__name__}."
        )
    if callable(target):
        _check_input(target, model.data_shape)
        wish = _of_unit(target, unit)
    else:
        if unit is not None:
            raise ValueError(
                "Argument `unit` must be None where `target` is an image."
            )
        target = np.asarray(target)[None]
        (target,) = model.kind.checked_input(target, "target")
        wish = _of_image(target)
    seed = random.check_seed(seed)
    if unit is None or not smoothing:
        noise = np.zeros((1, 1, *model.latent_shape))
    else:
        # The same for each image and step, so that the loss is a function.
        shape = (NUM_NEIGHBOURS, 1, *model.latent_shape)
        noise = smoothing * np.random.default_rng(seed).normal(size=shape)

    def loss(model, latents):
        near = latents + tf.constant(noise, tf.float32)
        near = tf.reshape(near, (-1, *model.latent_shape))
        wishes = wish(model.data_from_latents(near))
        wishes = tf.reshape(wishes, (len(noise), -1))
        prior = 0.5 * tf.reduce_sum(tf.square(latents), axis=1)
        return tf.reduce_mean(wishes, axis=0) + prior_weight * prior

    search = LatentSearch(
        model, loss, num_steps, num_starts=1, learning_rate=learning_rate
    )
    latents, _ = search.best(
        [],
        seed=seed,
        progress=default_progress(progress),
        length=num_samples,
    )
    return model.decode(latents)


def _check_input(network, data_shape):
    shape = tf.TensorShape(network.input_shape)
    if not shape.is_compatible_with((None, *data_shape)):
        raise ValueError(
            f"Argument `target` must take images of shape {data_shape}, as the "
            "model draws them. Received: a network for inputs of shape "
            f"{tuple(shape[1:])}. Put a layer before it, such as "
            "`keras.layers.Resizing`."
        )


def _of_unit(network, unit):
    number = network.output_shape[-1]
    if unit is None or not 0 <= unit < number:
        raise ValueError(
            f"Argument `unit` must be from 0 to {number - 1}, a unit of "
            f"`target`. Received: unit={unit!r}."
        )

    last = getattr(network.layers[-1], "activation", None)
    is_probability = last in (
        keras.activations.softmax,
        keras.activations.sigmoid,
    )

    def wish(images):
        value = network(images, training=False)[:, unit]
        if is_probability:
            value = tf.math.log(tf.maximum(value, 1e-30))
        return -value

    return wish


def _of_image(image):
    image = tf.constant(image, tf.float32)

    def wish(images):
        error = tf.square(images - image)
        return tf.reduce_sum(tf.reshape(error, (len(error), -1)), axis=1)

    return wish
