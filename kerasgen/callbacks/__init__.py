"""Keras callbacks for generative models."""

from kerasgen.callbacks.checkpoint import Checkpoint
from kerasgen.callbacks.checkpoint import latest_checkpoint
from kerasgen.callbacks.sample_grid import SampleGrid

__all__ = ["Checkpoint", "SampleGrid", "latest_checkpoint"]
