"""Keras callbacks for generative models."""

from kerasgen.callbacks.checkpoint import Checkpoint
from kerasgen.callbacks.checkpoint import CheckpointWarning
from kerasgen.callbacks.checkpoint import latest_checkpoint
from kerasgen.callbacks.collapse_monitor import CollapseMonitor
from kerasgen.callbacks.collapse_monitor import CollapseWarning
from kerasgen.callbacks.experiment_logger import ExperimentLogger
from kerasgen.callbacks.history_file import HistoryFile
from kerasgen.callbacks.quality_monitor import QualityMonitor
from kerasgen.callbacks.sample_grid import SampleGrid
from kerasgen.callbacks.time_left import TimeLeft
from kerasgen.callbacks.translation_grid import TranslationGrid

__all__ = [
    "Checkpoint",
    "CheckpointWarning",
    "CollapseMonitor",
    "CollapseWarning",
    "ExperimentLogger",
    "HistoryFile",
    "QualityMonitor",
    "SampleGrid",
    "TimeLeft",
    "TranslationGrid",
    "latest_checkpoint",
]
