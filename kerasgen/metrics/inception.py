"""The Inception network that published Frechet distances are taken by."""

import pathlib
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from kerasgen.networks.layer_defaults import layer_defaults
from kerasgen.utils.torch_files import read_state_dict

# Sides of the images that it takes, and classes that it was trained on, by
# which its weights are told from those of other networks of the same names.
SIZE, NUM_CLASSES = 299, 1008
# Of a convolution and its normalization, in the order in which Keras has them.
_IN_STATE_DICT = (
    "conv.weight",
    "bn.weight",
    "bn.bias",
    "bn.running_mean",
    "bn.running_var",
)
_IN_GRAPH = (
    "conv2d_params",
    "batchnorm/gamma",
    "batchnorm/beta",
    "batchnorm/moving_mean",
    "batchnorm/moving_variance",
)


def inception_network(path: str | pathlib.Path) -> keras.Model:
    """The Inception of published Frechet distances, with weights from a file.

    `frechet_distance` of its features is the FID of papers, as torch-fidelity
    and pytorch-fid take it: by the network of 2015-12-05 (Szegedy et al.) as
    TensorFlow ran it, with averages that leave padding out, a maximum in place
    of the last of them, and images resized to 299 x 299 as TensorFlow 1 did
    (bilinear, from the corner, without smoothing). Images are rounded to 256
    levels first, as image files have them, and grey ones repeated to three
    channels.

    The weights are not part of kerasgen, and nothing is downloaded. Either of
    these files has them:

    - `pt_inception-2015-12-05-6726825d.pth` of pytorch-fid, which
      torch-fidelity calls `weights-inception-2015-12-05-6726825d.pth`. It is
      read without PyTorch, and no code in it is run.
    - `classify_image_graph_def.pb` of TensorFlow's `inception-2015-12-05.tgz`,
      or another frozen graph whose constants have the same names.

    Args:
        path: str or `pathlib.Path` of one of them; that of a graph ends in
            `.pb`.

    Returns:
        keras.Model from float images in [0, 1], of shape `(batch, height,
        width, 1 or 3)` and of any size, to features of shape `(batch, 2048)`.
        It is slow, some four images a second on two busy cores, and takes some
        25 MB an image at once: predict in batches of about 50.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file holds no weights of this network, as those of
            torchvision, which are others of the same names.

    References:
        - Szegedy et al. (2016), Rethinking the Inception Architecture for
          Computer Vision, https://arxiv.org/abs/1512.00567
        - Heusel et al. (2017), GANs Trained by a Two Time-Scale Update Rule
          Converge to a Local Nash Equilibrium,
          https://arxiv.org/abs/1706.08500
    """
    path = pathlib.Path(path).expanduser()
    is_graph = path.suffix == ".pb"
    arrays: Mapping[str, np.ndarray]
    arrays = _constants(path) if is_graph else read_state_dict(path)
    if not is_graph:
        _check_classes(path, arrays)
    with layer_defaults("float32"):
        network, convolutions = _build()
    for name, graph_name in convolutions.items():
        if is_graph:
            keys = [f"{graph_name}/{part}" for part in _IN_GRAPH]
        else:
            keys = [f"{name}.{part}" for part in _IN_STATE_DICT]
        found = [_array_of(path, arrays, key) for key in keys]
        if not is_graph:
            # From (filters, channels, height, width).
            found[0] = np.moveaxis(found[0], (0, 1), (3, 2))
        convolution = network.get_layer(f"{name}.conv")
        normalization = network.get_layer(f"{name}.bn")
        variables = *convolution.variables, *normalization.variables
        for key, variable, array in zip(keys, variables, found):
            if array.shape != tuple(variable.shape):
                raise ValueError(
                    f"{path} must hold {key} for an array of shape "
                    f"{tuple(variable.shape)}. Received: {array.shape}."
                )
            variable.assign(array)
    network.trainable = False
    return network


def _check_classes(path, arrays):
    shape = _array_of(path, arrays, "fc.weight").shape
    if shape != (NUM_CLASSES, 2048):
        raise ValueError(
            f"{path} must hold weights of the Inception of 2015-12-05, whose "
            f"fc.weight has shape ({NUM_CLASSES}, 2048). Received: {shape}. "
            "Distances by other weights, such as those of torchvision, do not "
            "compare with published ones."
        )


def _array_of(path, arrays, key):
    if key not in arrays:
        raise ValueError(
            f"{path} must hold weights of the Inception of 2015-12-05. It has "
            f"no {key}, but {len(arrays)} other arrays. See "
            "`kerasgen.metrics.inception_network` for the files that do."
        )
    if not np.isfinite(arrays[key]).all():
        raise ValueError(f"{path} has values of {key} that are not finite.")
    return arrays[key]


