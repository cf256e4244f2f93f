"""Exports in TensorFlow Serving itself.

They run where the environment variable KERASGEN_TFSERVING_BIN names a
`tensorflow_model_server`.
"""

import concurrent.futures
import io
import json
import os
import re
import threading
import time
import urllib.request

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import kerasgen
from kerasgen.cli.main import app
from kerasgen.serving import Client
from kerasgen.serving import write_server_config
from kerasgen.serving.playground import PlaygroundServer
from kerasgen.serving.served_model import ServedModel
from kerasgen.serving.versions import keep_latest
from tests.serving.tensorflow_server import BINARY
from tests.serving.tensorflow_server import Server
from tests.serving.test_server_config import curl_payloads

pytestmark = pytest.mark.skipif(
    not BINARY,
    reason="KERASGEN_TFSERVING_BIN does not name a tensorflow_model_server",
)
# Between builds of the same kernels for other processors.
ABSOLUTE_TOLERANCE = 1e-5
SEED = 3


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    """A function that starts a server with flags and waits for a version."""
    servers = []

    def start(*flags, **words):
        log = tmp_path_factory.mktemp("log") / "log.txt"
        servers.append(Server(log, *flags))
        servers[-1].wait(**words)
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def of_folder(path):
    return "--model_name=digits", f"--model_base_path={path}"


def small_vae():
    """Other weights each time."""
    return kerasgen.VAE(
        (8, 8, 1), 3, network_options={"hidden_units": [8]}, seed=0
    )


@pytest.fixture(scope="module")
def model():
    return small_vae()


@pytest.fixture(scope="module")
def server(serve, model, tmp_path_factory):
    """A server of one version, for tests that only ask."""
    path = tmp_path_factory.mktemp("models")
    model.export(path)
    return serve(*of_folder(path))


@pytest.fixture(params=["rest", "grpc"])
def client(server, request):
    return server.client(request.param)


@pytest.fixture
def two(tmp_path):
    """Two models, the first of which is exported."""
    models = small_vae(), small_vae()
    models[0].export(tmp_path / "models")
    images = [model.generate(2, SEED) for model in models]
    assert np.abs(images[0] - images[1]).max() > 100 * ABSOLUTE_TOLERANCE
    return *models, tmp_path / "models"


def assert_close(found, expected):
    np.testing.assert_allclose(
        found, expected, rtol=ABSOLUTE_TOLERANCE, atol=ABSOLUTE_TOLERANCE
    )


def draws(client, model):
    """Whether a client draws what a model draws."""
    difference = client.generate(2, SEED) - model.generate(2, SEED)
    return np.abs(difference).max() <= ABSOLUTE_TOLERANCE


def serves(server, version):
    try:
        server.client(version=version).signatures()
    except LookupError:
        return False
    return True


