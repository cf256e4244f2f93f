"""Missing parts of images, filled in by a trained model."""

import functools

import numpy as np
import scipy.ndimage
import tensorflow as tf

from kerasgen.engine.finite import checked_values
from kerasgen.tasks.blending import blend as blend_images
from kerasgen.tasks.latent_search import LatentSearch
from kerasgen.tasks.latent_space import classes_of
from kerasgen.tasks.requirements import check_of_images
from kerasgen.tasks.requirements import check_vectors
from kerasgen.utils import random
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.progress import default_progress
from kerasgen.utils.seeds import seed_rows
from kerasgen.utils.tracing import traced

METHODS = ("sampling", "search", "flow")
# Of pixels around what is drawn, where a model has no Bernoulli pixels.
DEVIATION = 0.1
PRIOR_WEIGHT = 0.1
ROWS_AT_A_TIME = 500


def inpaint(
    model,
    images,
    mask,
    method=None,
    num_steps=None,
    num_starts=8,
    learning_rate=0.1,
    blend=None,
    labels=None,
    seed=None,
    progress=None,
):
    """Completes images where pixels are missing.

    `"sampling"` (models with an encoder): draws latents of the image from
    `q(z|x)`, decodes them, puts the known pixels back, and again, a Markov
    chain towards `p(missing | known)` (Rezende et al., appendix F). An encoder
    without a variance gives its codes instead, and the chain comes to rest.

    `"flow"` (models with an endpoint `complete`, such as `FlowMatching`): draws
    what is missing along the path from noise, led to the known pixels at each
    step (pseudoinverse guidance, Song et al., equation 7). It is the only
    method of these models.

    `"search"` (any model with latent vectors): looks for the latents whose
    image agrees with the known pixels and is likely, by gradient descent from
    several starts, of which the best is taken. With a GAN it minimizes a
    distance on known pixels that counts most at the edge of the hole, plus 0.1
    times the generator's non-saturating loss (Yeh et al., equations 3 to 5) and
    0.1 times the excess of `|z|^2` over its mean. With others it looks for the
    most probable latents: the cross-entropy of known pixels (models of
    Bernoulli pixels), or their squared error over `2 * 0.1^2`, minus
    `log p(z)`.

    Args:
        model: `GenerativeModel`.
        images: float array of shape `(n, *data_shape)` in [0, 1]. What stands
            in missing pixels does not matter.
        mask: array of shape `(height, width)` or `(n, height, width)`, 1 where
            a pixel is known, 0 where it is missing.
        method: str or None: `"sampling"`, `"search"` or `"flow"`. Defaults to
            `"flow"` where the model has it, and else to `"search"`.
        num_steps: int or None. Rounds of sampling (50), steps of the search
            (200) or of the flow (the model's own).
        num_starts: int. Searches for each image.
        learning_rate: float. Adam's, of the search.
        blend: bool or None. Whether to fit the brightness of the filling to
            its surroundings (Poisson blending). Defaults to true for GANs.
        labels: int, or int array of shape `(n,)`, where the model has classes.
        seed: int or None for a fresh one.
        progress: function or None for a bar on a terminal. Called with the
            steps done and their number.

    Returns:
        float32 array of shape `(n, *data_shape)`; known pixels are untouched.

    Raises:
        ValueError: for images or a mask of another shape, a mask of other
            values than 0 and 1, or a method that the model does not allow.

    Example:

    >>> import kerasgen
    >>> model = kerasgen.VAE(data_shape=(8, 8, 1), latent_dim=4, seed=0)
    >>> images = np.random.default_rng(0).random((2, 8, 8, 1), "float32")
    >>> mask = np.ones((8, 8))
    >>> mask[:, :4] = 0
    >>> completed = inpaint(model, images, mask, num_steps=5, seed=0)
    >>> bool((completed[:, :, 4:] == images[:, :, 4:]).all())
    True

    References:
        - Rezende et al. (2014), Stochastic Backpropagation and Approximate
          Inference in Deep Generative Models, https://arxiv.org/abs/1401.4082
        - Song et al. (2023), Pseudoinverse-Guided Diffusion Models for Inverse
          Problems, https://openreview.net/forum?id=9_gsMA8MRKQ
        - Yeh et al. (2017), Semantic Image Inpainting with Deep Generative
          Models, https://arxiv.org/abs/1607.07539
    """
    if not model.can("complete"):
        check_vectors(model)
    check_of_images(model)
    known = check_mask(images, mask, model.data_shape)
    method = method or default_method(model)
    check_choice("method", method, METHODS)
    _check_has_method(model, method)
    check_positive_integer("num_starts", num_starts)
    if num_steps is not None:
        check_positive_integer("num_steps", num_steps)
    seed = random.check_seed(seed)
    progress = default_progress(progress)
    # What is missing may be anything.
    images = np.where(known, images, np.zeros_like(images))
    images = model.kind.checked_input(images, "images")
    of_class = classes_of(model, labels, len(images), of_images=True)
    if method == "flow":
        filling = _complete(model, images, known, num_steps, seed, of_class)
    elif method == "sampling":
        filling = _sample(
            model, images, known, num_steps or 50, seed, of_class, progress
        )
    else:
        filling = closest_images(
            model,
            images,
            _weights(model, known),
            num_steps or 200,
            num_starts,
            learning_rate,
            of_class,
            seed,
            progress,
        )
    if model.can("discriminate") if blend is None else blend:
        filling = blend_images(filling, images, known[..., 0])
    return np.where(known, images, filling).astype("float32")


