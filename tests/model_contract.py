"""What every model promises; one subclass a model.

A subclass sets `model_class`, `arguments` (which it needs, or which make it
small: else it is trained as it is named), `config_arguments` (every other
argument, off its default) and `metric_names`. A network or a loss beside those
of the defaults has a subclass of `TrainingContract`.
"""

from tests.contract.base import DATA_SHAPE
from tests.contract.base import assert_finite
from tests.contract.base import assert_same_weights
from tests.contract.config import ConfigContract
from tests.contract.drawing import DrawingContract
from tests.contract.fitting import FitContract
from tests.contract.training import TrainingContract
from tests.export_contract import ExportContract

__all__ = [
    "DATA_SHAPE",
    "ModelContract",
    "TrainingContract",
    "assert_finite",
    "assert_same_weights",
]


class ModelContract(
    ConfigContract, FitContract, DrawingContract, ExportContract
):
    """All of it."""
