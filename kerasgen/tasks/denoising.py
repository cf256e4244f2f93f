"""Images without their noise."""

import numpy as np

from kerasgen.tasks.inpainting import closest_images
from kerasgen.tasks.latent_space import classes_of
from kerasgen.tasks.requirements import check_of_images
from kerasgen.tasks.requirements import check_vectors
from kerasgen.utils import random
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.progress import default_progress

METHODS = ("reconstruction", "search")


def denoise(
    model,
    images,
    method=None,
    num_steps=200,
    num_starts=8,
    labels=None,
    seed=None,
    progress=None,
):
    """What a model takes noisy images for.

    `"reconstruction"` decodes what the encoder makes of an image. Best of all
    is a `DenoisingAutoencoder`, which is trained for it; any bottleneck leaves
    out noise that it has no room for. `"search"` looks for the image that the
    model can draw which is nearest, also for models without an encoder; see
    `inpaint`.

    Args:
        model: `GenerativeModel`.
        images: float array of shape `(n, *data_shape)` in [0, 1].
        method: str or None for `"reconstruction"` where there is an encoder,
            else `"search"`.
        num_steps: int. Steps of the search.
        num_starts: int. Searches for each image.
        labels: int, or int array of shape `(n,)`, where the model has classes.
        seed: int or None for a fresh one.
        progress: function or None for a bar on a terminal. Called with the
            steps done and their number.

    Returns:
        float32 array of shape `(n, *data_shape)`.

    Raises:
        ValueError: for images of another shape or an unknown method.
        NotImplementedError: for a reconstruction without an encoder.

    Example:

    >>> import kerasgen
    >>> model = kerasgen.DenoisingAutoencoder((8, 8, 1), latent_dim=4, seed=0)
    >>> noisy = np.random.default_rng(0).random((2, 8, 8, 1), "float32")
    >>> denoise(model, noisy).shape
    (2, 8, 8, 1)

    References:
        - Vincent et al. (2008), Extracting and Composing Robust Features with
          Denoising Autoencoders
    """
    if method is None:
        method = "reconstruction" if model.can("encode") else "search"
    check_choice("method", method, METHODS)
    check_positive_integer("num_steps", num_steps)
    check_positive_integer("num_starts", num_starts)
    images = model.kind.checked_input(images, "images")
    of_class = classes_of(model, labels, len(images), of_images=True)
    if method == "reconstruction":
        return model.reconstruct(images, **of_class)
    check_vectors(model)
    check_of_images(model)
    return closest_images(
        model,
        images,
        np.ones((*images.shape[:3], 1), np.float32),
        num_steps,
        num_starts,
        0.1,
        of_class,
        random.check_seed(seed),
        default_progress(progress),
    )
