"""Scores of clusters against classes."""

import numpy as np
import numpy.typing as npt


def clustering_accuracy(
    labels: npt.ArrayLike, clusters: npt.ArrayLike
) -> float:
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
        ValueError: if there are no rows, or their numbers differ, or a value
            is not finite.

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
    for name, values in (("labels", labels), ("clusters", clusters)):
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise ValueError(
                f"Argument `{name}` must be finite. Received: an array with "
                f"{np.sum(~np.isfinite(values))} values that are not."
            )
    counts = sklearn.metrics.cluster.contingency_matrix(labels, clusters)
    rows, columns = scipy.optimize.linear_sum_assignment(-counts)
    return float(counts[rows, columns].sum() / len(labels))


def clustering_scores(
    labels: npt.ArrayLike, clusters: npt.ArrayLike
) -> dict[str, float]:
    """Accuracy, normalized mutual information and adjusted Rand index.

    Args:
        labels: array of shape `(n,)`. Classes.
        clusters: array of shape `(n,)`. Clusters; -1 counts as one of them.

    Returns:
        dict of floats: `accuracy` (see `clustering_accuracy`),
        `normalized_mutual_information` and `adjusted_rand_index`, from
        scikit-learn.

    Example:

    >>> clustering_scores([0, 0, 1, 1], [1, 1, 0, 0])["adjusted_rand_index"]
    1.0
    """
    import sklearn.metrics

    return {
        "accuracy": clustering_accuracy(labels, clusters),
        "normalized_mutual_information": float(
            sklearn.metrics.normalized_mutual_info_score(labels, clusters)
        ),
        "adjusted_rand_index": float(
            sklearn.metrics.adjusted_rand_score(labels, clusters)
        ),
    }
