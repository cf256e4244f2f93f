"""Pages of the site that are made of code, of notebooks and of other files."""

from kerasgen.cli.tensorflow_import import load_tensorflow

# Whatever imports it later, it is silent.
load_tensorflow()
