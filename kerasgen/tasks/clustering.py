"""Maps of latents, and clusters in them; one-liners over scikit-learn."""

import numpy as np

from kerasgen.utils.arguments import check_choice
from kerasgen.utils.neighbour_map import umap_points

EMBEDDINGS = ("tsne", "pca", "umap")
CLUSTERINGS = ("kmeans", "gmm", "dbscan", "hdbscan")


def embedding(features, method="tsne", seed=0):
    """Points of a plane that stand for features.

    Args:
        features: array of shape `(n, d)`, such as `LatentFeatures` gives.
        method: str. `"tsne"`, `"pca"`, or `"umap"`, for which `umap-learn`
            must be installed.
        seed: int.

    Returns:
        float array of shape `(n, 2)`.

    Raises:
        ValueError: for another method, or features that are no rows.
        ImportError: for `"umap"` where `umap-learn` is missing.

    Example:

    >>> features = np.random.default_rng(0).normal(size=(50, 8))
    >>> embedding(features, "pca").shape
    (50, 2)
    """
    check_choice("method", method, EMBEDDINGS)
    features = np.asarray(features)
    _check_rows(features)
    if features.shape[1] == 1:
        # A line, which is all there is to see.
        return np.concatenate([features, np.zeros_like(features)], axis=1)
    if features.shape[1] == 2 and method == "pca":
        return features
    if method == "umap":
        return umap_points(features, seed)
    if method == "tsne":
        import sklearn.manifold

        return sklearn.manifold.TSNE(
            perplexity=min(30, (len(features) - 1) / 3),
            init="pca",
            random_state=seed,
        ).fit_transform(features)
    import sklearn.decomposition

    return sklearn.decomposition.PCA(2, random_state=seed).fit_transform(
        features
    )


def clusters(features, method="kmeans", num_clusters=10, seed=0, **options):
    """A cluster for each row of features.

    Args:
        features: array of shape `(n, d)`: latents, or a map of them.
        method: str. `"kmeans"` or `"gmm"` (Gaussian mixture), of
            `num_clusters`; `"dbscan"` or `"hdbscan"`, which find how many there
            are and leave rows between them as noise.
        num_clusters: int.
        seed: int.
        **options: Other arguments of scikit-learn's estimator. The radius of
            DBSCAN, `eps`, defaults to the distance within which 95% of rows
            have `min_samples` others, and the least size of clusters of HDBSCAN
            to one percent of the rows.

    Returns:
        int array of shape `(n,)`; -1 is noise.

    Raises:
        ValueError: for another method, or features that are no rows.

    Example:

    >>> draw = np.random.default_rng(0).normal
    >>> rows = np.concatenate([draw(size=(50, 2)), draw(9, size=(50, 2))])
    >>> len(set(clusters(rows, num_clusters=2)))
    2
    """
    check_choice("method", method, CLUSTERINGS)
    features = np.asarray(features, np.float64)
    _check_rows(features)
    if method == "kmeans":
        import sklearn.cluster

        found = sklearn.cluster.KMeans(
            num_clusters, **{"n_init": 20, "random_state": seed, **options}
        )
    elif method == "gmm":
        import sklearn.mixture

        found = sklearn.mixture.GaussianMixture(
            num_clusters, **{"n_init": 5, "random_state": seed, **options}
        )
    elif method == "dbscan":
        import sklearn.cluster

        options = {"min_samples": 10, **options}
        options.setdefault("eps", _radius(features, options["min_samples"]))
        found = sklearn.cluster.DBSCAN(**options)
    else:
        import sklearn.cluster

        size = max(5, len(features) // 100)
        found = sklearn.cluster.HDBSCAN(
            **{"min_cluster_size": size, "copy": True, **options}
        )
    return found.fit_predict(features)


def neighbour_accuracy(points, labels):
    """How often the nearest other point has the same class, from 0 to 1."""
    import sklearn.neighbors

    labels = np.asarray(labels)
    found = sklearn.neighbors.NearestNeighbors(n_neighbors=1).fit(points)
    nearest = found.kneighbors(return_distance=False)[:, 0]
    return float((labels[nearest] == labels).mean())


def _check_rows(features):
    if features.ndim != 2:
        raise ValueError(
            "Argument `features` must have shape (n, d). Received: features of "
            f"shape {features.shape}. Encode images, `model.encode(images)`, "
            "or lay them flat, `images.reshape(len(images), -1)`."
        )
    if not np.isfinite(features).all():
        raise ValueError(
            "Argument `features` must be finite. Received: features with NaN "
            "or infinite values. Find them with `np.isfinite`."
        )


def _radius(features, number):
    import sklearn.neighbors

    found = sklearn.neighbors.NearestNeighbors(n_neighbors=number).fit(features)
    distances, _ = found.kneighbors()
    return float(np.quantile(distances[:, -1], 0.95))
