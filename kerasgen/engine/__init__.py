"""What trains any model: batches and their noise, optimizers, averages, fit.

It knows kinds of data, and nothing of generation.
"""

from kerasgen.engine.arguments import REQUIRED
from kerasgen.engine.arguments import Argument
from kerasgen.engine.arguments import NetworkArgument
from kerasgen.engine.arguments import at_least
from kerasgen.engine.arguments import below_one
from kerasgen.engine.arguments import in_range
from kerasgen.engine.arguments import non_negative_integer
from kerasgen.engine.arguments import one_of
from kerasgen.engine.arguments import optional
from kerasgen.engine.arguments import positive_integer
from kerasgen.engine.base_model import BaseModel
from kerasgen.engine.divergence import DivergenceError
from kerasgen.engine.finite import NotFiniteError
from kerasgen.engine.global_batch import GlobalBatch

__all__ = [
    "REQUIRED",
    "Argument",
    "BaseModel",
    "DivergenceError",
    "GlobalBatch",
    "NetworkArgument",
    "NotFiniteError",
    "at_least",
    "below_one",
    "in_range",
    "non_negative_integer",
    "one_of",
    "optional",
    "positive_integer",
]
