"""The formats there are: their endings, packages and what they can."""

import dataclasses
import importlib
import importlib.util
import pathlib

from kerasgen.utils.arguments import check_choice


@dataclasses.dataclass(frozen=True)
class Format:
    """A format of files that a runtime reads.

    Attributes:
        name: str.
        title: str. What people call it.
        runtime: str. What runs it.
        suffixes: tuple of str. Endings of its files, in the order they are put
            in place; the last is of the one that people name.
        packages: tuple of str. What Python needs for it.
        implementation: str. Where its `ModelFile` is.
        has_signatures: bool. Whether one file has several of them.
        can_quantize: bool. Whether weights of 8 bits can be asked for.
    """

    name: str
    title: str
    runtime: str
    suffixes: tuple
    packages: tuple
    implementation: str
    has_signatures: bool = False
    can_quantize: bool = False

    @property
    def suffix(self):
        """The ending of the file that people name."""
        return self.suffixes[-1]

    def missing_packages(self):
        """The packages that are not installed, a list of str."""
        return [
            name
            for name in self.packages
            if importlib.util.find_spec(name) is None
        ]

    def check_installed(self):
        """Raises `ImportError` unless all packages are there."""
        missing = self.missing_packages()
        if missing:
            raise ImportError(
                f'format="{self.name}" needs {", ".join(missing)}: '
                'pip install "kerasgen-zoo[runtimes]".'
            )

    def model_file(self):
        """The class of its files, a `ModelFile`."""
        module, name = self.implementation.split(":")
        return getattr(importlib.import_module(module), name)


_HERE = "kerasgen.serving.formats"
FORMATS = {
    each.name: each
    for each in (
        Format(
            "onnx",
            "ONNX",
            "ONNX Runtime",
            (".onnx",),
            ("onnx", "onnxruntime", "tf2onnx"),
            f"{_HERE}.onnx_file:OnnxFile",
        ),
        Format(
            "openvino",
            "OpenVINO",
            "OpenVINO",
            (".bin", ".xml"),
            ("openvino",),
            f"{_HERE}.openvino_file:OpenvinoFile",
        ),
        Format(
            "litert",
            "LiteRT",
            "LiteRT",
            (".tflite",),
            (),  # TensorFlow has its own.
            f"{_HERE}.litert_file:LitertFile",
            has_signatures=True,
            can_quantize=True,
        ),
    )
}
SAVED_MODEL = "tf_saved_model"  # Which is a folder.


def by_name(name: str) -> Format:
    """The format of a name.

    Raises:
        ValueError: if there is none.
    """
    check_choice("format", name, tuple(FORMATS))
    return FORMATS[name]


def by_path(path: pathlib.Path) -> Format | None:
    """The format of a file by its ending, `None` where it has none of these."""
    found = [f for f in FORMATS.values() if path.suffix == f.suffix]
    return found[0] if found else None


def check_path(path: pathlib.Path, format: Format) -> None:
    """Raises `ValueError` unless a path ends as the format's files do."""
    if path.suffix != format.suffix or path.is_dir():
        raise ValueError(
            f"Argument `path` must be a file that ends in '{format.suffix}' "
            f'with format="{format.name}". Received: path={str(path)!r}.'
        )
