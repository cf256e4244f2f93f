"""SavedModels for TensorFlow Serving."""

from kerasgen.serving.check import check_export
from kerasgen.serving.export import export

__all__ = ["check_export", "export"]
