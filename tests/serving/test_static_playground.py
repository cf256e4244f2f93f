"""The playground as files: the browser runs the model."""

import functools
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import threading

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import kerasgen
from kerasgen import tasks
from kerasgen.serving import static_page
from kerasgen.utils import random
from tests.serving.browser import NEEDS_BROWSER
from tests.serving.browser import downloaded
from tests.serving.browser import errors
from tests.serving.browser import levels
from tests.serving.browser import louder
from tests.serving.browser import until

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("tf2onnx")

# The npm package, unpacked, of the version that pages load.
ONNXRUNTIME_WEB = os.environ.get("KERASGEN_ONNXRUNTIME_WEB")
NEEDS_RUNTIME = pytest.mark.skipif(
    ONNXRUNTIME_WEB is None, reason="needs KERASGEN_ONNXRUNTIME_WEB"
)
NAMES = ["circle", "square", "star"]
SHAPE = (8, 8, 1)
SMALL = {"network": "mlp", "network_options": {"hidden_units": [8]}, "seed": 0}


@pytest.fixture(scope="module")
def model():
    """A model of classes that have names."""
    model = kerasgen.ConditionalVAE(SHAPE, 3, latent_dim=20, **SMALL)
    model.class_names = NAMES
    louder(model.decoder)
    return model


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    """A page that loads ONNX Runtime Web from its public copy."""
    place = tmp_path_factory.mktemp("static") / "site"
    directions = np.eye(20)[[3, 5]]
    return tasks.write_playground(model, place, "shapes", directions)


# === What is written ===


def answers(folder, seeds, labels):
    """What the worker does, but for its own draw of the bits."""
    setup = json.loads((folder / "model.json").read_text())
    shape = setup["in_browser"]["drawn_shape"]
    uniforms = random.uniform_from_seed_rows(tf.constant(seeds), shape)
    found = {"uniforms": uniforms.numpy(), "labels": labels}
    for name in ("draw", "decode"):
        if f"{name}" in setup["in_browser"]["files"]:
            session = onnxruntime.InferenceSession(folder / f"{name}.onnx")
            given = {
                port.name: found[port.name] for port in session.get_inputs()
            }
            names = [port.name for port in session.get_outputs()]
            found |= zip(names, session.run(names, given))
    return found


def test_files_draw_what_generate_draws(model, folder):
    labels = np.array([2, 0, 1, 2], np.int32)
    seeds = [[7, i] for i in range(4)]
    found = answers(folder, seeds, labels)
    expected = model.generate(4, seed=7, labels=labels)
    np.testing.assert_allclose(found["images"], expected, rtol=0, atol=1e-5)
    latents = model.latents_from_seeds(tf.constant(seeds))
    np.testing.assert_allclose(found["latents"], latents, rtol=1e-4, atol=1e-5)
    assert np.ptp(expected, axis=0).max() > 0.1


@pytest.mark.parametrize(
    "new",
    [
        # Normals and uniforms in one draw.
        lambda: kerasgen.InfoGAN(SHAPE, 2, num_categories=3, **SMALL),
        # Loops: of latents, and without latents.
        pytest.param(
            lambda: kerasgen.VQVAE(SHAPE, seed=0), marks=pytest.mark.exhaustive
        ),
        pytest.param(
            lambda: kerasgen.PixelCNN((4, 4, 1), seed=0),
            marks=pytest.mark.exhaustive,
        ),
    ],
    ids=["infogan", "vqvae", "pixelcnn"],
)
def test_other_draws_too(new, tmp_path):
    model = new()
    folder = tasks.write_playground(model, tmp_path / "site")
    found = answers(folder, [[3, 0], [3, 1]], np.arange(2, dtype=np.int32))
    expected = model.generate(2, seed=3)
    np.testing.assert_allclose(found["images"], expected, rtol=0, atol=1e-5)
    assert (folder / "decode.onnx").exists() == model.can("decode")


def test_the_page_knows_what_it_needs(folder):
    page = (folder / "index.html").read_text()
    assert '<body data-worker="worker.js">' in page
    assert "Content-Security-Policy" in page
    setup = json.loads((folder / "model.json").read_text())
    assert setup["name"] == "shapes"
    assert setup["class_names"] == NAMES
    assert np.shape(setup["directions"]) == (2, 20)
    assert list(setup["signatures"]) == ["generate", "decode"]
    for part in ("script", "wasm"):
        loaded = setup["in_browser"][part]
        assert loaded["url"].startswith(static_page.PUBLIC)
        assert loaded["integrity"].startswith("sha384-")