def closest_images(
    model,
    images,
    weights,
    num_steps,
    num_starts,
    learning_rate,
    of_class,
    seed,
    progress,
):
    """What a model can draw that agrees best with images where they count.

    Args:
        model: `GenerativeModel`.
        images: float32 array of shape `(n, *data_shape)`.
        weights: float32 array of shape `(n, height, width, 1)`, what each pixel
            counts.
        num_steps, num_starts, learning_rate: see `LatentSearch`.
        of_class: dict. Labels, where the model has classes.
        seed: int.
        progress: function, see `inpaint`.

    Returns:
        float32 array like `images`.
    """
    search = LatentSearch(
        model,
        _loss_of(model),
        num_steps,
        num_starts,
        learning_rate,
    )
    latents, _ = search.best(
        [images, weights], of_class.get("labels"), seed, progress
    )
    return model.decode(latents, **of_class)


def check_mask(images, mask, data_shape):
    """The mask as a bool array of shape `(n, height, width, 1)`.

    Raises:
        ValueError: see `inpaint`.
    """
    mask = np.asarray(mask)
    if np.shape(images)[1:] != tuple(data_shape):
        raise ValueError(
            f"Argument `images` must be of shape (n, *{tuple(data_shape)}), "
            f"images. Received: shape {np.shape(images)}."
        )
    if mask.shape not in (
        tuple(data_shape[:2]),
        (len(images), *data_shape[:2]),
    ):
        raise ValueError(
            "Argument `mask` must be of shape (height, width) or (images, "
            f"height, width), of images of {tuple(data_shape)}. Received: "
            f"shape {mask.shape} for {len(images)} images."
        )
    if not np.isin(mask, (0, 1)).all():
        raise ValueError(
            "Argument `mask` must hold 1 for known pixels and 0 for missing "
            "ones, nothing else."
        )
    known = np.broadcast_to(mask, np.shape(images)[:3])[..., None].astype(bool)
    if not known.any(axis=(1, 2, 3)).all():
        raise ValueError(
            "Argument `mask` must leave something of each image. Received: a "
            "mask of zeros. `generate` draws whole images."
        )
    return known


def default_method(model):
    """The method of `inpaint` where none is given, a str."""
    return "flow" if model.can("complete") else "search"


def _check_has_method(model, method):
    name = type(model).__name__
    if (method == "flow") != model.can("complete"):
        raise ValueError(
            f"Argument `method` must be {default_method(model)!r} for {name}. "
            "Received: "
            f"method={method!r}."
        )
    if method == "sampling" and not model.can("encode"):
        raise ValueError(
            "Argument `method` must be 'search' for a model without an "
            f"encoder. Received: method='sampling' for {name}."
        )


