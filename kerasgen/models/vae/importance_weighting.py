"""Importance-weighted bounds on the log-likelihood of images."""

import keras
import numpy as np
import tensorflow as tf

from kerasgen.engine.finite import check_weights
from kerasgen.engine.finite import checked_values
from kerasgen.models.binarization import binarized
from kerasgen.models.binarization import binarized_rows
from kerasgen.utils import random
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.seeds import seed_rows
from kerasgen.utils.tracing import traced

# Samples of one image that are drawn from one seed. The noise of a sample must
# not depend on how many rows are decoded at a time.
_BLOCK = 100
# Room for as many blocks of an image.
_BLOCKS = 2**20
# Samples an image in an export, within one block.
SERVED_SAMPLES = 16


def log_densities(model, images, noise, labels=None, training=False):
    """Log densities of `k` samples of `q(z|x)` for each image.

    Args:
        model: `VAE`.
        images: float tensor of shape `(batch, *data_shape)`, binarized.
        noise: standard normals of shape `(batch, k, latent_dim)`.
        labels: int tensor of shape `(batch,)`, where the model has classes.
        training: bool.

    Returns:
        `log p(x|z)`, `log p(z)` and `log q(z|x)`, in nats: float32 tensors of
        shape `(batch, k)`.
    """
    number = noise.shape[1]

    def repeated(rows):
        return tf.repeat(rows, number, axis=0)

    mean, log_variance = map(
        repeated, model.posterior(images, labels, training)
    )
    epsilon = tf.reshape(noise, (-1, noise.shape[-1]))
    latents = mean + tf.exp(0.5 * log_variance) * epsilon
    if labels is not None:
        labels = repeated(labels)
    outputs = model.decoder_outputs(latents, labels, training)
    values = (
        model.log_likelihood_of(repeated(images), outputs),
        model.log_prior(latents),
        model.log_posterior(latents, mean, log_variance),
    )
    return [tf.reshape(value, (-1, number)) for value in values]


def log_mean_exp(log_weights):
    """`log 1/k sum exp(log_weights)` over the last axis."""
    number = tf.cast(tf.shape(log_weights)[-1], tf.float32)
    return tf.reduce_logsumexp(log_weights, axis=-1) - tf.math.log(number)


def log_likelihood(
    model,
    images,
    num_samples,
    binarization,
    seed,
    batch_size,
    labels,
    verbose,
):
    """`VAE.log_likelihood`, which says what it takes and returns."""
    images = model.kind.checked_input(images, "images")
    check_positive_integer("num_samples", num_samples)
    check_positive_integer("batch_size", batch_size)
    check_weights(model)
    if binarization == "model":
        binarization = model.binarization
    model.check_binarization(binarization)
    seed = random.check_seed(seed)
    labels = model.checked_labels(labels, len(images))
    images = binarized(images, binarization, seed)
    sums = _log_sums(
        model, [images, *labels], num_samples, seed, batch_size, verbose
    )
    bound = np.logaddexp.reduce(sums, axis=1) - np.log(num_samples)
    return checked_values(model, bound.astype(np.float32))


def log_likelihood_from_seeds(model, images, seeds, *labels):
    """`VAE.log_likelihood` of `SERVED_SAMPLES` samples; tensors.

    Row `(s, i)` of the seeds draws what image `i` has there with the seed `s`.
    """
    seeds = tf.cast(seeds, tf.int64)
    latents = random.Family.LATENTS
    family, _ = tf.unstack(random.family_seed(0, latents, 0))
    # The first block of an image is numbered as in `_log_sums`.
    seeds_of_latents = seeds * [[1, _BLOCKS]] + tf.stack([family, 0])
    noise = random.normal_from_seed_rows(
        seeds_of_latents, (SERVED_SAMPLES, model.latent_dim)
    )
    images = binarized_rows(images, model.binarization, seeds)
    with model.averaged_weights():
        log_weights = _log_weights(model, images, noise, labels)
    sums = tf.cast(tf.reduce_logsumexp(log_weights, axis=1), tf.float64)
    return tf.cast(sums - np.log(SERVED_SAMPLES), tf.float32)


def _log_weights(model, images, noise, labels):
    log_likelihood, log_prior, log_posterior = log_densities(
        model, images, noise, *labels
    )
    return log_likelihood + log_prior - log_posterior


def _log_sums(model, columns, num_samples, seed, batch_size, verbose):
    """Logs of summed weights, a float64 array of shape `(n, blocks)`.

    Samples come in blocks of one image. A tile of blocks is decoded at a time,
    and of each block only the log of its summed weights is kept.

    Args:
        columns: list of the images, and of their labels if there are any.
    """
    block = min(num_samples, _BLOCK)
    num_blocks = -(-num_samples // block)
    # The last block of an image may have fewer samples than the others.
    valid = np.full(num_blocks, block, np.int32)
    valid[-1] = num_samples - block * (num_blocks - 1)
    total = len(columns[0]) * num_blocks
    tile = min(max(batch_size // block, 1), total)
    function = _tile_function(model, block)
    sums = np.empty(total, np.float64)
    progress = keras.utils.Progbar(total * block, verbose=verbose)
    for start in range(0, total, tile):
        # Always as many blocks, so that nothing is traced again.
        place = np.minimum(np.arange(start, start + tile), total - 1)
        image, number = np.divmod(place, num_blocks)
        seeds = seed_rows(seed, image * _BLOCKS + number, random.Family.LATENTS)
        rows = [seeds, valid[number], *(column[image] for column in columns)]
        found = function(*map(tf.constant, rows)).numpy()
        end = min(start + tile, total)
        sums[start:end] = found[: end - start]
        progress.update(end * block)
    return sums.reshape(-1, num_blocks)


def _tile_function(model, block):
    """Seeds and images of blocks -> logs of their summed weights."""

    def tile(seeds, valid, images, *labels):
        noise = random.normal_from_bits(
            random.bits_from_seed_rows(seeds, (block, model.latent_dim))
        )
        is_valid = tf.sequence_mask(valid, block)
        with model.averaged_weights():
            log_weights = _log_weights(model, images, noise, labels)
        log_weights = tf.where(is_valid, log_weights, -np.inf)
        return tf.reduce_logsumexp(log_weights, axis=1)

    key = "log_likelihood", block, model.which_weights()
    return model._compiled_functions.setdefault(key, traced(tile))
