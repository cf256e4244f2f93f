"""What is done with any trained model."""

from kerasgen.tasks.adaptation import AdaptedClassifier
from kerasgen.tasks.adaptation import adapt
from kerasgen.tasks.anomaly_detector import AnomalyDetector
from kerasgen.tasks.augmentation import augment
from kerasgen.tasks.clustering import clusters
from kerasgen.tasks.clustering import embedding
from kerasgen.tasks.clustering import neighbour_accuracy
from kerasgen.tasks.denoising import denoise
from kerasgen.tasks.dreaming import dream
from kerasgen.tasks.evaluation import evaluate
from kerasgen.tasks.inpainting import inpaint
from kerasgen.tasks.label_spreading import spread_labels
from kerasgen.tasks.latent_classifier import LatentClassifier
from kerasgen.tasks.latent_directions import latent_directions
from kerasgen.tasks.latent_features import LatentFeatures
from kerasgen.tasks.latent_sampler import LatentSampler
from kerasgen.tasks.latent_space import interpolate
from kerasgen.tasks.latent_space import latent_arithmetic
from kerasgen.tasks.latent_space import latent_grid
from kerasgen.tasks.latent_space import traverse
from kerasgen.tasks.masks import mask
from kerasgen.tasks.measures import MEASURES
from kerasgen.tasks.pair_evaluation import evaluate_pairs
from kerasgen.tasks.static_playground import write_playground
from kerasgen.tasks.text_evaluation import evaluate_texts
from kerasgen.tasks.translated_source import TranslatedSource

__all__ = [
    "MEASURES",
    "AdaptedClassifier",
    "AnomalyDetector",
    "LatentClassifier",
    "LatentFeatures",
    "LatentSampler",
    "TranslatedSource",
    "adapt",
    "augment",
    "clusters",
    "denoise",
    "dream",
    "embedding",
    "evaluate",
    "evaluate_pairs",
    "evaluate_texts",
    "inpaint",
    "interpolate",
    "latent_arithmetic",
    "latent_directions",
    "latent_grid",
    "mask",
    "neighbour_accuracy",
    "spread_labels",
    "traverse",
    "write_playground",
]
