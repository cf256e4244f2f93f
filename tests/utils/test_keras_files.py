"""Model files of strangers: refused in words, and before they take memory."""

import concurrent.futures
import io
import json
import resource
import threading
import zipfile
import zlib

import h5py
import keras
import numpy as np
import pytest
from PIL import Image

import kerasgen
from kerasgen.callbacks.sample_grid import save_animation
from kerasgen.metrics import FrechetDistance
from kerasgen.utils import keras_files
from tests.cli.test_cli import call

MEGABYTE = 2**20
SMALL = {"network": "mlp", "network_options": {"hidden_units": [8]}}


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "vae.keras"
    model = kerasgen.VAE((8, 8, 1), 3, seed=0, **SMALL)
    model.compile()
    model.save(path)
    return path


def changed(sound, path, members, method=zipfile.ZIP_STORED):
    """A file as the sound one, but for members; None leaves one out."""
    with zipfile.ZipFile(sound) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts.update(members)
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in parts.items():
            if content is not None:
                archive.writestr(name, content)
    return path


def configured(sound, path, **changes):
    with zipfile.ZipFile(sound) as archive:
        config = json.loads(archive.read("config.json"))
    for name, value in changes.items():
        place = config if name in config else config["config"]
        place[name] = value
    return changed(sound, path, {"config.json": json.dumps(config)})


def empty_weights(shape):
    """A file of few bytes that declares many, all of them its fill value."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for name in ("first", "second"):
            file.create_dataset(
                name, shape, "f4", chunks=(MEGABYTE,), compression="gzip"
            )
    return stream.getvalue()


def other_weights():
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file["weights"] = np.zeros(2)
    return stream.getvalue()


BROKEN = {
    "no config": ({"config.json": None}, "has no config.json"),
    "no weights": ({"model.weights.h5": None}, "has no model.weights.h5"),
    "half a config": ({"config.json": '{"a'}, "Unterminated string"),
    "a list": ({"config.json": "[]"}, "no object"),
    "an empty config": ({"config.json": "{}"}, "cannot be loaded"),
    "deep": ({"config.json": "[" * 100_000}, "recursion"),
    "no text": ({"config.json": b"\xff\xfe"}, "cannot be loaded"),
    "weights of no kind": ({"model.weights.h5": b"no"}, "signature"),
    "weights of others": ({"model.weights.h5": other_weights()}, "cannot be"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_members(name, sound, tmp_path):
    members, message = BROKEN[name]
    path = changed(sound, tmp_path / "broken.keras", members)
    with pytest.raises(ValueError, match=message) as caught:
        kerasgen.load(path)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"class_name": "Nope", "registered_name": "x>Nope"}, "class 'Nope'"),
        ({"latent_dim": -1}, "latent_dim=-1"),
        ({"latent_dim": "three"}, "latent_dim='three'"),
        ({"data_shape": [8, 8, 1, 1]}, "data_shape"),
        ({"no_such_argument": 1}, "no_such_argument"),
        ({"compile_config": {"optimizer": {"class_name": "Nope"}}}, "Nope"),
    ],
)
def test_configurations_of_strangers(changes, message, sound, tmp_path):
    path = configured(sound, tmp_path / "broken.keras", **changes)
    with pytest.raises(ValueError, match=message) as caught:
        kerasgen.load(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("kept", [0, 100, 2000])
def test_what_is_left_of_a_file(kept, sound, tmp_path):
    path = tmp_path / "cut.keras"
    path.write_bytes(sound.read_bytes()[:kept])
    with pytest.raises(ValueError, match="cut.keras.*no .keras file"):
        kerasgen.load(path)


def peak():
    """Megabytes that this process has had in memory at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def bombs(sound, folder):
    """Files of under a megabyte that ask for gigabytes, each its own way."""
    yield (
        "inflates",
        changed(
            *(
                sound,
                folder / "zip.keras",
                {"assets/zeros": bytes(300 * MEGABYTE)},
            ),
            method=zipfile.ZIP_DEFLATED,
        ),
    )
    weights = {"model.weights.h5": empty_weights((2**29,))}
    yield "weights that inflate", changed(sound, folder / "h5.keras", weights)
    for name, changes in {
        "latents": {"latent_dim": 10**8},
        "pixels": {"data_shape": [10**6, 10**6, 1]},
        "units": {"network_options": {"hidden_units": [30_000, 30_000]}},
        "layers": {"network_options": {"hidden_units": [512] * 1000}},
    }.items():
        path = configured(sound, folder / f"{name}.keras", **changes)
        yield "configuration that asks", path


def test_sizes_are_read_before_contents(sound, tmp_path):
    kerasgen.load(sound)
    for message, path in bombs(sound, tmp_path):
        assert path.stat().st_size < MEGABYTE
        before = peak()
        with pytest.raises(ValueError, match=message) as caught:
            kerasgen.load(path)
        assert "KERASGEN_MAX_MODEL_BYTES" in str(caught.value)
        assert peak() - before < 200


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_a_size_that_the_directory_denies(name, sound, tmp_path):
    """The checksum is that of the part that would be read."""
    length, said = 300 * MEGABYTE, 1000
    path = changed(
        *(sound, tmp_path / "lies.keras", {name: bytes(length)}),
        method=zipfile.ZIP_DEFLATED,
    )
    content = path.read_bytes()
    for true, false in (
        (length, said),
        (zlib.crc32(bytes(length)), zlib.crc32(bytes(said))),
    ):
        true, false = (each.to_bytes(4, "little") for each in (true, false))
        assert content.count(true) == 2
        content = content.replace(true, false)
    path.write_bytes(content)
    before = peak()
    with pytest.raises(ValueError, match=f"lies.keras.*its {name} is not of"):
        kerasgen.load(path)
    assert peak() - before < 200


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions(method, sound, tmp_path):
    path = changed(sound, tmp_path / "other.keras", {}, method)
    with pytest.raises(ValueError, match="compressed in a way"):
        kerasgen.load(path)