def _constants(path):
    """Arrays of a frozen graph, by the names of their nodes."""
    graph = tf.compat.v1.GraphDef()
    try:
        graph.ParseFromString(path.read_bytes())
    except OSError:
        raise
    # That of protobuf, which other libraries bring in versions of their own.
    except Exception as error:
        raise ValueError(
            f"{path} cannot be read as a graph of TensorFlow ({error})."
        ) from error
    return {
        node.name: tf.make_ndarray(node.attr["value"].tensor)
        for node in graph.node
        if node.op == "Const" and node.name.endswith(_IN_GRAPH)
    }


@keras.saving.register_keras_serializable("kerasgen")
class InceptionInput(layers.Layer):
    """Images in [0, 1] as the network of 2015-12-05 takes them.

    Of any size and of one or three channels, rounded to 256 levels, resized,
    and put into [-1, 1).
    """

    def call(self, images: tf.Tensor) -> tf.Tensor:
        if images.shape[-1] not in (None, 1, 3):
            raise ValueError(
                "Images for Inception must have one or three channels. "
                f"Received: shape {tuple(images.shape)}."
            )
        in_range = [
            tf.debugging.assert_non_negative(images, _RANGE_MESSAGE),
            tf.debugging.assert_less_equal(images, 1.0, _RANGE_MESSAGE),
        ]
        with tf.control_dependencies([one for one in in_range if one]):
            levels = tf.round(255.0 * images) * tf.ones(3)
        # As TensorFlow 1 did; `tf.image.resize` goes by centers of pixels.
        resized = tf.raw_ops.ResizeBilinear(images=levels, size=(SIZE, SIZE))
        return (resized - 128.0) / 128.0

    def compute_output_shape(
        self, input_shape: Sequence[int | None]
    ) -> tuple[int | None, ...]:
        return input_shape[0], SIZE, SIZE, 3


_RANGE_MESSAGE = "Images for Inception must be in [0, 1]."


def _build() -> tuple[keras.Model, dict[str, str]]:
    """The network with random weights, and names of its convolutions.

    Returns:
        (network, names): the latter from those of state dicts to those of the
        graph.
    """
    build = _Builder()
    inputs = keras.Input((None, None, None))
    outputs = InceptionInput()(inputs)
    stem = build.convolution
    outputs = stem(outputs, "Conv2d_1a_3x3", "conv", 32, 3, 2, "valid")
    outputs = stem(outputs, "Conv2d_2a_3x3", "conv_1", 32, 3, 1, "valid")
    outputs = stem(outputs, "Conv2d_2b_3x3", "conv_2", 64, 3)
    outputs = layers.MaxPooling2D(3, 2)(outputs)
    outputs = stem(outputs, "Conv2d_3b_1x1", "conv_3", 80, 1, 1, "valid")
    outputs = stem(outputs, "Conv2d_4a_3x3", "conv_4", 192, 3, 1, "valid")
    outputs = layers.MaxPooling2D(3, 2)(outputs)
    outputs = build.block_a(outputs, "Mixed_5b", "mixed", 32)
    outputs = build.block_a(outputs, "Mixed_5c", "mixed_1", 64)
    outputs = build.block_a(outputs, "Mixed_5d", "mixed_2", 64)
    outputs = build.block_b(outputs, "Mixed_6a", "mixed_3")
    outputs = build.block_c(outputs, "Mixed_6b", "mixed_4", 128)
    outputs = build.block_c(outputs, "Mixed_6c", "mixed_5", 160)
    outputs = build.block_c(outputs, "Mixed_6d", "mixed_6", 160)
    outputs = build.block_c(outputs, "Mixed_6e", "mixed_7", 192)
    outputs = build.block_d(outputs, "Mixed_7a", "mixed_8")
    outputs = build.block_e(outputs, "Mixed_7b", "mixed_9", _average)
    outputs = build.block_e(outputs, "Mixed_7c", "mixed_10", _maximum)
    outputs = layers.GlobalAveragePooling2D(name="features")(outputs)
    return keras.Model(inputs, outputs, name="inception"), build.names


def _average(inputs):
    # Of what is there: TensorFlow leaves padding out.
    return layers.AveragePooling2D(3, 1, padding="same")(inputs)


def _maximum(inputs):
    return layers.MaxPooling2D(3, 1, padding="same")(inputs)


