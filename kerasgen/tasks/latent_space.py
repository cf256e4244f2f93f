"""Walks through the latents of a trained model."""

import numpy as np
import scipy.stats
import tensorflow as tf

from kerasgen.data.validation import check_labels
from kerasgen.data.validation import check_latents
from kerasgen.tasks.requirements import check_continuous
from kerasgen.tasks.requirements import check_vectors
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.seeds import seed_rows

METHODS = ("slerp", "linear")


def interpolate(
    model, first, second, num_steps=10, method="slerp", labels=None
):
    """Images on the way from one to another.

    On the straight line between two draws of a Gaussian, the middle is nearer
    to the origin than draws ever are. `"slerp"` goes along the great circle
    between their directions, with lengths in between (White, section 2.1).

    Args:
        model: `GenerativeModel` whose latents are vectors, or noise.
        first: array of shape `(n, *data_shape)`, images, which the model's
            encoder turns into latents; or of shape `(n, latent_dim)`, latents.
        second: the same, as many.
        num_steps: int. Images on each way, both ends included; at least 2.
        method: str. `"slerp"` or `"linear"`.
        labels: int, or int array of shape `(n,)`, the class of each way, where
            the model has classes.

    Returns:
        float32 array of shape `(n, num_steps, *data_shape)`.

    Raises:
        ValueError: for inputs of other shapes or an unknown method.
        NotImplementedError: for images, if the model has no encoder.

    Example:

    >>> import kerasgen
    >>> model = kerasgen.VAE(data_shape=(8, 8, 1), latent_dim=4, seed=0)
    >>> ends = np.random.default_rng(0).normal(size=(2, 3, 4))
    >>> interpolate(model, *ends, num_steps=5).shape
    (3, 5, 8, 8, 1)

    References:
        - White (2016), Sampling Generative Networks,
          https://arxiv.org/abs/1609.04468
    """
    check_choice("method", method, METHODS)
    check_positive_integer("num_steps", num_steps)
    if num_steps < 2:
        raise ValueError(
            "Argument `num_steps` must be at least 2, for both ends. Received: "
            f"num_steps={num_steps}."
        )
    if len(first) != len(second):
        raise ValueError(
            "Arguments `first` and `second` must be as many. Received: "
            f"{len(first)} and {len(second)}."
        )
    is_drawn = are_latents(model, first) and are_latents(model, second)
    of_class = classes_of(model, labels, len(first), not is_drawn)
    ends = [
        latents_of(model, end, name, **of_class)
        for name, end in (("first", first), ("second", second))
    ]
    share = np.linspace(0, 1, num_steps, dtype="float32")[:, None]
    between = spherical if method == "slerp" else linear
    latents = between(*(e.reshape(len(e), 1, -1) for e in ends), share)
    latents = latents.reshape(-1, num_steps, *model.latent_shape)
    return decode_rows(model, latents, **of_class)


def linear(first, second, share):
    """Points on the straight lines from `first` to `second`."""
    return (1 - share) * first + share * second


def spherical(first, second, share):
    """Points on the great circles from `first` to `second`.

    Args:
        first: array of shape `(..., latent_dim)`.
        second: the same.
        share: array that broadcasts with them: 0 at `first`, 1 at `second`.

    Returns:
        array of the broadcast shape. Parallel ends give the straight line.
    """
    lengths = [
        np.linalg.norm(end, axis=-1, keepdims=True) for end in (first, second)
    ]
    cosine = (first * second).sum(-1, keepdims=True) / np.maximum(
        lengths[0] * lengths[1], 1e-12
    )
    angle = np.arccos(np.clip(cosine, -1, 1))
    sine = np.sin(angle)
    straight = sine < 1e-4
    sine = np.where(straight, 1.0, sine)
    circle = (
        np.sin((1 - share) * angle) * first + np.sin(share * angle) * second
    ) / sine
    return np.where(straight, linear(first, second, share), circle)


