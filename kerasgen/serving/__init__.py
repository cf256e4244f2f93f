"""SavedModels for TensorFlow Serving."""

from kerasgen.serving.export import export

__all__ = ["export"]
