"""Words that options of the command line may be."""

import enum


class Strategy(enum.StrEnum):
    none = "none"
    mirrored = "mirrored"
    multiworker = "multiworker"


class Precision(enum.StrEnum):
    float32 = "float32"
    bfloat16 = "bfloat16"
    float16 = "float16"


class Logger(enum.StrEnum):
    mlflow = "mlflow"
    wandb = "wandb"
    trackio = "trackio"


class DirectionsMethod(enum.StrEnum):
    sefa = "sefa"
    ganspace = "ganspace"


class EmbeddingMethod(enum.StrEnum):
    tsne = "tsne"
    pca = "pca"
    umap = "umap"


class ClusteringMethod(enum.StrEnum):
    kmeans = "kmeans"
    gmm = "gmm"
    dbscan = "dbscan"
    hdbscan = "hdbscan"


class ClusteringSpace(enum.StrEnum):
    latents = "latents"
    tsne = "tsne"
    umap = "umap"


class Mask(enum.StrEnum):
    center = "center"
    left = "left"
    random = "random"


class InpaintingMethod(enum.StrEnum):
    search = "search"
    sampling = "sampling"
    flow = "flow"


class Degradation(enum.StrEnum):
    noise = "noise"
    grey = "grey"
    downscale = "downscale"
    mask = "mask"


class Domain(enum.StrEnum):
    target = "target"
    source = "source"


class InterpolationMethod(enum.StrEnum):
    slerp = "slerp"
    linear = "linear"


class AnomalyScore(enum.StrEnum):
    reconstruction_error = "reconstruction_error"
    reconstruction_probability = "reconstruction_probability"
    likelihood = "likelihood"
    latent_density = "latent_density"
    encoder_residual = "encoder_residual"
    search = "search"