def latent_grid(model, size=15, dimensions=(0, 1), label=None):
    """Images over a plane of the latents, evenly by probability.

    Two latents go over the quantiles of a standard normal, the others are 0:
    the map of a VAE with two latents (Kingma and Welling 2014, figure 4).

    Args:
        model: `GenerativeModel` whose latents are vectors.
        size: int. Images a side.
        dimensions: pair of int. The latents that vary, down and across.
        label: int or None. The class, where the model has classes.

    Returns:
        float32 array of shape `(size, size, *data_shape)`.

    Raises:
        ValueError: for dimensions that the model does not have.

    Example:

    >>> import kerasgen
    >>> model = kerasgen.VAE(data_shape=(8, 8, 1), latent_dim=2, seed=0)
    >>> latent_grid(model, size=4).shape
    (4, 4, 8, 8, 1)
    """
    check_positive_integer("size", size)
    down, across = _checked_dimensions(model, dimensions)
    values = scipy.stats.norm.ppf((np.arange(size) + 0.5) / size)
    latents = np.zeros((size, size, *model.latent_shape), "float32")
    # From the bottom up, as in a chart.
    latents[..., down] = values[::-1, None]
    latents[..., across] = values
    return decode_rows(model, latents, **classes_of(model, label, size))


def traverse(
    model,
    inputs,
    dimensions=None,
    num_steps=9,
    reach=2.5,
    labels=None,
    directions=None,
):
    """What each latent alone does to an image, or each direction of latents.

    Args:
        model: `GenerativeModel` whose latents are vectors.
        inputs: images of shape `(n, *data_shape)`, or latents of shape
            `(n, latent_dim)`.
        dimensions: sequence of int or None for all. Latents to vary.
        num_steps: int. Values of each, from `-reach` to `reach`.
        reach: float. How far from 0: in standard deviations, where latents are
            drawn from a standard normal, as with VAE and most GANs.
        labels: int, or int array of shape `(n,)`, where the model has classes.
        directions: array of shape `(directions, latent_dim)` or None. Unit
            vectors to go along in place of single latents, from `-reach` to
            `reach` about where the input is, such as those of
            `kerasgen.tasks.latent_directions`.

    Returns:
        float32 array of shape `(n, dimensions, num_steps, *data_shape)`.

    Raises:
        ValueError: for dimensions that the model does not have, or both
            dimensions and directions.

    Example:

    >>> import kerasgen
    >>> model = kerasgen.VAE(data_shape=(8, 8, 1), latent_dim=3, seed=0)
    >>> traverse(model, np.zeros((2, 3)), num_steps=5).shape
    (2, 3, 5, 8, 8, 1)
    """
    check_positive_integer("num_steps", num_steps)
    if directions is not None:
        directions = _checked_directions(model, directions, dimensions)
    else:
        if dimensions is None:
            dimensions = range(*model.latent_shape)
        dimensions = _checked_dimensions(model, dimensions)
    of_images = not are_latents(model, inputs)
    of_class = classes_of(model, labels, len(inputs), of_images)
    latents = latents_of(model, inputs, "inputs", **of_class)
    latents = latents[:, None, None]
    values = np.linspace(-reach, reach, num_steps)
    if directions is not None:
        moved = latents + values[:, None] * directions[:, None]
    else:
        moved = np.tile(latents, (1, len(dimensions), num_steps, 1))
        for index, dimension in enumerate(dimensions):
            moved[:, index, :, dimension] = values
    return decode_rows(model, moved, **of_class)


def latent_arithmetic(model, inputs, plus, minus):
    """Images with the difference of two sets of images added to them.

    `decode(E(x) + mean E(plus) - mean E(minus))`, such as thick digits for
    `plus` and thin ones for `minus` (Radford et al. 2016, section 6.3.2).

    Args:
        model: `GenerativeModel` whose latents are vectors.
        inputs: images of shape `(n, *data_shape)`, or latents of shape
            `(n, latent_dim)`.
        plus: images, or latents, that have what is to be added.
        minus: images, or latents, that lack it.

    Returns:
        float32 array of shape `(n, *data_shape)`.

    Raises:
        ValueError: for inputs of other shapes, or a model with classes, whose
            `labels` do the same.

    Example:

    >>> import kerasgen
    >>> model = kerasgen.VAE(data_shape=(8, 8, 1), latent_dim=4, seed=0)
    >>> images = np.random.default_rng(0).random((6, 8, 8, 1), "float32")
    >>> latent_arithmetic(model, images[:2], images[2:4], images[4:]).shape
    (2, 8, 8, 1)
    """
    if model.num_classes is not None:
        raise ValueError(
            f"{type(model).__name__} takes the class of an image: ask it for "
            "another one by `labels`."
        )
    base, added, taken = (
        latents_of(model, images, name)
        for name, images in (
            ("inputs", inputs),
            ("plus", plus),
            ("minus", minus),
        )
    )
    return decode_rows(model, base + added.mean(axis=0) - taken.mean(axis=0))


