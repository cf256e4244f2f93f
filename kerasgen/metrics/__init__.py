"""Metrics of what a model has learned."""

from kerasgen.metrics.classifier import ClassifierScore
from kerasgen.metrics.classifier import classification_accuracy_score
from kerasgen.metrics.classifier import classifier_score
from kerasgen.metrics.clustering import clustering_accuracy
from kerasgen.metrics.clustering import clustering_scores
from kerasgen.metrics.code_usage import CodeUsage
from kerasgen.metrics.code_usage import Perplexity
from kerasgen.metrics.factors import FactorSampler
from kerasgen.metrics.factors import numbered_factors
from kerasgen.metrics.feature_network import classifier_network
from kerasgen.metrics.feature_network import feature_network
from kerasgen.metrics.frechet import FrechetDistance
from kerasgen.metrics.frechet import frechet_distance
from kerasgen.metrics.frechet import frechet_distance_at_infinity
from kerasgen.metrics.inception import inception_network
from kerasgen.metrics.kernel import KernelDistance
from kerasgen.metrics.kernel import kernel_distance
from kerasgen.metrics.latents import active_units
from kerasgen.metrics.latents import factor_vae_score
from kerasgen.metrics.latents import mutual_information_gap
from kerasgen.metrics.likelihood import bits_per_dimension
from kerasgen.metrics.manifold import precision_recall_density_coverage
from kerasgen.metrics.means import ExponentialMean
from kerasgen.metrics.memorization import authenticity_share
from kerasgen.metrics.memorization import memorization_share
from kerasgen.metrics.modes import mode_coverage
from kerasgen.metrics.similarity import mean_pairwise_ms_ssim
from kerasgen.metrics.similarity import peak_signal_to_noise_ratio
from kerasgen.metrics.similarity import structural_similarity
from kerasgen.metrics.texts import copied_ngrams
from kerasgen.metrics.texts import distinct_ngrams
from kerasgen.metrics.vendi import vendi_score
from kerasgen.metrics.wasserstein import sliced_wasserstein_distance

__all__ = [
    "ClassifierScore",
    "CodeUsage",
    "ExponentialMean",
    "FactorSampler",
    "FrechetDistance",
    "KernelDistance",
    "Perplexity",
    "active_units",
    "authenticity_share",
    "bits_per_dimension",
    "classification_accuracy_score",
    "classifier_network",
    "classifier_score",
    "clustering_accuracy",
    "clustering_scores",
    "copied_ngrams",
    "distinct_ngrams",
    "factor_vae_score",
    "feature_network",
    "frechet_distance",
    "frechet_distance_at_infinity",
    "inception_network",
    "kernel_distance",
    "mean_pairwise_ms_ssim",
    "memorization_share",
    "mode_coverage",
    "mutual_information_gap",
    "numbered_factors",
    "peak_signal_to_noise_ratio",
    "precision_recall_density_coverage",
    "sliced_wasserstein_distance",
    "structural_similarity",
    "vendi_score",
]
