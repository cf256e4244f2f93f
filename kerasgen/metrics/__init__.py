"""Metrics of what a model has learned."""

from kerasgen.metrics.code_usage import CodeUsage
from kerasgen.metrics.code_usage import Perplexity

__all__ = ["CodeUsage", "Perplexity"]