def drawn_latents(model, number, seed, first=0):
    """The latents of images that `model.generate(seed=seed)` draws.

    Args:
        model: `GenerativeModel` whose latents are vectors.
        number: int.
        seed: int.
        first: int. The place of the first of them.

    Returns:
        float32 array of shape `(number, latent_dim)`.
    """
    places = np.arange(first, first + number)
    seeds = tf.constant(seed_rows(seed, places))
    return model.latents_from_seeds(seeds).numpy()


def latents_of(model, inputs, name="inputs", labels=None):
    """Latents as they are, or those of images.

    Args:
        model: `GenerativeModel`.
        inputs: array of shape `(n, latent_dim)` or `(n, *data_shape)`.
        name: str. What the caller calls the argument.
        labels: int array of shape `(n,)`, where the model has classes.

    Returns:
        float32 array of shape `(n, latent_dim)`.
    """
    check_continuous(model)
    if are_latents(model, inputs):
        return check_latents(inputs, model.latent_shape)
    inputs = model.kind.check(inputs, name)
    return model.encode(
        inputs, **({} if labels is None else {"labels": labels})
    )


def decode_rows(model, latents, labels=None):
    """Images of latents of any leading shape; the first axis has the labels."""
    leading = latents.shape[: -len(model.latent_shape)]
    rows = latents.reshape(-1, *model.latent_shape).astype("float32")
    of_class = {}
    if labels is not None:
        of_class["labels"] = np.repeat(labels, len(rows) // leading[0])
    return model.decode(rows, **of_class).reshape(*leading, *model.data_shape)


def classes_of(model, labels, number, of_images=False):
    """`labels` as an argument, of `number` rows; nothing without classes.

    Args:
        model: `GenerativeModel`.
        labels: class, array of classes or None: all of them in turn, for what
            is drawn. Numbers or names.
        number: int. Rows.
        of_images: bool. Whether rows are images, whose classes nobody can make
            up.

    Raises:
        ValueError: for labels that are none, or missing, or without classes.
    """
    if model.num_classes is None and labels is None:
        return {}
    if model.num_classes is None:
        raise ValueError(
            f"Argument `labels` must be None: {type(model).__name__} knows no "
            f"classes. Received: labels={labels!r}."
        )
    if labels is None and of_images:
        raise ValueError(
            f"Argument `labels` must be the classes of the images: "
            f"{type(model).__name__} needs them."
        )
    if labels is None:
        labels = np.arange(number) % model.num_classes
    names = model.class_names
    return {
        "labels": check_labels(
            labels, model.num_classes, number, class_names=names
        )
    }


def are_latents(model, inputs):
    """Whether inputs have the shape of latents, and not of images."""
    return np.shape(inputs)[1:] == model.latent_shape != model.data_shape


def _checked_directions(model, directions, dimensions):
    check_vectors(model)
    if dimensions is not None:
        raise ValueError(
            "Argument `dimensions` must be None with `directions`. Received: "
            f"{dimensions}."
        )
    directions = np.asarray(directions, np.float32)
    if directions.ndim != 2 or directions.shape[1:] != model.latent_shape:
        raise ValueError(
            f"Argument `directions` must be of shape (directions, "
            f"{model.latent_shape[0]}). Received: shape {directions.shape}."
        )
    return directions


def _checked_dimensions(model, dimensions):
    check_vectors(model)
    dimensions = [int(dimension) for dimension in dimensions]
    if not dimensions or not all(
        0 <= d < model.latent_shape[0] for d in dimensions
    ):
        raise ValueError(
            "Argument `dimensions` must be from 0 to "
            f"{model.latent_shape[0] - 1}. "
            f"Received: {dimensions}."
        )
    return dimensions
