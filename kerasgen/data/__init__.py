"""Images for training: named data sets, folders and arrays as `tf.data`."""

from kerasgen.data.arrays import from_arrays
from kerasgen.data.folders import from_folder
from kerasgen.data.named import load
from kerasgen.data.named import load_arrays
from kerasgen.data.named import names

__all__ = ["from_arrays", "from_folder", "load", "load_arrays", "names"]
