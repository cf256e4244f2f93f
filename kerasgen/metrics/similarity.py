"""How much images of a set resemble each other."""

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from kerasgen.data.validation import check_images
from kerasgen.data.validation import float_images
from kerasgen.utils.arguments import check_positive_integer

# Weights of the scales, from fine to coarse (Wang et al. 2003, section 3.2).
SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
FILTER_SIZE = 11
BATCH_SIZE = 256


def mean_pairwise_ms_ssim(
    images: np.ndarray,
    num_pairs: int = 1000,
    labels: npt.ArrayLike | None = None,
    seed: int = 0,
) -> float:
    """Mean multi-scale structural similarity of random pairs of images.

    0 for images that have nothing in common, 1 for equal ones: it rises when a
    generator collapses. Compare it with the value of real images (Odena et
    al., section 4.2, who take pairs within a class). Of the five scales those
    are used at which an image is not smaller than the filter, with weights
    that add up to 1, and images of under 11 pixels take a filter of their size.

    Args:
        images: float array of shape `(n, height, width, channels)` in [0, 1].
        num_pairs: int. Pairs of different images.
        labels: integer array of shape `(n,)` or None. If given, both images
            of a pair are of one class.
        seed: int. Which pairs are drawn.

    Returns:
        float, at most 1.

    Raises:
        ValueError: if there are no two images (of one class), or they are not
            floats in [0, 1] of that shape.

    Example:

    >>> image = np.random.default_rng(0).random((1, 28, 28, 1))
    >>> images = np.repeat(image, 2, axis=0)
    >>> round(mean_pairwise_ms_ssim(images, num_pairs=5), 4)
    1.0

    References:
        - Wang et al. (2003), Multiscale Structural Similarity for Image
          Quality Assessment
        - Odena et al. (2017), Conditional Image Synthesis with Auxiliary
          Classifier GANs, https://arxiv.org/abs/1610.09585
    """
    images = check_images(images, uint8=False).astype(np.float32, copy=False)
    check_positive_integer("num_pairs", num_pairs)
    if len(images) < 2:
        raise ValueError(
            "Argument `images` must hold at least two images, for there to be "
            f"pairs. Received: shape {images.shape}."
        )
    first, second = _pairs(len(images), num_pairs, labels, seed)
    values = [
        ms_ssim(
            images[first[i : i + BATCH_SIZE]],
            images[second[i : i + BATCH_SIZE]],
        )
        for i in range(0, num_pairs, BATCH_SIZE)
    ]
    return float(np.concatenate(values).mean())


def peak_signal_to_noise_ratio(
    images: np.ndarray, references: np.ndarray
) -> np.ndarray:
    """How near images are to what they should be, in decibels.

    `-10 log10(mean squared error)` of images in [0, 1], by TensorFlow. A mean
    over images is that of decibels, as papers give it.

    Args:
        images: float array of shape `(n, height, width, channels)` in [0, 1].
        references: array of the same shape. What they should be.

    Returns:
        float32 array of shape `(n,)`; infinite where both are equal.

    Raises:
        ValueError: if they are not images in [0, 1] of one shape.

    Example:

    >>> black = np.zeros((1, 8, 8, 1), np.float32)
    >>> round(float(peak_signal_to_noise_ratio(black, black + 0.1)[0]), 3)
    20.0
    """
    return _of_rows(
        lambda a, b: tf.image.psnr(a, b, max_val=1.0), images, references
    )


def structural_similarity(
    images: np.ndarray, references: np.ndarray
) -> np.ndarray:
    """How alike the structures of images and of their references are (SSIM).

    By TensorFlow, with the constants and the Gaussian of the paper; images of
    under 11 pixels take a filter of their size.

    Args:
        images: float array of shape `(n, height, width, channels)` in [0, 1].
        references: array of the same shape. What they should be.

    Returns:
        float32 array of shape `(n,)`, 1 where both are equal.

    Raises:
        ValueError: if they are not images in [0, 1] of one shape.

    Example:

    >>> images = np.random.default_rng(0).random((2, 16, 16, 1))
    >>> structural_similarity(images, images).tolist()
    [1.0, 1.0]

    References:
        - Wang et al. (2004), Image Quality Assessment: From Error Visibility to
          Structural Similarity, https://doi.org/10.1109/TIP.2003.819861
    """
    size = min(FILTER_SIZE, *np.shape(images)[1:3])
    return _of_rows(
        lambda a, b: tf.image.ssim(a, b, max_val=1.0, filter_size=size),
        images,
        references,
    )


def _of_rows(measure, images, references):
    images = float_images(images)
    references = float_images(references, images.shape[1:], "references")
    if len(images) != len(references):
        raise ValueError(
            "Argument `references` must hold one an image. Received: "
            f"{len(references)} for {len(images)} images."
        )
    parts = [
        measure(images[i : i + BATCH_SIZE], references[i : i + BATCH_SIZE])
        for i in range(0, len(images), BATCH_SIZE)
    ]
    return np.concatenate(parts)


def ms_ssim(first: np.ndarray, second: np.ndarray) -> tf.Tensor:
    """Multi-scale structural similarity of rows, an array of shape `(n,)`."""
    side = min(first.shape[1:3])
    filter_size = min(FILTER_SIZE, side)
    num_scales = 1
    while num_scales < 5 and side >> num_scales >= filter_size:
        num_scales += 1
    weights = np.array(SCALE_WEIGHTS[:num_scales])
    return tf.image.ssim_multiscale(
        first,
        second,
        max_val=1.0,
        power_factors=(weights / weights.sum()).tolist(),
        filter_size=filter_size,
    ).numpy()


def _pairs(num_images, num_pairs, labels, seed):
    """Two arrays of indices, in each pair unequal and of one class."""
    generator = np.random.default_rng(seed)
    if labels is None:
        labels = np.zeros(num_images, int)
    labels = np.asarray(labels)
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    members = [indices for indices in members if len(indices) > 1]
    if labels.shape != (num_images,) or not members:
        raise ValueError(
            f"Argument `labels` must be one label for each of {num_images} "
            "images, with two images of one class. Received: labels of shape "
            f"{labels.shape}."
        )
    sizes = np.array([len(indices) for indices in members])
    selected = generator.choice(len(members), num_pairs, p=sizes / sizes.sum())
    pairs = np.array(
        [generator.choice(members[k], 2, replace=False) for k in selected]
    )
    return pairs[:, 0], pairs[:, 1]
