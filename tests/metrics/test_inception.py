"""Inception with weights from files, beside torch-fidelity's."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgen import metrics
from kerasgen.metrics import inception

IMAGES = np.random.default_rng(0).integers(0, 256, (16, 32, 28, 3), np.uint8)
IMAGES[8:, :, :14] //= 3


def as_floats(images):
    return images / np.float32(255)


def random_array(name, shape):
    """Weights by which features tell images apart, in all layers."""
    # Of each name its own.
    draw = np.random.default_rng(list(name.encode()))
    if len(shape) == 4:
        values = draw.normal(size=shape, scale=(2 / np.prod(shape[1:])) ** 0.5)
    elif name.endswith(("bn.weight", "running_var")):
        values = draw.uniform(0.5, 1.5, shape)
    else:
        values = draw.uniform(-0.5, 0.5, shape)
    return values.astype(np.float32)


@pytest.fixture(scope="module")
def built():
    """The network with Keras's weights, and names of its convolutions."""
    return inception._build()


@pytest.fixture(scope="module")
def state_dict(built):
    """Arrays of random weights by their names in PyTorch."""
    network, names = built
    arrays = {"fc.weight": random_array("fc.weight", (1008, 2048))}
    for name in names:
        kernel, *_ = network.get_layer(f"{name}.conv").weights
        height, width, channels, filters = kernel.shape
        shapes = [(filters, channels, height, width), *4 * [(filters,)]]
        for part, shape in zip(inception._IN_STATE_DICT, shapes):
            key = f"{name}.{part}"
            arrays[key] = random_array(key, shape)
    return arrays


@pytest.fixture(scope="module")
def graph(state_dict, built, tmp_path_factory):
    """A file of a frozen graph that holds the same."""
    _, names = built
    content = tf.compat.v1.GraphDef()
    content.node.add(name="pool_3", op="AvgPool")
    for name, graph_name in names.items():
        for part, graph_part in zip(
            inception._IN_STATE_DICT, inception._IN_GRAPH
        ):
            array = state_dict[f"{name}.{part}"]
            if array.ndim == 4:
                array = array.transpose(2, 3, 1, 0)
            node = content.node.add(
                name=f"{graph_name}/{graph_part}", op="Const"
            )
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(array))
    path = tmp_path_factory.mktemp("graph") / "classify_image_graph_def.pb"
    path.write_bytes(content.SerializeToString())
    return path


@pytest.fixture(scope="module")
def network(graph):
    return metrics.inception_network(graph)


def test_equals_torch_fidelity(state_dict, network, tmp_path):
    """Features, and the distance of two sets, of the same file and images."""
    torch = pytest.importorskip("torch")
    judges = pytest.importorskip("torch_fidelity.feature_extractor_inceptionv3")
    distances = pytest.importorskip("torch_fidelity.metric_fid")
    path = tmp_path / "weights.pth"
    tensors = {name: torch.from_numpy(a) for name, a in state_dict.items()}
    tensors["fc.bias"] = torch.zeros(1008)
    # As the file of pytorch-fid is, which is older than the other format.
    torch.save(tensors, path, _use_new_zipfile_serialization=False)
    judge = judges.FeatureExtractorInceptionV3(
        "inception", ["2048"], feature_extractor_weights_path=path
    )
    (expected,) = judge(torch.from_numpy(np.moveaxis(IMAGES, 3, 1).copy()))
    ours = metrics.inception_network(path)
    # The graph's names are of the same layers.
    for weights, of_graph in zip(ours.weights, network.weights):
        np.testing.assert_array_equal(weights, of_graph)
    found = ours.predict(as_floats(IMAGES), verbose=0)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
    statistics = [
        distances.fid_features_to_statistics(half)
        for half in (expected[:8], expected[8:])
    ]
    [distance] = distances.fid_statistics_to_metric(
        *statistics, verbose=False
    ).values()
    assert distance > 10
    assert metrics.frechet_distance(found[:8], found[8:]) == pytest.approx(
        distance, abs=0.1
    )


