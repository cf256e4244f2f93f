"""Keras callbacks for generative models."""

from kerasgen.callbacks.checkpoint import Checkpoint
from kerasgen.callbacks.checkpoint import latest_checkpoint
from kerasgen.callbacks.collapse_monitor import CollapseMonitor
from kerasgen.callbacks.collapse_monitor import CollapseWarning
from kerasgen.callbacks.quality_monitor import QualityMonitor
from kerasgen.callbacks.sample_grid import SampleGrid

__all__ = [
    "Checkpoint",
    "CollapseMonitor",
    "CollapseWarning",
    "QualityMonitor",
    "SampleGrid",
    "latest_checkpoint",
]