class _Builder:
    """Makes convolutions and blocks, and keeps their names."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def convolution(
        self,
        inputs: Any,
        name: str,
        graph_name: str,
        filters: int,
        size: int | tuple[int, int],
        strides: int = 1,
        padding: str = "same",
    ) -> Any:
        """A convolution, normalized and rectified."""
        self.names[name] = graph_name
        outputs = layers.Conv2D(
            filters,
            size,
            strides,
            padding,
            use_bias=False,
            name=f"{name}.conv",
        )(inputs)
        outputs = layers.BatchNormalization(epsilon=1e-3, name=f"{name}.bn")(
            outputs
        )
        return layers.ReLU()(outputs)

    def tower(
        self,
        inputs: Any,
        block: str,
        graph_name: str,
        *convolutions: tuple[Any, ...],
    ) -> Any:
        """One after another, numbered in the graph."""
        for number, (name, *options) in enumerate(convolutions):
            suffix = f"_{number}" if number else ""
            inputs = self.convolution(
                inputs,
                f"{block}.{name}",
                f"{graph_name}/conv{suffix}",
                *options,
            )
        return inputs

    def block_a(self, inputs: Any, block: str, graph: str, pooled: int) -> Any:
        """Of 5 x 5, and twice 3 x 3."""
        branches = [
            self.tower(inputs, block, graph, ("branch1x1", 64, 1)),
            self.tower(
                inputs,
                block,
                f"{graph}/tower",
                ("branch5x5_1", 48, 1),
                ("branch5x5_2", 64, 5),
            ),
            self.tower(
                inputs,
                block,
                f"{graph}/tower_1",
                ("branch3x3dbl_1", 64, 1),
                ("branch3x3dbl_2", 96, 3),
                ("branch3x3dbl_3", 96, 3),
            ),
            self.tower(
                _average(inputs),
                block,
                f"{graph}/tower_2",
                ("branch_pool", pooled, 1),
            ),
        ]
        return layers.Concatenate()(branches)

    def block_b(self, inputs: Any, block: str, graph: str) -> Any:
        """Of 3 x 3, to half the size."""
        branches = [
            self.tower(inputs, block, graph, ("branch3x3", 384, 3, 2, "valid")),
            self.tower(
                inputs,
                block,
                f"{graph}/tower",
                ("branch3x3dbl_1", 64, 1),
                ("branch3x3dbl_2", 96, 3),
                ("branch3x3dbl_3", 96, 3, 2, "valid"),
            ),
            layers.MaxPooling2D(3, 2)(inputs),
        ]
        return layers.Concatenate()(branches)

    def block_c(self, inputs: Any, block: str, graph: str, width: int) -> Any:
        """Of 1 x 7 and 7 x 1."""
        branches = [
            self.tower(inputs, block, graph, ("branch1x1", 192, 1)),
            self.tower(
                inputs,
                block,
                f"{graph}/tower",
                ("branch7x7_1", width, 1),
                ("branch7x7_2", width, (1, 7)),
                ("branch7x7_3", 192, (7, 1)),
            ),
            self.tower(
                inputs,
                block,
                f"{graph}/tower_1",
                ("branch7x7dbl_1", width, 1),
                ("branch7x7dbl_2", width, (7, 1)),
                ("branch7x7dbl_3", width, (1, 7)),
                ("branch7x7dbl_4", width, (7, 1)),
                ("branch7x7dbl_5", 192, (1, 7)),
            ),
            self.tower(
                _average(inputs),
                block,
                f"{graph}/tower_2",
                ("branch_pool", 192, 1),
            ),
        ]
        return layers.Concatenate()(branches)

    def block_d(self, inputs: Any, block: str, graph: str) -> Any:
        """Of 3 x 3, 1 x 7 and 7 x 1, to half the size."""
        branches = [
            self.tower(
                inputs,
                block,
                f"{graph}/tower",
                ("branch3x3_1", 192, 1),
                ("branch3x3_2", 320, 3, 2, "valid"),
            ),
            self.tower(
                inputs,
                block,
                f"{graph}/tower_1",
                ("branch7x7x3_1", 192, 1),
                ("branch7x7x3_2", 192, (1, 7)),
                ("branch7x7x3_3", 192, (7, 1)),
                ("branch7x7x3_4", 192, 3, 2, "valid"),
            ),
            layers.MaxPooling2D(3, 2)(inputs),
        ]
        return layers.Concatenate()(branches)

    def block_e(self, inputs: Any, block: str, graph: str, pool: Any) -> Any:
        """Of 1 x 3 beside 3 x 1."""
        tower = self.tower(
            inputs, block, f"{graph}/tower", ("branch3x3_1", 384, 1)
        )
        double = self.tower(
            inputs,
            block,
            f"{graph}/tower_1",
            ("branch3x3dbl_1", 448, 1),
            ("branch3x3dbl_2", 384, 3),
        )
        branches = [self.tower(inputs, block, graph, ("branch1x1", 320, 1))]
        for outputs, name, graph_name in (
            (tower, "branch3x3_2", f"{graph}/tower/mixed"),
            (double, "branch3x3dbl_3", f"{graph}/tower_1/mixed"),
        ):
            branches += [
                self.convolution(
                    outputs,
                    f"{block}.{name}{side}",
                    f"{graph_name}/{of}",
                    384,
                    size,
                )
                for side, of, size in (
                    ("a", "conv", (1, 3)),
                    ("b", "conv_1", (3, 1)),
                )
            ]
        branches.append(
            self.tower(
                pool(inputs), block, f"{graph}/tower_2", ("branch_pool", 192, 1)
            )
        )
        return layers.Concatenate()(branches)