def _complete(model, images, known, num_steps, seed, of_class):
    """What a flow draws, in batches."""
    columns = [images, known.astype("float32"), seed_rows(seed, len(images))]
    with model.sampling(num_steps=num_steps):
        return model.call_endpoint("complete", *columns, *of_class.values())


def _sample(model, images, known, num_steps, seed, of_class, progress):
    """Encodes and decodes, with the known pixels put back each time."""
    generator = np.random.default_rng(seed)
    noise = generator.random(images.shape, np.float32)
    current = np.where(known, images, noise)
    labels = list(of_class.values())
    posterior = model.endpoints().get("posterior")

    @traced
    def drawn(images, noise, *labels):
        found = posterior.named(images, *labels)
        deviation = tf.exp(0.5 * found["log_variance"])
        latents = found["mean"] + deviation * noise
        return model.data_from_latents(latents, *labels)

    for step in range(num_steps):
        progress(step, num_steps)
        if posterior is not None:
            size = (len(images), *model.latent_shape)
            columns = [current, generator.normal(size=size).astype("float32")]
            again = checked_values(model, _in_chunks(drawn, columns + labels))
        else:
            again = model.reconstruct(current, **of_class)
        current = np.where(known, images, again)
    progress(num_steps, num_steps)
    return current


def _in_chunks(function, columns):
    parts = []
    for start in range(0, len(columns[0]), ROWS_AT_A_TIME):
        rows = [column[start : start + ROWS_AT_A_TIME] for column in columns]
        parts.append(function(*map(tf.constant, rows)).numpy())
    return np.concatenate(parts)


def _weights(model, known):
    """What each pixel counts: known ones, with a GAN those near the hole most.

    Equation 4 of Yeh et al.: the share of missing pixels in a window of 7.
    """
    weights = known.astype("float32")
    if not model.can("discriminate"):
        return weights
    missing = 1 - weights
    near = scipy.ndimage.uniform_filter(missing, (0, 7, 7, 0), mode="nearest")
    # Far from a hole there is nothing to count by: a little of everything.
    return weights * np.maximum(near, 0.05)


def _loss_of(model):
    """The loss of a search, as `LatentSearch` takes it."""
    table = model.endpoints()
    if "discriminate" in table:
        return functools.partial(_gan_loss, table["discriminate"])
    log_prior = _standard_normal
    if "log_prior" in table:
        log_prior = table["log_prior"].function
    return functools.partial(_posterior_loss, log_prior)


def _standard_normal(latents):
    """Log density, but for a constant."""
    return -0.5 * tf.reduce_sum(tf.square(latents), axis=1)


def _posterior_loss(log_prior, model, latents, images, weights, *labels):
    """`-log p(known|z) - log p(z)`, one value a row, but for constants."""
    outputs = model.data_from_latents(latents, *labels)
    if model.has_bernoulli_pixels:
        outputs = tf.clip_by_value(outputs, 1e-5, 1 - 1e-5)
        loss = -(
            images * tf.math.log(outputs)
            + (1 - images) * tf.math.log(1 - outputs)
        )
    else:
        loss = tf.square(images - outputs) / (2 * DEVIATION**2)
    return tf.reduce_sum(weights * loss, axis=[1, 2, 3]) - log_prior(latents)


def _gan_loss(discriminate, model, latents, images, weights, *labels):
    """Weighted distance on known pixels, and how little the whole looks real.

    Equations 3 to 5 of Yeh et al., with the non-saturating form of the last.
    """
    outputs = model.data_from_latents(latents, *labels)
    distance = tf.reduce_sum(weights * tf.abs(images - outputs), axis=[1, 2, 3])
    # InfoGAN draws by categories, which its discriminator does not get.
    condition = labels if "labels" in discriminate.inputs else ()
    logits = discriminate.function(outputs, *condition)
    # Latents far from those of training make what was never trained.
    excess = tf.nn.relu(
        tf.reduce_mean(tf.square(latents), axis=1) - 1.0
    ) * tf.cast(tf.shape(latents)[1], tf.float32)
    realness = tf.nn.softplus(-logits)
    return distance + PRIOR_WEIGHT * realness + PRIOR_WEIGHT * excess
