"""Maps that keep neighbours, by the optional umap-learn."""


def umap_points(features, seed):
    """Points of a plane whose neighbours are those of features.

    Args:
        features: array of shape `(n, d)`.
        seed: int.

    Returns:
        float array of shape `(n, 2)`.

    Raises:
        ImportError: if umap-learn is not installed.
    """
    check_umap()
    import umap

    # Near neighbours may lie as near as they like, which suits clustering.
    reducer = umap.UMAP(
        n_neighbors=min(20, len(features) - 1),
        min_dist=0.0,
        n_jobs=1,
        random_state=seed,
    )
    return reducer.fit_transform(features)


def check_umap():
    """Raises `ImportError` unless umap-learn is installed."""
    try:
        import umap  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "This needs umap-learn: pip install 'kerasgen-zoo[umap]'."
        ) from error
