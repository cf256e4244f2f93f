"""What the files of all formats can be asked."""

import abc
import dataclasses

# Where inputs and outputs must have different names, an output that is called
# as an input gets this besides.
_OUTPUT = "_out"


@dataclasses.dataclass(frozen=True)
class Tensor:
    """An input or output of a signature.

    Attributes:
        dtype: str, NumPy's name of the type.
        shape: tuple of int, or of `None` for any size.
    """

    dtype: str
    shape: tuple


class ModelFile(abc.ABC):
    """A file of a model that a runtime runs.

    Args:
        path: `pathlib.Path`. It is read, and not run yet.
    """

    def __init__(self, path):
        self.path = path

    @staticmethod
    @abc.abstractmethod
    def write(traces, path, folder, quantize):
        """Writes signatures to a file, without metadata.

        Args:
            traces: dict from signature name to a `tf.function` with an input
                signature, which returns a dict of tensors.
            path: `pathlib.Path` of the file.
            folder: `pathlib.Path` of a folder for what is needed meanwhile.
            quantize: bool. Whether weights are stored in 8 bits, where the
                format can.

        Raises:
            Exception: of the converter, for what it cannot do.
        """

    @abc.abstractmethod
    def properties(self):
        """The file's metadata that are text, a dict from str to str."""

    @abc.abstractmethod
    def annotate(self, properties):
        """Writes metadata into the file, a dict from str to str."""

    @abc.abstractmethod
    def foreign_operations(self):
        """Operations that are not the format's own, a set of str."""

    @abc.abstractmethod
    def signatures(self):
        """dict from signature name to (inputs, outputs).

        These are dicts from name to `Tensor`.
        """

    @abc.abstractmethod
    def run(self, signature, inputs):
        """Runs a signature.

        Args:
            signature: str.
            inputs: dict from name to array.

        Returns:
            dict from name to array.
        """


def with_names_of_their_own(function):
    """A `tf.function` whose outputs are not called as its inputs are."""
    # It imports TensorFlow, without which files are run.
    from kerasgen.utils.tracing import traced

    names = {spec.name for spec in function.input_signature}

    def renamed(*tensors):
        return {
            f"{name}{_OUTPUT}" if name in names else name: rows
            for name, rows in function(*tensors).items()
        }

    return traced(renamed, function.input_signature)


def write_saved_model(traces, folder):
    """Writes a SavedModel of `tf.function`s, for converters to read."""
    import tensorflow as tf

    module = tf.Module()
    found = {name: f.get_concrete_function() for name, f in traces.items()}
    variables = (v for trace in found.values() for v in trace.variables)
    module.weights = list({id(v): v for v in variables}.values())
    tf.saved_model.save(module, str(folder), signatures=found)


def plain_name(name, inputs):
    """What the signature calls an output."""
    plain = name.removesuffix(_OUTPUT)
    return plain if plain in inputs else name
