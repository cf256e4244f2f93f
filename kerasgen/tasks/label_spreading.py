"""Labels for all rows, from the few that have one."""

import warnings

import numpy as np
import scipy.sparse
import sklearn.exceptions
import sklearn.neighbors
import sklearn.semi_supervised

from kerasgen.utils.arguments import check_positive_integer

# Of the flow of labels.
NUM_STEPS = 50


def spread_labels(features, labels, unlabeled=-1, num_neighbors=10, alpha=0.99):
    """Labels that spread along a graph of neighbours.

    Each row is joined to its nearest neighbours, each pair with the weight
    `exp(-|a - b|^2 / (s_a s_b))`, where `s` is the distance of the last
    neighbour (Zelnik-Manor and Perona); labels then flow along the edges, by
    scikit-learn's `LabelSpreading` (Zhou et al.).

    Args:
        features: array of shape `(n, d)`, such as `LatentFeatures` gives.
        labels: array of shape `(n,)` that holds `unlabeled` where none is
            known.
        unlabeled: what stands for no label.
        num_neighbors: int. Neighbours of a row.
        alpha: float, over 0 and below 1. How much a row heeds its neighbours
            rather than the label that it was given.

    Returns:
        array like `labels`. A row that no label reaches keeps `unlabeled`.

    Raises:
        ValueError: if there is no label at all, or for settings out of range.

    Example:

    >>> features = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]])
    >>> labels = np.array([7, -1, -1, 8, -1, -1])
    >>> spread_labels(features, labels, num_neighbors=2)
    array([7, 7, 7, 8, 8, 8])

    References:
        - Zhou et al. (2004), Learning with Local and Global Consistency
        - Zelnik-Manor and Perona (2004), Self-Tuning Spectral Clustering
    """
    check_positive_integer("num_neighbors", num_neighbors)
    if not 0 < alpha < 1:
        raise ValueError(
            "Argument `alpha` must be over 0 and below 1. Received: "
            f"alpha={alpha!r}."
        )
    features, labels = np.asarray(features), np.asarray(labels)
    known = labels != unlabeled
    if not known.any():
        raise ValueError(
            "Argument `labels` must hold labels of some rows. Received: only "
            f"{unlabeled}, which stands for no label."
        )
    classes, codes = np.unique(labels[known], return_inverse=True)
    # -1 is what scikit-learn takes for no label.
    start = np.full(len(labels), -1)
    start[known] = codes
    graph = _graph(features, min(num_neighbors, len(features) - 1))
    spreading = sklearn.semi_supervised.LabelSpreading(
        kernel=lambda rows, others: graph, alpha=alpha, max_iter=NUM_STEPS
    )
    with warnings.catch_warnings():
        # The steps are given: that labels may still move is no fault.
        warnings.simplefilter("ignore", sklearn.exceptions.ConvergenceWarning)
        spreading.fit(features, start)
    reached = spreading.label_distributions_.sum(axis=1) > 0
    found = labels.copy()
    found[reached] = classes[spreading.transduction_[reached]]
    return found


def _graph(features, number):
    """Weights of the edges, a symmetric sparse matrix."""
    neighbors = sklearn.neighbors.NearestNeighbors(n_neighbors=number)
    distances, columns = neighbors.fit(features).kneighbors()
    # Rows that are all alike have no distance to scale by.
    scale = np.maximum(distances[:, -1], 1e-12)
    weights = np.exp(-(distances**2) / (scale[:, None] * scale[columns]))
    starts = np.arange(0, weights.size + 1, number)
    graph = scipy.sparse.csr_matrix(
        (weights.ravel(), columns.ravel(), starts), shape=(len(features),) * 2
    )
    return graph.maximum(graph.T)
