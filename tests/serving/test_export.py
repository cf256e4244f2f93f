import os

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from kerasgen import serving
from kerasgen.serving.versions import latest
from kerasgen.serving.versions import versions
from tests.utils.test_locks import holder


@pytest.fixture
def model():
    return kerasgen.GAN((8, 8, 1), 3, "dcgan", {"filters": 4}, seed=0)


def test_versions_count_up_and_are_never_overwritten(model, tmp_path):
    assert model.export(tmp_path) == tmp_path / "1"
    assert model.export(tmp_path, version=7) == tmp_path / "7"
    assert model.export(tmp_path) == tmp_path / "8"
    before = (tmp_path / "7" / "saved_model.pb").read_bytes()
    with pytest.raises(FileExistsError, match="Version 7"):
        model.export(tmp_path, version=7)
    assert (tmp_path / "7" / "saved_model.pb").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"1", "7", "8"}


def test_the_oldest_versions_go(model, tmp_path):
    for version in (3, 5, 8):
        model.export(tmp_path, version)
    model.export(tmp_path, version=1, keep=2)
    assert list(versions(tmp_path)) == [1, 8]
    model.export(tmp_path, keep=1)
    assert [path.name for path in tmp_path.iterdir()] == ["9"]
    with pytest.raises(ValueError, match="keep=0"):
        model.export(tmp_path, keep=0)
    assert list(versions(tmp_path)) == [9]


def test_leading_zeros_are_versions_too(model, tmp_path):
    (tmp_path / "007").mkdir()
    with pytest.raises(FileExistsError, match="Version 7"):
        model.export(tmp_path, version=7)
    model.export(tmp_path, keep=1)
    assert [path.name for path in tmp_path.iterdir()] == ["8"]


@pytest.mark.parametrize("version", [None, 1])
def test_another_export_is_faster(model, tmp_path, monkeypatch, version):
    """It takes the number while this one is written."""
    save = tf.saved_model.save

    def slowly(*arguments, **options):
        if not (tmp_path / "1").exists():
            (tmp_path / "1" / "variables").mkdir(parents=True)
        return save(*arguments, **options)

    monkeypatch.setattr(tf.saved_model, "save", slowly)
    if version is None:
        assert model.export(tmp_path) == tmp_path / "2"
    else:
        with pytest.raises(FileExistsError, match="Version 1"):
            model.export(tmp_path, version)
        assert list(versions(tmp_path)) == [1]
    assert not list(tmp_path.glob(".*"))


def test_stale_folders_go(model, tmp_path):
    """Those of processes that were killed, and no others."""
    used = tmp_path / ".partial-used"
    for name in (used.name, ".partial-stale", ".new-old", ".new-young", ".own"):
        (tmp_path / name).mkdir()
    for name in (used.name, ".new-old", ".own"):
        os.utime(tmp_path / name, (0, 0))
    descriptor = os.open(used, os.O_RDONLY)
    fcntl = pytest.importorskip("fcntl")
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    model.export(tmp_path)
    os.close(descriptor)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [".new-young", ".own", ".partial-used", "1"]


def test_a_faulty_export_is_not_kept(tmp_path):
    spec = tf.TensorSpec((None, 3), tf.float32, "rows")
    signatures = {
        "serving_default": (lambda rows: {"mean": tf.reduce_mean(rows)}, [spec])
    }
    with pytest.raises(RuntimeError, match="batch-first"):
        serving.export(signatures, {"rows": np.ones((2, 3), "f")}, {}, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("version", [0, -1, 1.5, "2", True])
def test_bad_versions_are_refused(model, tmp_path, version):
    with pytest.raises(ValueError, match="version="):
        model.export(tmp_path / "it", version=version)
    assert not (tmp_path / "it").exists()


def test_a_failed_export_leaves_nothing(model, tmp_path, monkeypatch):
    model.export(tmp_path)

    def write_half(archive, folder, **_):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "saved_model.pb").write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(tf.saved_model, "save", write_half)
    with pytest.raises(OSError, match="disk full"):
        model.export(tmp_path)
    assert list(versions(tmp_path)) == [1]
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


def test_each_function_is_stored_once(model, tmp_path):
    """TensorFlow traces functions that are attributes a second time."""
    traced = []

    def decode(latents):
        traced.append(len(latents.shape))
        return {"images": model.data_from_latents(latents)}

    spec = tf.TensorSpec((None, *model.latent_shape), tf.float32, "latents")
    signature = decode, [spec]
    serving.export(
        {"serving_default": signature, "decode": signature},
        {"latents": np.zeros((2, *model.latent_shape), "float32")},
        {},
        tmp_path,
    )
    assert traced == [2]
    loaded = tf.saved_model.load(str(tmp_path / "1"))
    assert set(loaded.signatures) == {"serving_default", "decode"}


