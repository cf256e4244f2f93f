"""Poisson blending."""

import numpy as np
import scipy.sparse
import scipy.sparse.linalg


def blend(filling, images, known):
    """Fits the brightness of fillings to the pixels around them.

    Missing pixels get the values whose differences from their neighbours are,
    in the least-squares sense, those of the filling, while known pixels stay
    (Perez et al., equation 7). Holes at the edge of the picture end free.

    Args:
        filling: array of shape `(n, height, width, channels)`.
        images: array of the same shape.
        known: bool array of shape `(n, height, width)`. Where `images` stay;
            somewhere in each image.

    Returns:
        array of the same shape, in [0, 1].

    References:
        - Perez et al. (2003), Poisson Image Editing
    """
    result = np.array(filling, np.float64)
    for masks, rows in _by_mask(known):
        result[rows] = _blend_mask(
            result[rows], np.asarray(images)[rows], masks
        )
    return np.clip(result, 0, 1)


def _by_mask(known):
    """(mask, rows that have it): one system of equations for each mask."""
    flat = known.reshape(len(known), -1)
    masks, index = np.unique(flat, axis=0, return_inverse=True)
    index = index.reshape(-1)
    for number, mask in enumerate(masks):
        if not mask.all():
            yield mask.reshape(known.shape[1:]), np.flatnonzero(index == number)


def _blend_mask(filling, images, known):
    laplacian = _laplacian(*known.shape)
    missing = ~known.ravel()
    inside = laplacian[missing][:, missing].tocsc()
    across = laplacian[missing][:, ~missing]
    solve = scipy.sparse.linalg.factorized(inside)
    blended = filling.copy()
    for image, target, result in zip(images, filling, blended):
        for channel in range(image.shape[-1]):
            wanted = laplacian[missing] @ target[..., channel].ravel()
            edge = across @ image[..., channel].ravel()[~missing]
            values = result[..., channel].ravel()
            values[missing] = solve(wanted - edge)
            result[..., channel] = values.reshape(known.shape)
    return blended


def _laplacian(height, width):
    """Of a grid whose edge ends free: neighbours minus as often the pixel."""

    def path(length):
        matrix = scipy.sparse.diags(
            [np.ones(length - 1), np.ones(length - 1)], [-1, 1]
        )
        return matrix - scipy.sparse.diags(
            np.asarray(matrix.sum(axis=1)).ravel()
        )

    return scipy.sparse.csr_matrix(
        scipy.sparse.kron(path(height), scipy.sparse.eye(width))
        + scipy.sparse.kron(scipy.sparse.eye(height), path(width))
    )
