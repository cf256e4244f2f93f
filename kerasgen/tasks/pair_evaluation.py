"""How near translations are to the partners that they should be."""

import numpy as np

from kerasgen import metrics
from kerasgen.tasks.digests import digest
from kerasgen.tasks.requirements import check_translates

# Papers stop here: images of 8 bits that differ at all are seldom nearer.
_MOST_DECIBELS = 100.0


def _decibels(images, partners):
    found = metrics.peak_signal_to_noise_ratio(images, partners)
    return np.minimum(found, _MOST_DECIBELS)


def _absolute_errors(images, partners):
    return np.abs(images - partners).mean(axis=(1, 2, 3))


# Functions of images and partners to a value an image, what is better, and what
# the measure says.
PAIR_MEASURES = {
    "peak_signal_to_noise_ratio": (
        _decibels,
        "higher",
        "how near to their partners, in decibels (100 where they are equal)",
    ),
    "structural_similarity": (
        metrics.structural_similarity,
        "higher",
        "how alike in structure to their partners (SSIM), 1 where equal",
    ),
    "absolute_error": (
        _absolute_errors,
        "lower",
        "how far from their partners, a pixel, of values in [0, 1]",
    ),
}


def evaluate_pairs(model, source, target, to="target"):
    """Measures how near translations are to the partners of their images.

    Beside each measure stands that of the image as it is, where it can stand
    for its partner: of the same size, and of as many channels or one (a grey
    image is an image in colour of equal channels). A model that restores images
    must be above it.

    Args:
        model: `GenerativeModel` that translates, such as `Pix2Pix`.
        source: array of images that the model was not trained on.
        target: array of images, the partner of each.
        to: `"target"`, or `"source"` to translate images of the target.

    Returns:
        dict with `num_test`, `test_images` (a digest), `protocol` and
        `measures`, as `kerasgen.tasks.evaluate` has them: the mean over images
        of each of `peak_signal_to_noise_ratio`, `structural_similarity` and
        `absolute_error`, and of these with `_of_source`.

    Raises:
        ValueError: for a model that does not translate, or images that do not
            fit it or each other.

    Example:

    >>> import kerasgen
    >>> digits, _ = kerasgen.data.load_arrays("digits", image_size=16)
    >>> model = kerasgen.Pix2Pix((16, 16, 1), (16, 16, 1), seed=0)
    >>> found = evaluate_pairs(model, 1.0 - digits[:50], digits[:50])
    >>> round(found["measures"]["absolute_error_of_source"]["mean"], 2)
    0.69
    """
    start = check_translates(model, to)
    source = model.columns["source"].checked_input(source, "source")
    target = model.columns["target"].checked_input(target, "target")
    if not len(source) == len(target) > 0:
        raise ValueError(
            "Arguments `source` and `target` must hold pairs. Received: "
            f"{len(source)} and {len(target)} images."
        )
    columns = {"source": source, "target": target}
    images, partners = columns[start], columns[to]
    judged = {"": model.translate(images, to=to)}
    if images.shape[1:] in (partners.shape[1:], (*partners.shape[1:3], 1)):
        judged["_of_source"] = np.broadcast_to(images, partners.shape)
    found = {}
    for suffix, judged_images in judged.items():
        for name, (measure, better, about) in PAIR_MEASURES.items():
            values = [float(measure(judged_images, partners).mean())]
            found[name + suffix] = {
                "values": values,
                "mean": values[0],
                "deviation": 0.0,
                "floor": None,
                "better": better,
                "about": f"the image as it is: {about}" if suffix else about,
            }
    return {
        "num_test": len(target),
        "test_images": digest(source, target),
        "protocol": (
            f"{len(images)} test images, each translated to the {to} and held "
            "against its partner; means over images."
        ),
        "measures": found,
    }