def test_weights_are_stored_once_and_without_optimizers(model, tmp_path):
    model.compile()
    folder = model.export(tmp_path)
    reader = tf.train.load_checkpoint(str(folder / "variables" / "variables"))
    shapes = reader.get_variable_to_shape_map()
    stored = sum(
        int(np.prod(shape))
        for name, shape in shapes.items()
        if "OBJECT_GRAPH" not in name
    )
    # Batch normalization counts its updates, which no signature reads.
    used = [w for w in model.generator.weights if "int" not in w.dtype]
    assert stored == sum(int(np.prod(weight.shape)) for weight in used)


def test_inputs_and_outputs_are_named_and_batch_first(model, tmp_path):
    served = tf.saved_model.load(model.export(tmp_path)).signatures
    expected = {
        "serving_default": ({"latents": (None, 3)}, {"images"}),
        "generate": ({"seeds": (None, 2)}, {"images", "latents"}),
    }
    for name, (inputs, outputs) in expected.items():
        signature = served[name]
        found = signature.structured_input_signature[1]
        assert {k: tuple(v.shape) for k, v in found.items()} == inputs
        assert set(signature.structured_outputs) == outputs
        for output in signature.structured_outputs.values():
            assert output.shape[0] is None
            assert output.dtype == tf.float32


def test_default_signature_has_no_random_op(model, tmp_path):
    served = tf.saved_model.load(model.export(tmp_path)).signatures
    graph = served["serving_default"].graph.as_graph_def()
    used = {node.op for node in graph.node}
    for function in graph.library.function:
        # Functions of other signatures are in the library too.
        if "decode" in function.signature.name:
            used |= {node.op for node in function.node_def}
    assert used
    assert not {op for op in used if "Random" in op}


def products(folder):
    """Types of the matrix products and convolutions of an export."""
    library = (
        tf.saved_model.load(folder)
        .signatures["serving_default"]
        .graph.as_graph_def()
        .library
    )
    return {
        tf.as_dtype(node.attr["T"].type).name
        for function in library.function
        for node in function.node_def
        if node.op in ("MatMul", "Conv2D", "Conv2DBackpropInput")
    }


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_serves_float32(dtype, tmp_path):
    model = kerasgen.VAE((8, 8, 1), 3, seed=0, dtype=dtype)
    full = kerasgen.VAE((8, 8, 1), 3, seed=0)
    full.set_weights(model.get_weights())
    folder = model.export(tmp_path)
    assert products(folder) == {"float32"}
    seeds = np.array([[0, 0], [0, 1]], np.int32)
    served = tf.saved_model.load(folder).signatures["generate"]
    images = served(seeds=tf.constant(seeds))["images"]
    assert images.dtype == tf.float32
    np.testing.assert_allclose(
        images, full.generate(2, seed=0), rtol=0, atol=1e-6
    )
    half = model.export(tmp_path, compute_dtype=model.compute_dtype)
    assert model.compute_dtype in products(half)
    with pytest.raises(ValueError, match="compute_dtype"):
        model.export(tmp_path, compute_dtype="int8")


def test_half_precision_serves_averages(tmp_path):
    model = kerasgen.GAN(
        (8, 8, 1), 3, "mlp", ema_momentum=0.99, seed=0, dtype="mixed_bfloat16"
    )
    model.compile(keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.01))
    images = np.random.default_rng(0).random((32, 8, 8, 1)).astype("float32")
    model.fit(images, batch_size=8, epochs=1, verbose=0)
    served = tf.saved_model.load(model.export(tmp_path)).signatures
    seeds = tf.constant([[0, 0], [0, 1]])
    found = served["generate"](seeds=seeds)["images"]
    averages = model.generate(2, seed=0)
    model.use_ema = False
    last = model.generate(2, seed=0)
    assert np.abs(found - averages).max() < 0.02  # Halves have 8 bits.
    assert np.abs(last - averages).max() > 0.05


def test_a_folder_that_another_process_exports_into(model, tmp_path):
    with holder(tmp_path / "it") as process:
        with pytest.raises(BlockingIOError, match=f"process {process.pid} on"):
            model.export(tmp_path / "it")
    assert versions(tmp_path / "it") == {}


@pytest.mark.parametrize("name", ["run[1]/exp", "a*", "what?", "a\\b", "[x"])
def test_a_path_that_tensorflow_takes_for_a_pattern(model, tmp_path, name):
    if os.sep == "\\" in name:
        pytest.skip("it separates folders")
    with pytest.raises(ValueError, match="for a pattern"):
        model.export(tmp_path / name)
    with pytest.raises(ValueError, match="for a pattern"):
        latest(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_in_words(model, tmp_path, monkeypatch):
    """TensorFlow has an error of its own for it."""

    def write_half(archive, folder, **_):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "saved_model.pb").write_bytes(b"half")
        raise tf.errors.ResourceExhaustedError(None, None, "No space left")

    monkeypatch.setattr(tf.saved_model, "save", write_half)
    with pytest.raises(OSError, match="disk is full"):
        model.export(tmp_path)
    assert list(tmp_path.iterdir()) == []
