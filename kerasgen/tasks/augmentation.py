"""More images with labels, drawn by a conditional model."""

import numpy as np

from kerasgen.data.validation import check_labels
from kerasgen.utils import random
from kerasgen.utils.arguments import check_range


def augment(model, images, labels, factor=5.0, seed=None, shuffle=True):
    """Images with as many drawn ones beside them as a factor says.

    Drawn images have the classes of `labels` in the same shares. They add what
    the model knows beyond these images, so it should have been trained on more
    than them, or be regularized better than the classifier that is to learn.

    Args:
        model: `GenerativeModel` that is trained on labels, or a `LatentSampler`
            that was fitted with labels.
        images: float array of shape `(n, *data_shape)` in [0, 1].
        labels: array of shape `(n,)`, of numbers or of `model.class_names`.
        factor: float. Drawn images for each given one.
        seed: int or None for a fresh one.
        shuffle: bool. Whether to mix both kinds; else the given ones are first.

    Returns:
        (images, labels): float32 and int32 arrays of `round(n * (1 + factor))`
        rows.

    Raises:
        ValueError: for a model without classes, or labels that are none.

    Example:

    >>> import kerasgen
    >>> images, labels = kerasgen.data.load_arrays("digits")
    >>> model = kerasgen.ConditionalVAE((8, 8, 1), num_classes=10, seed=0)
    >>> more, of_more = augment(model, images[:20], labels[:20], 2, seed=0)
    >>> more.shape, of_more.shape
    ((60, 8, 8, 1), (60,))
    """
    # InfoGAN has classes of its own, which are not those of the labels.
    if model.num_classes is None or not model.trains_on_labels:
        raise ValueError(
            f"{type(model).__name__} knows no classes, so that what it draws "
            "has no label. Use a conditional model, such as ConditionalVAE, or "
            "a LatentSampler."
        )
    images = model.kind.checked_input(images, "images")
    check_range("factor", factor, 0)
    labels = check_labels(
        labels,
        model.num_classes,
        len(images),
        class_names=model.class_names,
    )
    seed = random.check_seed(seed)
    number = round(len(images) * factor)
    if number:
        # As often as it goes all of them, and the rest evenly among the sorted
        # ones, so that shares are those of the labels.
        repeats, rest = divmod(number, len(labels))
        places = np.floor((np.arange(rest) + 0.5) * len(labels) / max(rest, 1))
        drawn_labels = np.concatenate(
            [np.tile(labels, repeats), np.sort(labels)[places.astype(int)]]
        )
        drawn = model.generate(number, seed=seed, labels=drawn_labels)
        images = np.concatenate([images, drawn])
        labels = np.concatenate([labels, drawn_labels])
    if shuffle:
        order = np.random.default_rng(seed).permutation(len(images))
        images, labels = images[order], labels[order]
    return images, labels