def wait_until(condition, seconds=30):
    """Fails unless a condition holds in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not in {seconds} seconds"
        time.sleep(0.1)


# === What other clients send ===


def test_rows(server, model, digits):
    images = model.generate(2, SEED)
    latents = model.encode(digits[:2])
    named = [{"seeds": [SEED, 0]}, {"seeds": [SEED, 1]}]
    for instances in (named, [[SEED, 0], [SEED, 1]]):
        body = {"signature_name": "generate", "instances": instances}
        found = server.post(body)["predictions"]
        assert_close([row["images"] for row in found], images)
        assert {len(row["latents"]) for row in found} == {3}
    body = {"signature_name": "encode", "instances": digits[:2].tolist()}
    assert_close(server.post(body)["predictions"], latents)


def test_columns(server, model, digits):
    seeds = {"seeds": [[SEED, 0], [SEED, 1]]}
    found = server.post({"signature_name": "generate", "inputs": seeds})
    assert_close(found["outputs"]["images"], model.generate(2, SEED))
    images = {"images": digits[:2].tolist()}
    found = server.post({"signature_name": "encode", "inputs": images})
    assert_close(found["outputs"], model.encode(digits[:2]))


def test_no_signature_name_is_the_default_signature(server, model):
    latents = np.float32([[0.5, -1, 2]])
    found = server.post({"instances": latents.tolist()})
    assert_close(found["predictions"], model.decode(latents))


# === What the client sends ===


def test_every_method(client, model, digits):
    images = digits[:5]
    latents = model.encode(images)
    assert_close(client.generate(5, SEED), model.generate(5, SEED))
    assert_close(client.encode(images), latents)
    assert_close(client.decode(latents), model.decode(latents))
    assert_close(client.reconstruct(images), model.reconstruct(images))
    np.testing.assert_allclose(
        client.log_likelihood(images, seed=SEED),
        model.log_likelihood(images, num_samples=16, seed=SEED),
        rtol=1e-4,
    )


def test_signatures(client, model):
    found = client.signatures()
    expected = model.signatures()
    assert set(found) == set(expected)
    for name, (_, specs) in expected.items():
        assert found[name]["inputs"] == {
            spec.name: {"dtype": spec.dtype.name, "shape": tuple(spec.shape)}
            for spec in specs
        }


def test_files(server, model):
    pytest.importorskip("tensorflow_serving")
    files, same = (
        server.client(protocol).generate_png(3, SEED)
        for protocol in ("rest", "grpc")
    )
    assert files == same
    pixels = np.stack([Image.open(io.BytesIO(file)) for file in files])
    served = server.client().generate(3, SEED)[..., 0]
    np.testing.assert_array_equal(pixels, np.round(255 * served))
    # A last bit of a float may round to the next level.
    own = np.round(255 * model.generate(3, SEED)[..., 0])
    np.testing.assert_allclose(pixels.astype(int), own, atol=1, rtol=0)


def test_classes(serve, tmp_path):
    model = kerasgen.ConditionalVAE(
        (8, 8, 1), 4, 3, network_options={"hidden_units": [8]}, seed=0
    )
    model.export(tmp_path)
    client = serve(*of_folder(tmp_path)).client()
    for labels in (1, [3, 0, 2]):
        assert_close(
            client.generate(3, SEED, labels=labels),
            model.generate(3, SEED, labels=labels),
        )
    with pytest.raises(ValueError, match="from 0 to 3"):
        client.generate(1, SEED, labels=4)


def test_the_command(server, model, tmp_path):
    address, out = server.addresses["rest"], str(tmp_path / "it.npy")
    words = ["--server", address, "--model", "digits", "--num-samples", "4"]
    result = CliRunner().invoke(
        app, ["generate", *words, "--seed", str(SEED), "--out", out]
    )
    assert result.exit_code == 0, result.exception
    assert_close(np.load(out), model.generate(4, SEED))


def test_what_there_is_not(client):
    with pytest.raises(LookupError, match="no signature 'inpaint'"):
        client.predict("inpaint", images=[[0.0]])
    other = Client(client.server, "letters", retries=0)
    with pytest.raises(LookupError, match="no model 'letters'"):
        other.generate()
    other = Client(client.server, "digits", version=9, retries=0)
    with pytest.raises(LookupError, match=r"no version 9.* 1 \(AVAILABLE\)"):
        other.generate()


# === What operators do ===


def test_batching(serve, model, tmp_path):
    path = tmp_path / "models"
    model.export(path)
    parameters = tmp_path / "batching.config"
    parameters.write_text(
        "max_batch_size { value: 4 }\n"
        "batch_timeout_micros { value: 20000 }\n"
        "num_batch_threads { value: 2 }\n"
        "max_enqueued_batches { value: 1000 }\n"
    )
    server = serve(
        *of_folder(path),
        "--enable_batching=true",
        f"--batching_parameters_file={parameters}",
    )
    client = server.client(max_batch_size=4)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda seed: client.generate(3, seed), range(32)))
    for seed, images in enumerate(found):
        assert_close(images, model.generate(3, seed))
    # By which batching is known to be on.
    with pytest.raises(ValueError, match="(?i)batch"):
        server.client(max_batch_size=64).generate(5, SEED)


def test_warm_up(server, model):
    log = server.log.read_text(errors="replace")
    found = re.findall(r"Number of warmup records read: (\d+)", log)
    assert found == [str(len(model.signatures()))]


def test_publishing_fails_no_request_and_can_be_taken_back(serve, two):
    first, second, path = two
    server = serve(*of_folder(path))
    client = server.client()
    assert draws(client, first)
    images, done = [], threading.Event()

    def ask():
        while not done.is_set():
            images.append(client.generate(2, SEED))

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        askers = [pool.submit(ask) for _ in range(2)]
        try:
            second.export(path)
            server.wait(version=2)
            wait_until(lambda: draws(client, second))
            time.sleep(2)  # The first version is taken away meanwhile.
        finally:
            done.set()
        for asker in askers:
            asker.result()
    of_models = [model.generate(2, SEED) for model in (first, second)]
    nearest = [
        min(np.abs(found - expected).max() for expected in of_models)
        for found in images
    ]
    assert max(nearest) <= ABSOLUTE_TOLERANCE

    os.rename(path / "2", path / ".removed-2")
    wait_until(lambda: draws(client, first))
    wait_until(lambda: not serves(server, version=2))


def test_labels(serve, two, tmp_path):
    """A canary, its promotion and the way back, while the server runs."""
    first, second, path = two
    config, copy = tmp_path / "config", tmp_path / "models.config"

    def write(stable=None):
        write_server_config(config, path, "digits", stable)
        # In the container the folder has another name.
        text = (config / "models.config").read_text()
        scratch = tmp_path / "scratch.config"
        scratch.write_text(text.replace('"/models/digits"', f'"{path}"'))
        os.rename(scratch, copy)

    write()
    server = serve(
        f"--model_config_file={copy}",
        "--model_config_file_poll_wait_seconds=1",
        "--allow_version_labels_for_unavailable_models=true",
        version=1,
    )
    stable, canary = (
        server.client(label=label) for label in ("stable", "canary")
    )
    assert draws(stable, first)
    assert draws(canary, first)
    with pytest.raises(LookupError, match="nightly"):
        server.client(label="nightly").generate()
    second.export(path)
    write()
    wait_until(lambda: draws(canary, second))
    assert draws(stable, first)
    for number, model in ((2, second), (1, first), (2, second)):
        write(stable=number)
        wait_until(lambda: draws(stable, model))
    assert draws(server.client(version=1), first)
    for _ in range(2):  # What a label has just named is spared.
        second.export(path)
    write()
    keep_latest(path, 3, 4)
    wait_until(lambda: serves(server, version=4))
    assert draws(stable, second)
    assert draws(canary, second)


# === What is written for operators ===


@pytest.fixture(scope="module")
def configured(serve, model, tmp_path_factory):
    """A server of `write_server_config`'s files and flags, and their folder."""
    folder = tmp_path_factory.mktemp("configured")
    path, config = folder / "digits", folder / "config"
    for _ in range(2):  # `stable` and `canary`.
        model.export(path)
    readme = write_server_config(config, path).read_text()
    # In the container the folders have other names.
    models = config / "models.config"
    text = models.read_text()
    assert '"/models/digits"' in text
    models.write_text(text.replace('"/models/digits"', f'"{path}"'))
    flags = [
        flag.replace("=/config/", f"={config}/")
        for flag in re.findall(r"^  (--\w+=\S+)", readme, re.MULTILINE)
    ]
    assert sum(str(config) in flag for flag in flags) == 3
    server = serve(*flags, version=1)
    server.wait(version=2)
    return server, config