def test_the_limit_can_be_raised(sound, tmp_path, monkeypatch):
    padding = {"assets/zeros": bytes(80 * MEGABYTE)}
    path = changed(
        sound, tmp_path / "large.keras", padding, zipfile.ZIP_DEFLATED
    )
    with pytest.raises(ValueError, match="inflates"):
        kerasgen.load(path)
    monkeypatch.setenv("KERASGEN_MAX_MODEL_BYTES", str(90 * MEGABYTE))
    found = kerasgen.load(path).generate(2, seed=0)
    monkeypatch.setenv("KERASGEN_MAX_MODEL_BYTES", "1000")
    with pytest.raises(ValueError, match="must not hold more than 1,000 bytes"):
        kerasgen.load(sound)
    monkeypatch.setenv("KERASGEN_MAX_MODEL_BYTES", "8 GB")
    with pytest.raises(ValueError, match="KERASGEN_MAX_MODEL_BYTES must be"):
        kerasgen.load(sound)
    monkeypatch.delenv("KERASGEN_MAX_MODEL_BYTES")
    expected = kerasgen.load(sound).generate(2, seed=0)
    np.testing.assert_array_equal(found, expected)


def test_models_are_made_without_a_limit_again(sound):
    before = keras.Variable.__init__
    kerasgen.load(sound)
    with pytest.raises(ValueError, match="no .keras file"):
        kerasgen.load(__file__)
    assert keras.Variable.__init__ is before


def variable():
    return keras.Variable("zeros", (100,))


def test_what_other_threads_make_does_not_count():
    with concurrent.futures.ThreadPoolExecutor(1) as others:
        with keras_files._limited_weights(40):
            assert others.submit(variable).result().shape == (100,)
            with pytest.raises(keras_files._TooLarge):
                keras.Variable("zeros", (100,))


def test_models_are_loaded_one_after_the_other():
    """Each puts back what it found."""
    before = keras.Variable.__init__
    entered, first_is_done = threading.Event(), threading.Event()

    def second():
        with keras_files._limited_weights(40):
            entered.set()
            assert first_is_done.wait(60)

    with concurrent.futures.ThreadPoolExecutor(1) as others:
        with keras_files._limited_weights(40):
            result = others.submit(second)
            assert not entered.wait(0.3)
        first_is_done.set()
        result.result()
    assert keras.Variable.__init__ is before
    variable()


def test_a_model_that_is_not_generative(tmp_path):
    path = tmp_path / "plain.keras"
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save(path)
    with pytest.raises(ValueError, match="plain.keras must hold a generative"):
        kerasgen.load(path)
    assert isinstance(keras_files.load_model(path), keras.Sequential)


@pytest.mark.parametrize(
    "words",
    [
        ["generate"],
        ["reconstruct", "--dataset", "digits"],
        ["embed", "--dataset", "digits"],
        ["cluster", "--dataset", "digits"],
        ["anomalies", "--dataset", "digits", "--normal", "0"],
        ["inpaint", "--dataset", "digits"],
        ["interpolate"],
        ["export", "exports"],
    ],
)
def test_every_command_names_the_file(words, sound, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    changes = {"class_name": "Nope", "registered_name": "x>Nope"}
    path = configured(sound, tmp_path / "broken.keras", **changes)
    command, *rest = words
    with pytest.raises(ValueError, match="broken.keras.*class 'Nope'"):
        call(command, path, *rest)
    assert list(tmp_path.iterdir()) == [path]


def test_a_run_s_file_is_named_too(sound, tmp_path):
    changes = {"class_name": "Nope", "registered_name": "x>Nope"}
    configured(sound, tmp_path / "model.keras", **changes)
    settings = {"model": "vae", "dataset": "digits", "network": "mlp"}
    record = {"settings": {**settings, "epochs": 1}, "versions": {}}
    (tmp_path / "config.json").write_text(json.dumps(record))
    with pytest.raises(ValueError, match="model.keras.*class 'Nope'"):
        call("evaluate", tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_features_within_a_file(tmp_path):
    """A metric's network is a file within the configuration."""
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    config = FrechetDistance(network).get_config()
    config["features"]["keras_file"] = config["features"]["keras_file"][:100]
    with pytest.raises(ValueError, match="no .keras file"):
        FrechetDistance.from_config(config)


def test_broken_grids_are_named(tmp_path, monkeypatch):
    for number in (1, 2):
        Image.new("L", (30, 30)).save(tmp_path / f"epoch_{number}.png")
    save_animation(tmp_path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(ValueError, match="epoch_1.png.*bomb"):
        save_animation(tmp_path)
    monkeypatch.undo()
    (tmp_path / "epoch_2.png").write_bytes(b"")
    with pytest.raises(ValueError, match="epoch_2.png"):
        save_animation(tmp_path)
