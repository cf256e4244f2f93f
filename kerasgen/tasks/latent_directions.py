"""Directions of latents that change images most."""

import keras
import numpy as np
import tensorflow as tf

from kerasgen.tasks.requirements import check_vectors
from kerasgen.utils.arguments import check_choice
from kerasgen.utils.arguments import check_positive_integer
from kerasgen.utils.seeds import seed_rows

METHODS = ("sefa", "ganspace")
_WEIGHTED = (
    keras.layers.Dense,
    keras.layers.Conv2D,
    keras.layers.Conv2DTranspose,
)
_BATCH = 500


def latent_directions(
    model,
    method="sefa",
    num_directions=10,
    num_samples=5_000,
    layer=None,
    seed=0,
):
    """Finds directions along which latents change images most, without labels.

    `"sefa"` asks the weights A of the first layer alone, in closed form: which
    unit vectors n maximize `|A n|^2`, the eigenvectors of `A^T A` with the
    largest eigenvalues (equations 4 and 5 of Shen and Zhou). `"ganspace"` draws
    latents and takes the principal components of what an early layer makes of
    them; directions are the least-squares map from their coordinates back to
    latents (section 2 of Härkönen et al., as for BigGAN).

    What a direction does to images, `kerasgen.tasks.traverse` shows.

    Args:
        model: `GenerativeModel` whose latents are vectors that a network takes:
            GANs, VAEs and autoencoders.
        method: str. `"sefa"` or `"ganspace"`.
        num_directions: int. How many, the strongest first; at most as many as
            latents.
        num_samples: int. Latents that are drawn for `"ganspace"`.
        layer: str or None. Name of a layer whose output is taken for
            `"ganspace"`; by default what enters the second layer of weights.
        seed: int. Of the latents that are drawn.

    Returns:
        (directions, strengths): float32 arrays of shape
        `(num_directions, latent_dim)`, of unit vectors, and
        `(num_directions,)`, the eigenvalues, or variances of components.

    Raises:
        ValueError: for a model without such latents, or a network of whose
            layers the method can make nothing.

    Example:

    >>> import kerasgen
    >>> model = kerasgen.DCGAN((8, 8, 1), latent_dim=16, seed=0)
    >>> directions, strengths = latent_directions(model, num_directions=3)
    >>> directions.shape
    (3, 16)
    >>> latents = np.zeros((1, 16))
    >>> moved = kerasgen.tasks.traverse(model, latents, directions=directions)
    >>> moved.shape
    (1, 3, 9, 8, 8, 1)

    References:
        - Shen and Zhou (2021), Closed-Form Factorization of Latent Semantics in
          GANs, https://arxiv.org/abs/2007.06600
        - Härkönen et al. (2020), GANSpace: Discovering Interpretable GAN
          Controls, https://arxiv.org/abs/2004.02546
    """
    check_vectors(model)
    check_choice("method", method, METHODS)
    check_positive_integer("num_directions", num_directions)
    check_positive_integer("num_samples", num_samples)
    network = model.decoding_network
    if network is None:
        raise ValueError(
            "Argument `model` must have a network that takes its latents. "
            f"Received: {type(model).__name__}. Use a GAN, VAE or autoencoder."
        )
    number = min(num_directions, model.latent_shape[0])
    if method == "sefa":
        found, strengths = _by_weights(model, network, number)
    else:
        found, strengths = _by_components(
            model, network, number, num_samples, layer, seed
        )
    found = found / np.linalg.norm(found, axis=1, keepdims=True)
    # Either sign is as good; one makes results comparable.
    largest = np.abs(found).argmax(axis=1)
    found *= np.sign(found[np.arange(len(found)), largest])[:, None]
    return found.astype(np.float32), strengths.astype(np.float32)


def _by_weights(model, network, number):
    """SeFa: eigenvectors of `A^T A` and eigenvalues, largest first."""
    with model.averaged_weights():
        matrix = _first_matrix(network)
    # Classes, if there are any, come after the latents.
    matrix = matrix[: model.latent_shape[0]]
    values, vectors = np.linalg.eigh(matrix @ matrix.T)
    return vectors.T[::-1][:number], values[::-1][:number]


def _first_matrix(network):
    """Weights of the first layer, float64 of shape `(length, outputs)`."""
    length = network.input_shape[-1]
    layers = _weighted_layers(network)
    if layers:
        kernel = np.array(layers[0].kernel, np.float64)
        # The axis of a kernel that inputs are on.
        inputs = {2: 0, 4: 2}[kernel.ndim]
        if isinstance(layers[0], keras.layers.Conv2DTranspose):
            inputs = 3
        matrix = np.moveaxis(kernel, inputs, 0)
        if len(matrix) == length:
            return matrix.reshape(length, -1)
    raise ValueError(
        "Argument `model` must begin with a layer of weights that takes all "
        f"latents, for 'sefa'. Received: {network.name!r}, of other layers. "
        "Use method='ganspace'."
    )


def _weighted_layers(network):
    return [
        layer
        for layer in network._flatten_layers(include_self=False)
        if isinstance(layer, _WEIGHTED)
    ]


def _by_components(model, network, number, num_samples, layer, seed):
    """GANSpace: directions of components and their variances."""
    import sklearn.decomposition
    import sklearn.linear_model

    draw = tf.function(model.latents_from_seeds)  # Eagerly, a row at a time.
    latents = draw(tf.constant(seed_rows(seed, num_samples))).numpy()
    features = _features(model, network, latents, layer)
    number = min(number, *features.shape)
    components = sklearn.decomposition.PCA(
        number, svd_solver="randomized", random_state=seed
    )
    coordinates = components.fit_transform(features)
    regression = sklearn.linear_model.LinearRegression()
    regression.fit(coordinates, latents)
    return regression.coef_.T, components.explained_variance_


def _features(model, network, latents, layer):
    """What an early layer makes of latents, flat rows."""
    inputs = _with_classes(latents, network.input_shape[-1])
    to_features = keras.Model(network.inputs, _output(network, layer))
    parts = []
    with model.averaged_weights():
        for start in range(0, len(inputs), _BATCH):
            rows = tf.constant(inputs[start : start + _BATCH])
            found = to_features(rows, training=False)
            parts.append(np.array(tf.cast(found, tf.float32)))
    return np.concatenate(parts).reshape(len(inputs), -1)


def _output(network, layer):
    """The tensor of a layer by its name, or of what the second one takes."""
    names = [each.name for each in network.layers]
    if layer is not None:
        check_choice("layer", layer, names)
        return network.get_layer(layer).output
    weighted = [each for each in network.layers if isinstance(each, _WEIGHTED)]
    return weighted[1].input if len(weighted) > 1 else network.outputs[0]


def _with_classes(latents, length):
    """Latents, and after them one-hot classes in turn where there are some."""
    num_classes = length - latents.shape[1]
    if not num_classes:
        return latents
    classes = np.eye(num_classes, dtype=np.float32)
    turns = np.arange(len(latents)) % num_classes
    return np.concatenate([latents, classes[turns]], axis=1)
