"""The server behind the playground's page."""

import base64
import concurrent.futures
import http.client
import io
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import kerasgen
from kerasgen.cli.main import app
from kerasgen.serving.exported_model import ExportedModel
from kerasgen.serving.playground import PlaygroundServer
from kerasgen.serving.playground import _own_address
from kerasgen.serving.served_model import ServedModel
from tests.serving.scripted_server import METADATA
from tests.serving.scripted_server import MODEL
from tests.serving.scripted_server import SIGNATURES
from tests.serving.scripted_server import metadata_of


def run(server):
    """Serves in a thread until the test module ends."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def ask(url, body=None):
    """(status, JSON) of a GET, or of a POST of `body`."""
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    try:
        with urllib.request.urlopen(url, body, timeout=30) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.fixture(scope="module")
def vae():
    model = kerasgen.VAE((8, 8, 1), 3, seed=0)
    # Untrained, it draws nearly the same grey image from all latents.
    for weight in model.decoder.trainable_weights:
        weight.assign(3 * weight)
    return model


@pytest.fixture(scope="module")
def of_classes(tmp_path_factory):
    """A loaded export of a model that has three classes."""
    model = kerasgen.ConditionalGAN((8, 8, 1), 3, latent_dim=3, seed=0)
    return ExportedModel(model.export(tmp_path_factory.mktemp("gan")), "gan")


@pytest.fixture(scope="module")
def export(vae, tmp_path_factory):
    return vae.export(tmp_path_factory.mktemp("vae"))


@pytest.fixture(scope="module")
def local(export):
    """The address of a playground that answers by itself."""
    with run(PlaygroundServer(ExportedModel(export, "a vae"), port=0)) as it:
        yield it.url
        it.shutdown()


@pytest.fixture(scope="module")
def predict(local):
    return lambda body: ask(f"{local}v1/models/a%20vae:predict", body)


def of_latents(size):
    """An output of latents, as the page is told of it."""
    field = {"dtype": "float32", "shape": [None, size], "kind": "latents"}
    return {**field, "bounds": None, "is_result": True}


def seeds(seed, number):
    return [[seed, i] for i in range(number)]


# === Answers ===


def test_several_outputs_come_by_name(predict, vae):
    status, answer = predict(
        {"signature_name": "generate", "inputs": {"seeds": seeds(4, 3)}}
    )
    assert status == 200
    assert set(answer) == {"outputs"}
    assert set(answer["outputs"]) == {"images", "latents"}
    images = np.array(answer["outputs"]["images"])
    assert images.shape == (3, 8, 8, 1)
    np.testing.assert_allclose(images, vae.generate(3, seed=4), atol=1e-5)
    # The page goes on from these latents.
    _, decoded = predict({"inputs": {"latents": answer["outputs"]["latents"]}})
    np.testing.assert_allclose(decoded["outputs"], images, atol=1e-6)


@pytest.mark.parametrize("named", [True, False])
def test_one_output_comes_without_its_name(predict, vae, named):
    """And one input may; whole numbers are floats too, as JSON has them."""
    latents = [[0, 0, 1], [0, 0, 0]]
    status, answer = predict(
        {"inputs": {"latents": latents} if named else latents}
    )
    assert status == 200
    expected = vae.decode(np.array(latents, "float32"))
    np.testing.assert_allclose(answer["outputs"], expected, atol=1e-5)


def test_bytes_are_base64(predict, vae):
    _, answer = predict(
        {"signature_name": "generate_png", "inputs": {"seeds": seeds(1, 2)}}
    )
    files = [base64.b64decode(file["b64"]) for file in answer["outputs"]]
    images = np.stack([np.asarray(Image.open(io.BytesIO(f))) for f in files])
    expected = vae.generate(2, seed=1)[..., 0] * 255
    np.testing.assert_allclose(images, expected, atol=0.51)


def test_threads_get_their_own_answers(predict, vae):
    def images(seed):
        _, answer = predict(
            {"signature_name": "generate", "inputs": {"seeds": seeds(seed, 2)}}
        )
        return np.array(answer["outputs"]["images"])

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        found = list(pool.map(images, range(32)))
    expected = [vae.generate(2, seed=seed) for seed in range(32)]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.abs(np.diff(expected, axis=0)).max((1, 2, 3, 4)).min() > 0.1


def test_the_description_has_signatures_and_classes(local, of_classes):
    status, about = ask(f"{local}model")
    assert status == 200
    assert about["name"] == "a vae"
    assert about["model"] == "VAE"
    assert about["num_classes"] is None
    outputs = about["signatures"]["encode"]["outputs"]
    assert outputs == {"latents": of_latents(3)}
    assert of_classes.describe()["num_classes"] == 3


# === The page ===


def test_the_page_is_whole_in_itself(local):
    with urllib.request.urlopen(local) as response:
        page = response.read().decode()
        policy = response.headers["Content-Security-Policy"]
        assert response.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in policy
    addresses = re.findall(r"(?:https?:)?//[\w.]+[^\s'\"]*", page)
    # What follows // in scripts is a comment, with a blank.
    assert set(addresses) == {"http://www.w3.org/2000/svg"}


# === Errors ===


@pytest.mark.parametrize(
    "body, words",
    [
        (b"{", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"\xff", "no JSON"),
        ([], "'inputs'"),
        ({"inputs": {"latents": []}}, "at least one row"),
        ({"inputs": {"latents": [[0, 0]]}}, r"shape \(n, 3\)"),
        ({"inputs": {"latents": [[0, 0], [0]]}}, "inhomogeneous"),
        ({"inputs": {"latents": 0}}, "at least one row"),
        ({"inputs": {"latents": [["a", "b", "c"]]}}, "must be float32"),
        ({"inputs": {"latents": [[None, 0, 0]]}}, "must be float32"),
        ({"inputs": {"latents": [[float("nan"), 0, 0]]}}, "finite"),
        ({"inputs": {"latents": [[1e300, 0, 0]]}}, "finite"),
        ({"inputs": {"latents": [[0, 0, 0]] * 1025}}, "at most 1024 rows"),
        ({"inputs": {"latent": [[0, 0, 0]]}}, "`latents`"),
        ({"inputs": {}}, "`latents`"),
        ({"inputs": {"latents": [[0, 0, 0]]}, "signature_name": "x"}, "'x'"),
        ({"inputs": {"latents": [[0, 0, 0]]}, "signature_name": []}, "decode"),
        (
            {"inputs": {"seeds": [[0.5, 0]]}, "signature_name": "generate"},
            "int",
        ),
        (
            {"inputs": {"seeds": [[2**31, 0]]}, "signature_name": "generate"},
            "int32",
        ),
    ],
)
def test_bad_requests_are_refused_in_words(predict, body, words):
    status, answer = predict(body)
    assert status == 400
    assert set(answer) == {"error"}
    assert re.search(words, answer["error"])


def test_what_the_model_refuses_is_said(of_classes):
    request = {"inputs": {"latents": [[0, 0, 0]] * 2, "labels": [3, 1]}}
    words = (
        "`labels` must be integers from 0 to 2. Received: labels from 1 to 3."
    )
    with pytest.raises(ValueError, match=re.escape(words)):
        of_classes.predict(json.dumps(request).encode())


@pytest.mark.parametrize(
    "path, body",
    [
        ("playground.html", None),
        ("../playground.py", None),
        ("v1/models/other:predict", {}),
        ("", {}),
        ("model", {}),
    ],
)
def test_other_paths_are_not_found(local, path, body):
    status, answer = ask(local + path, body)
    assert status == 404
    assert "There is no /" in answer["error"]


@pytest.mark.parametrize(
    "length, status", [(10**9, 413), (16 * 2**20 + 1, 413), ("x", 400)]
)
def test_large_bodies_are_refused_unread(local, length, status):
    host = local.removeprefix("http://").rstrip("/")
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.putrequest("POST", "/v1/models/a%20vae:predict")
    connection.putheader("Content-Length", length)
    connection.endheaders()
    assert connection.getresponse().status == status
    connection.close()


# === In front of TensorFlow Serving ===


def test_a_server_is_described_and_asked(script):
    signatures = {"encode": SIGNATURES["encode"]}
    path = f"{MODEL}/versions/2"
    script.reply(f"{path}/metadata", metadata_of(**signatures))
    script.reply(f"{path}:predict", {"outputs": [1.5]})
    script.reply(f"{path}:predict", {"error": "bad words"}, 400)
    given = script.url.replace("//", "//me:secret@", 1) + path + "?key=1"
    with run(PlaygroundServer(ServedModel(given), port=0)) as front:
        status, about = ask(f"{front.url}model")
        url = f"{front.url}v1/models/digits:predict"
        assert ask(url, {"inputs": [1]}) == (200, {"outputs": [1.5]})
        assert ask(url, {"inputs": "bad"}) == (400, {"error": "bad words"})
        front.shutdown()
    assert status == 200
    images = {"dtype": "float32", "shape": [None, 2, 2, 1]}
    images |= {"kind": "images", "bounds": [0, 1]}
    outputs = {"latents": of_latents(3)}
    fields = {"inputs": {"images": images}, "outputs": outputs}
    assert about == {
        "name": "digits",
        "source": script.url + path,
        "model": None,
        "num_classes": None,
        "class_names": None,
        "signatures": {"encode": fields},
    }
    sent = [json.loads(body)["inputs"] for body in script.bodies()]
    assert sent == [[1], "bad"]


def test_a_server_that_is_away_is_said(local):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = ServedModel(f"http://127.0.0.1:{port}/v1/models/vae")
    with run(PlaygroundServer(served, port=0)) as front:
        for url, body in (("model", None), ("v1/models/vae:predict", {})):
            status, answer = ask(front.url + url, body)
            assert status == 502
            assert "cannot be reached" in answer["error"]
        front.shutdown()
    # Something else than TensorFlow Serving is at the address.
    other = ServedModel(f"{local}v1/models/vae")
    with pytest.raises(LookupError, match="answered 404"):
        other.describe()
    with run(PlaygroundServer(other, port=0)) as front:
        status, answer = ask(f"{front.url}model")
        assert status == 404
        assert "answered 404" in answer["error"]
        front.shutdown()


def test_a_server_that_is_slow_is_said(monkeypatch):
    monkeypatch.setattr("kerasgen.serving.served_model._TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        served = ServedModel(f"http://127.0.0.1:{port}/v1/models/vae")
        with run(PlaygroundServer(served, port=0)) as front:
            status, answer = ask(f"{front.url}model")
            front.shutdown()
    assert status == 504
    assert "did not answer in 0.2 seconds" in answer["error"]


@pytest.mark.parametrize(
    "ending, path",
    [
        ("a%20b", "a%20b"),
        ("vae/", "vae"),
        ("vae/versions/2", "vae/versions/2"),
        ("vae/labels/new%20one", "vae/labels/new%20one"),
    ],
)
def test_a_model_s_address_is_kept(script, ending, path):
    path = f"/behind/v1/models/{path}"
    script.reply(f"{path}/metadata", METADATA)
    script.reply(f"{path}:predict", {})
    served = ServedModel(f"{script.url}/behind/v1/models/{ending}")
    for _ in range(2):
        served.predict(b"{}")
    # The signatures are read once.
    requests = [(f"{path}/metadata", b""), *2 * [(f"{path}:predict", b"{}")]]
    assert script.requests == requests


@pytest.mark.parametrize(
    "path", ["", "/v1/models/", "/v1/models/a/b", "/v1/models/a/versions/new"]
)
def test_other_addresses_are_no_models(path):
    with pytest.raises(ValueError, match="v1/models/NAME"):
        ServedModel(f"http://127.0.0.1:9{path}")


# === The command ===


def test_the_command_serves_until_interrupted(script):
    command = [sys.executable, "-m", "kerasgen", "playground", script.url]
    process = subprocess.Popen(
        [*command, "--model", "digits", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs ignore Ctrl-C, and so would this child.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    (url,) = re.findall(r"http://\S+", process.stdout.readline())
    _, about = ask(f"{url}model")
    assert about["source"] == script.url + MODEL
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert output.endswith("Stopped.\n")
    assert not errors


@pytest.mark.parametrize("given", ["run", "run/export", "run/export/1"])
def test_the_command_finds_the_export(export, tmp_path, monkeypatch, given):
    run_folder = tmp_path / "run"
    shutil.copytree(export.parent, run_folder / "export")
    settings = {"model": "vae", "dataset": "digits", "network": "mlp"}
    config = {"settings": {**settings, "epochs": 2}, "versions": {}}
    (run_folder / "config.json").write_text(json.dumps(config))
    found, opened = [], []

    def interrupted(server):
        found.append((server.model.name, server.model.describe()["source"]))
        raise KeyboardInterrupt

    monkeypatch.setattr(PlaygroundServer, "serve_forever", interrupted)
    monkeypatch.setattr("webbrowser.open", opened.append)
    words = ["playground", str(tmp_path / given), "--port", "0", "--open"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0
    assert opened[0] in result.output
    name = "run" if given == "run" else "export"
    # The page tells no path; the terminal does.
    assert found == [(name, f"{name}/1")]
    assert str(run_folder / "export" / "1") in result.output


@pytest.mark.parametrize(
    "words, message",
    [
        (["nowhere"], "no SavedModel at nowhere"),
        (["nowhere", "--model", "vae"], "is for servers"),
        (["http://127.0.0.1:9"], "named once"),
        (["http://127.0.0.1:9/v1/models/a", "--model", "a"], "named once"),
        (["http://127.0.0.1:9", "--model", "a"], "cannot be reached"),
        (["http://127.0.0.1:x/v1/models/a"], "Received: .*0.1:x/v1"),
    ],
)
def test_sources_that_are_none_are_refused(words, message):
    result = CliRunner().invoke(app, ["playground", *words])
    assert re.search(message, str(result.exception))


@pytest.fixture
def address_of_route(monkeypatch):
    """A function that says which address leads far away."""

    def set_it(address):
        monkeypatch.setattr(
            "kerasgen.serving.playground._own_address", lambda: address
        )

    return set_it


@pytest.mark.parametrize(
    "host, own, others",
    [
        ("127.0.0.1", "192.168.7.4", None),
        ("0.0.0.0", "192.168.7.4", "192.168.7.4"),
        ("0.0.0.0", None, None),
        ("0.0.0.0", "127.0.0.1", None),
    ],
)
def test_other_machines_are_told_the_address(
    export, monkeypatch, address_of_route, host, own, others
):
    address_of_route(own)
    ports = []

    def interrupted(server):
        ports.append(server.server_port)
        raise KeyboardInterrupt

    monkeypatch.setattr(PlaygroundServer, "serve_forever", interrupted)
    words = ["playground", str(export), "--port", "0", "--host", host]
    result = CliRunner().invoke(app, words)
    found = re.findall(r"http://(\S+):(\d+)/", result.output)
    hosts = ["127.0.0.1"] + ([others] if others else [])
    assert found == [(host, str(ports[0])) for host in hosts]


def test_the_own_address_is_one_to_listen_on():
    address = _own_address()
    if address is None:
        pytest.skip("needs a network")
    with socket.create_server((address, 0)) as listening:
        assert listening.getsockname()[0] == address


def test_a_machine_without_a_network(monkeypatch):
    class Unconnected(socket.socket):
        def connect(self, address):
            raise OSError("Network is unreachable")

    monkeypatch.setattr("socket.socket", Unconnected)
    assert _own_address() is None


def test_an_address_in_use_is_said(export):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        words = ["playground", str(export), "--port", str(port)]
        result = CliRunner().invoke(app, words)
    assert f"Cannot listen on 127.0.0.1:{port}" in str(result.exception)
    assert not result.output