def test_the_readme_s_requests(configured, model):
    server, config = configured
    asked = set()
    for address, payload in curl_payloads(config):
        path = address.removeprefix("http://localhost:8501")
        answer = json.loads(server.ask("POST", path, json.dumps(payload)))
        form = "predictions" if "instances" in payload else "outputs"
        assert answer[form]
        asked.add(payload["signature_name"])
    assert asked == set(model.signatures())


def test_the_readme_s_other_addresses(configured):
    """The model's state, a label's signatures and Prometheus's figures."""
    server, config = configured
    text = (config / "README.md").read_text()
    found = {
        path: server.ask("GET", path)
        for path in re.findall(r"http://localhost:8501(/[\w./-]+)", text)
    }
    states = json.loads(found.pop("/v1/models/digits"))
    assert {
        status["version"]: status["state"]
        for status in states["model_version_status"]
    } == {"1": "AVAILABLE", "2": "AVAILABLE"}
    stable = "/v1/models/digits/labels/stable/metadata"
    assert json.loads(found.pop(stable))["model_spec"]["version"] == "1"
    figures = found.pop("/monitoring/prometheus/metrics")
    assert "# TYPE" in figures
    assert ":tensorflow:" in figures
    assert not found


def test_the_written_batching_is_on(configured, model):
    server, _ = configured
    assert_close(server.client().generate(64, SEED), model.generate(64, SEED))
    with pytest.raises(ValueError, match="(?i)batch"):
        server.client(max_batch_size=65).generate(65, SEED)


@pytest.mark.parametrize("ending", ["", "/versions/2", "/labels/stable"])
def test_the_playground_in_front(configured, model, ending):
    server, _ = configured
    address = f"{server.addresses['rest']}/v1/models/digits{ending}"
    with PlaygroundServer(ServedModel(address), port=0) as front:
        threading.Thread(target=front.serve_forever, daemon=True).start()
        body = {"signature_name": "generate"}
        body["inputs"] = {"seeds": [[SEED, 0], [SEED, 1]]}
        request = urllib.request.Request(
            f"{front.url}v1/models/digits:predict", json.dumps(body).encode()
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            images = json.load(response)["outputs"]["images"]
        with urllib.request.urlopen(f"{front.url}model") as response:
            about = json.load(response)
        front.shutdown()
    assert_close(images, model.generate(2, SEED))
    assert set(about["signatures"]) == set(model.signatures())
