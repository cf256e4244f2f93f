"""Data for training: named data sets, folders, files, arrays as `tf.data`."""

from kerasgen.data.arrays import from_arrays
from kerasgen.data.factors import factor_names
from kerasgen.data.factors import label_reader
from kerasgen.data.factors import load_factors
from kerasgen.data.folders import from_folder
from kerasgen.data.image_folder import LeftOutWarning
from kerasgen.data.kinds import Images
from kerasgen.data.kinds import Rows
from kerasgen.data.kinds import Tokens
from kerasgen.data.measured_shapes import measure_shapes
from kerasgen.data.named import class_names
from kerasgen.data.named import has_classes
from kerasgen.data.named import load
from kerasgen.data.named import load_arrays
from kerasgen.data.named import num_classes
from kerasgen.data.named import splits
from kerasgen.data.pairs import load_pairs
from kerasgen.data.shapes import draw_shapes
from kerasgen.data.texts import load_text
from kerasgen.data.texts import read_text
from kerasgen.data.tokenizers import BytePairTokenizer
from kerasgen.data.tokenizers import ByteTokenizer
from kerasgen.data.tokenizers import CharacterTokenizer
from kerasgen.data.tokenizers import Tokenizer
from kerasgen.utils.dataset_names import data_dir
from kerasgen.utils.dataset_names import is_folder
from kerasgen.utils.dataset_names import is_here
from kerasgen.utils.dataset_names import names

__all__ = [
    "BytePairTokenizer",
    "ByteTokenizer",
    "CharacterTokenizer",
    "Images",
    "LeftOutWarning",
    "Rows",
    "Tokenizer",
    "Tokens",
    "class_names",
    "data_dir",
    "draw_shapes",
    "factor_names",
    "from_arrays",
    "from_folder",
    "has_classes",
    "is_folder",
    "is_here",
    "label_reader",
    "load",
    "load_arrays",
    "load_text",
    "load_pairs",
    "load_factors",
    "measure_shapes",
    "names",
    "num_classes",
    "read_text",
    "splits",
]
