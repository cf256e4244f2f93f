"""What is done with any trained model."""

from kerasgen.tasks.evaluation import MEASURES
from kerasgen.tasks.evaluation import evaluate

__all__ = ["MEASURES", "evaluate"]