def test_network_of_a_graph(network, built, state_dict):
    """Each array is where its name says, and features tell images apart."""
    assert network.output_shape == (None, 2048)
    assert not network.trainable_weights
    for name, graph_name in (
        ("Conv2d_4a_3x3", "conv_4"),
        ("Mixed_5b.branch3x3dbl_3", "mixed/tower_1/conv_2"),
        ("Mixed_6a.branch3x3", "mixed_3/conv"),
        ("Mixed_6e.branch_pool", "mixed_7/tower_2/conv"),
        ("Mixed_7a.branch7x7x3_4", "mixed_8/tower_1/conv_3"),
        ("Mixed_7b.branch3x3_2b", "mixed_9/tower/mixed/conv_1"),
        ("Mixed_7c.branch3x3dbl_3a", "mixed_10/tower_1/mixed/conv"),
    ):
        assert built[1][name] == graph_name
        (kernel,) = network.get_layer(f"{name}.conv").weights
        np.testing.assert_array_equal(
            np.transpose(kernel, (3, 2, 0, 1)),
            state_dict[f"{name}.conv.weight"],
        )
    found = network.predict(as_floats(IMAGES[:2]), verbose=0)
    assert np.abs(found[0] - found[1]).mean() > 1e-3


def test_grey_images_are_repeated():
    layer, grey = inception.InceptionInput(), as_floats(IMAGES[:2, :8, :8, :1])
    of_grey = layer(grey)
    assert of_grey.shape == (2, 299, 299, 3)
    np.testing.assert_array_equal(of_grey, layer(np.repeat(grey, 3, axis=-1)))


def test_input_is_as_tensorflow_1_had_it():
    layer = inception.InceptionInput()
    images = as_floats(IMAGES[:2])
    found = layer(images)
    expected = tf.compat.v1.image.resize_bilinear(
        IMAGES[:2].astype(np.float32), (299, 299)
    )
    np.testing.assert_allclose(found, (expected - 128) / 128, atol=1e-6)
    # Levels between those of image files are rounded to these.
    np.testing.assert_array_equal(layer(images * 0.999 + 0.0005), found)
    for wrong in (images * 255, images - 0.5, images * np.nan):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[0, 1\]"):
            layer(wrong)
    with pytest.raises(ValueError, match="one or three channels"):
        layer(np.zeros((1, 8, 8, 2), np.float32))


class TestRefusals:
    @pytest.fixture(autouse=True)
    def build_once(self, built, monkeypatch):
        monkeypatch.setattr(inception, "_build", lambda: built)

    @pytest.fixture
    def arrays(self, state_dict, monkeypatch):
        """What the file is taken to hold."""
        arrays = dict(state_dict)
        monkeypatch.setattr(inception, "read_state_dict", lambda path: arrays)
        return arrays

    @pytest.mark.parametrize(
        ("name", "array", "words"),
        [
            ("fc.weight", np.zeros((1000, 2048)), "torchvision"),
            ("fc.weight", None, "has no fc.weight"),
            ("Mixed_7c.branch1x1.bn.bias", None, "has no Mixed_7c.branch1x1"),
            ("Mixed_7c.branch1x1.bn.bias", np.zeros(3), r"shape \(320,\)"),
            ("Conv2d_1a_3x3.bn.bias", np.full(32, np.nan), "not finite"),
        ],
    )
    def test_of_other_weights(self, arrays, name, array, words):
        del arrays[name]
        if array is not None:
            arrays[name] = array
        with pytest.raises(ValueError, match=words):
            metrics.inception_network("weights.pth")

    def test_of_other_files(self, tmp_path):
        path = tmp_path / "graph.pb"
        with pytest.raises(FileNotFoundError):
            metrics.inception_network(path)
        path.write_bytes(b"no graph")
        with pytest.raises(ValueError, match="cannot be read as a graph"):
            metrics.inception_network(path)
        path.write_bytes(tf.Graph().as_graph_def().SerializeToString())
        with pytest.raises(ValueError, match="no conv/conv2d_params"):
            metrics.inception_network(path)


def test_input_is_part_of_a_saved_network(tmp_path):
    inputs = keras.Input((None, None, None))
    outputs = keras.layers.GlobalAveragePooling2D()(
        inception.InceptionInput()(inputs)
    )
    network = keras.Model(inputs, outputs)
    network.save(tmp_path / "features.keras")
    again = keras.saving.load_model(tmp_path / "features.keras")
    images = as_floats(IMAGES[:2])
    np.testing.assert_array_equal(again(images), network(images))
