"""Scores of clusters against classes."""

import numpy as np


def clustering_accuracy(labels, clusters):
    """Share of rows in their class, under the best matching of clusters to it.

    Each cluster stands for at most one class and each class for at most one
    cluster (Hungarian method; Xie et al., equation 10). For scores that need
    no matching, see `sklearn.metrics.adjusted_rand_score` and
    `normalized_mutual_info_score`.

    Args:
        labels: array of shape `(n,)`. Classes.
        clusters: array of shape `(n,)`. Clusters; -1 counts as one of them.

    Returns:
        float from 0 to 1.

    Raises:
        ValueError: if there are no rows, or their numbers differ.

    Example:

    >>> clustering_accuracy([0, 0, 1, 1], [5, 5, 3, 5])
    0.75

    References:
        - Xie et al. (2016), Unsupervised Deep Embedding for Clustering
          Analysis, https://arxiv.org/abs/1511.06335
    """
    import scipy.optimize
    import sklearn.metrics

    labels, clusters = np.asarray(labels), np.asarray(clusters)
    if labels.ndim != 1 or labels.shape != clusters.shape or not len(labels):
        raise ValueError(
            "Arguments `labels` and `clusters` must be of one shape (rows,). "
            f"Received: shapes {labels.shape} and {clusters.shape}."
        )
    counts = sklearn.metrics.cluster.contingency_matrix(labels, clusters)
    rows, columns = scipy.optimize.linear_sum_assignment(-counts)
    return float(counts[rows, columns].sum() / len(labels))