def test_the_guide_has_the_version_that_pages_load():
    guide = pathlib.Path(__file__).parents[2] / "docs/pages/guide/serving.md"
    assert f"npm pack {static_page.PACKAGE}@{static_page.VERSION}" in (
        guide.read_text()
    )


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_bits_are_those_of_tensorflow(folder):
    seeds = [[0, 0], [5, 3], [2**31 - 1, 77]]
    code = (
        "import {bitsOf} from './draws.js';"
        f"console.log(JSON.stringify({seeds}.map((s) => bitsOf(s, 11))))"
    )
    found = subprocess.run(
        ["node", "--input-type=module", "-e", code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    expected = random.bits_from_seed_rows(tf.constant(seeds), (11,))
    np.testing.assert_array_equal(json.loads(found.stdout), expected)


# === What is refused ===


def test_what_cannot_be_drawn_is_told(tmp_path):
    small = {"width": 8, "num_blocks": 1, "attention_heads": 2}
    tokenizer = kerasgen.data.CharacterTokenizer("abc ")
    texts = kerasgen.GPT(6, tokenizer, network_options=small, seed=0)
    with pytest.raises(ValueError, match="GANs, VAEs.*GPT, which draws texts"):
        tasks.write_playground(texts, tmp_path / "site")
    between = kerasgen.Pix2Pix((16, 16, 1), (16, 16, 1), seed=0)
    with pytest.raises(ValueError, match="which draws nothing by seeds"):
        tasks.write_playground(between, tmp_path / "site")
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(model, tmp_path):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(FileExistsError, match="not overwritten"):
        tasks.write_playground(model, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_another_runtime_is_refused(model, tmp_path):
    runtime = tmp_path / "package" / "dist"
    runtime.mkdir(parents=True)
    site = tmp_path / "site"
    with pytest.raises(FileNotFoundError, match="npm pack onnxruntime-web@"):
        tasks.write_playground(model, site, onnxruntime_web=tmp_path)
    for name in ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"):
        (runtime / name).write_bytes(b"of another version")
    for place in (runtime, runtime.parent):
        with pytest.raises(ValueError, match="bundle.min.mjs is another"):
            tasks.write_playground(model, site, onnxruntime_web=place)
    assert not site.exists()


# === In Chromium ===


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Any web host."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def host(folder, tmp_path_factory):
    """The page, and in a folder beside it one that is damaged."""
    root = tmp_path_factory.mktemp("host")
    site = shutil.copytree(folder, root / "shapes")
    setup = json.loads((site / "model.json").read_text())
    for part, file in static_page.find_runtime(ONNXRUNTIME_WEB).items():
        shutil.copyfile(file, site / file.name)
        setup["in_browser"][part]["url"] = file.name
    (site / "model.json").write_text(json.dumps(setup))
    damaged = shutil.copytree(site, root / "damaged")
    with open(damaged / "ort.wasm.bundle.min.mjs", "a") as script:
        script.write("\n// One more line.\n")
    handler = functools.partial(Quiet, directory=root)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=[0.01]).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def opened(browser, host):
    browser.open(host + "shapes/")
    for canvas in ("#grid canvas", "#decoded", "#way"):
        until(lambda: browser.pixels(canvas).shape == (8, 8))
    return browser


def nth(place):
    return f"#grid button:nth-child({place + 1}) canvas"


def shows(browser, css, image):
    found = browser.pixels(css)
    return found.shape == (8, 8) and np.allclose(found, levels(image), atol=1)


@NEEDS_BROWSER
@NEEDS_RUNTIME
def test_samples_are_drawn_and_clicked(opened, model, tmp_path):
    in_turn = model.generate(24, seed=0)
    for place in (0, 1, 23):
        until(lambda: shows(opened, nth(place), in_turn[place]))
    opened.type("#samples select", "star")
    stars = model.generate(24, seed=0, labels="star")
    assert not np.allclose(levels(stars[0]), levels(in_turn[0]), atol=1)
    until(lambda: shows(opened, nth(0), stars[0]))
    opened.click("#new-seed")
    seed = int(opened.run("return document.querySelector('#seed').value"))
    others = model.generate(24, seed=seed, labels="star")
    until(lambda: shows(opened, nth(23), others[23]))
    opened.download_to(tmp_path)
    opened.click("#save")
    sheet = downloaded(opened, tmp_path, f"shapes_seed_{seed}.png")
    np.testing.assert_allclose(sheet[:8, 8:16], levels(others[1]), atol=1)
    # A sample goes to the sliders.
    opened.click("#grid button:nth-child(5)")
    until(lambda: shows(opened, "#decoded", others[4]))
    assert not errors(opened)
    picture = opened.screenshot()
    Image.fromarray(picture).save(tmp_path / "page.png")
    assert picture.std() > 10


@NEEDS_BROWSER
@NEEDS_RUNTIME
def test_sliders_decode(opened, model):
    latents = np.zeros((1, 20), "float32")
    until(
        lambda: shows(opened, "#decoded", model.decode(latents, labels=[0])[0])
    )
    # End of the slider.
    opened.type("#directions label:nth-child(2) input", "\ue010")
    latents[0, 5] = 3
    moved = model.decode(latents, labels=[0])[0]
    until(lambda: shows(opened, "#decoded", moved))
    opened.type("#explore select", "square")
    square = model.decode(latents, labels=["square"])[0]
    until(lambda: shows(opened, "#decoded", square))
    assert not np.allclose(levels(square), levels(moved), atol=1)
    assert not errors(opened)


@NEEDS_BROWSER
@NEEDS_RUNTIME
def test_the_way_between_seeds_is_that_of_keras(opened, model):
    seeds = tf.constant([[1, 0], [2, 0]])
    ends = model.latents_from_seeds(seeds).numpy()
    ends = model.decode(ends, labels=[0, 0])
    until(lambda: shows(opened, "#strip canvas:nth-child(1)", ends[0]))
    until(lambda: shows(opened, "#strip canvas:nth-child(9)", ends[1]))
    assert not errors(opened)


@NEEDS_BROWSER
@NEEDS_RUNTIME
def test_it_fits_a_phone(opened):
    opened.resize(390, 844)
    widths = opened.run(
        "return [innerWidth, document.documentElement.scrollWidth]"
    )
    opened.resize_back()
    assert widths == [390, 390]


@NEEDS_BROWSER
@NEEDS_RUNTIME
def test_a_runtime_that_was_changed_is_not_run(browser, host):
    browser.open(host + "damaged/")
    until(lambda: "not what it was when the page was made" in errors(browser))
    assert "ort.wasm.bundle.min.mjs" in errors(browser)


@NEEDS_BROWSER
def test_a_page_without_a_host_says_so(browser, folder):
    browser.open((folder / "index.html").as_uri())
    until(lambda: "from a web host only" in errors(browser))
