"""The playground answers as TensorFlow Serving does, and so to its clients."""

import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

import kerasgen
from kerasgen.cli.main import app
from kerasgen.serving import Client
from kerasgen.serving.exported_model import ExportedModel
from kerasgen.serving.playground import PlaygroundServer
from kerasgen.serving.served_model import ServedModel
from tests.serving.scripted_server import metadata_of
from tests.serving.scripted_server import signature
from tests.serving.scripted_server import tensor
from tests.serving.test_playground import ask
from tests.serving.test_playground import run
from tests.serving.test_playground import seeds

LABELS = {"labels": tensor("DT_INT32", -1)}
LATENTS = {"latents": tensor("DT_FLOAT", -1, 3)}
IMAGES = {"images": tensor("DT_FLOAT", -1, 8, 8, 1)}


@pytest.fixture(scope="module")
def model():
    """Three classes; weights that make images differ by more than noise."""
    it = kerasgen.ConditionalGAN((8, 8, 1), 3, latent_dim=3, seed=0)
    for weight in it.trainable_weights:
        weight.assign(3 * weight)
    return it


@pytest.fixture(scope="module")
def local(model, tmp_path_factory):
    """The address of a playground of version 7."""
    folder = model.export(tmp_path_factory.mktemp("gan"), version=7)
    with run(PlaygroundServer(ExportedModel(folder, "a gan"), port=0)) as it:
        yield it.url
        it.shutdown()


@pytest.fixture(scope="module")
def front(local):
    """The address of a playground that hands on to that one."""
    served = ServedModel(f"{local}v1/models/a%20gan")
    with run(PlaygroundServer(served, port=0)) as it:
        yield it.url
        it.shutdown()


@pytest.fixture(params=["local", "front"])
def address(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def predict(local):
    return lambda body: ask(f"{local}v1/models/a%20gan:predict", body)


# === By rows ===


def test_several_outputs_of_rows_come_by_name(predict, model):
    rows = [{"labels": 2 - i, "seeds": s} for i, s in enumerate(seeds(5, 3))]
    status, answer = predict({"signature_name": "generate", "instances": rows})
    assert status == 200
    assert set(answer) == {"predictions"}
    assert [set(row) for row in answer["predictions"]] == [
        {"images", "latents"}
    ] * 3
    found = [row["images"] for row in answer["predictions"]]
    expected = model.generate(3, seed=5, labels=[2, 1, 0])
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.abs(np.diff(expected, axis=0)).max((1, 2, 3)).min() > 0.1


def test_one_output_of_rows_comes_without_its_name(predict, model):
    latents = [[0, 0, 1], [2, 0, 0]]
    rows = [{"latents": row, "labels": 1} for row in latents]
    _, answer = predict({"instances": rows})
    expected = model.decode(np.array(latents, "float32"), labels=1)
    np.testing.assert_allclose(answer["predictions"], expected, atol=1e-5)


def test_rows_of_one_input_need_no_name(tmp_path):
    vae = kerasgen.VAE((8, 8, 1), 3, seed=0)
    exported = ExportedModel(vae.export(tmp_path), "vae")
    latents = [[0, 0, 1], [2, 0, 0]]
    expected = vae.decode(np.array(latents, "float32"))
    for rows in (latents, [{"latents": row} for row in latents]):
        _, answer = exported.predict(json.dumps({"instances": rows}).encode())
        found = json.loads(answer)["predictions"]
        np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(
    "body, words",
    [
        ({"instances": 3}, "list of rows"),
        ({"instances": {"labels": [1]}}, "list of rows"),
        ({"instances": []}, "labels, latents"),
        ({"instances": [[0, 0, 0]]}, "labels, latents"),
        ({"instances": [{"labels": 0}, [0, 0, 0]]}, "same names"),
        ({"instances": [[0, 0, 0], {"labels": 0}]}, "same names"),
        ({"instances": [{"labels": 0}, {"latents": [0, 0, 0]}]}, "same names"),
        ({"instances": [{"labels": 0}]}, "`labels`, `latents`"),
        ({"instances": [{}]}, "`labels`, `latents`"),
        ({"instances": [{"labels": 0, "latents": [0, 0]}]}, r"\(n, 3\)"),
        ({"instances": [{"labels": 9, "latents": [0, 0, 0]}]}, "from 0 to 2"),
        ({"instances": [], "inputs": []}, "'inputs' or with 'instances'"),
    ],
)
def test_bad_rows_are_refused_in_words(predict, body, words):
    status, answer = predict(body)
    assert status == 400
    assert re.search(words, answer["error"])


# === What there is ===


@pytest.mark.parametrize("ending", ["", "/versions/7", "/labels/stable"])
def test_the_status_is_that_of_a_server(local, ending):
    version = {
        "version": "7",
        "state": "AVAILABLE",
        "status": {"error_code": "OK", "error_message": ""},
    }
    found = ask(f"{local}v1/models/a%20gan{ending}")
    assert found == (200, {"model_version_status": [version]})


@pytest.mark.parametrize("ending", ["", "/versions/7", "/labels/stable"])
def test_the_metadata_is_that_of_a_server(local, ending):
    status, found = ask(f"{local}v1/models/a%20gan{ending}/metadata")
    assert status == 200
    spec = {"name": "a gan", "signature_name": "", "version": "7"}
    assert found["model_spec"] == spec
    default = signature(LATENTS | LABELS, IMAGES)
    expected = metadata_of(serving_default=default)["metadata"]
    assert set(found["metadata"]) == set(expected)
    found = found["metadata"]["signature_def"]["signature_def"]
    assert {"serving_default", "generate", "generate_png"} <= set(found)
    found = found["serving_default"]
    for kind in ("inputs", "outputs"):
        for field in found[kind].values():
            field["name"] = "StatefulPartitionedCall:0"  # Others in the graph.
            # There the kind stands.
            field["tensor_shape"]["dim"][0]["name"] = ""
        assert found[kind] == default[kind]
    assert found["method_name"] == default["method_name"]


@pytest.mark.parametrize(
    "path",
    ["versions/8", "versions/77", "versions/7/versions/7", "labels/other"],
)
def test_other_versions_are_not_there(local, path):
    for ending in ("", "/metadata"):
        status, answer = ask(f"{local}v1/models/a%20gan/{path}{ending}")
        assert status == 404
        assert "There is no /v1/models/a%20gan" in answer["error"]


# === The client ===


def test_the_client_draws_what_the_model_draws(address, model):
    client = Client(address, "a gan", max_batch_size=2, retries=0)
    client.wait_until_ready(10)
    labels = [0, 1, 2]
    found = client.generate(3, seed=4, labels=labels)
    expected = model.generate(3, seed=4, labels=labels)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert client.generate_png(1, 0, labels=1)[0].startswith(b"\x89PNG")
    assert set(client.signatures()) == set(model.signatures())
    with pytest.raises(ValueError, match="`labels` must be .* to 2"):
        client.generate(1, labels=3)
    with pytest.raises(LookupError, match="no signature 'encode'"):
        client.encode(expected)


def test_the_client_may_name_the_version(local, model):
    client = Client(local, "a gan", version=7, retries=0)
    latents = np.float32([[0.5, -1, 2]])
    found, expected = client.decode(latents, 1), model.decode(latents, labels=1)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    other = Client(local, "a gan", version=8, retries=0)
    with pytest.raises(LookupError, match=r"Versions: 7 \(AVAILABLE\)"):
        other.signatures()


def test_the_command_draws_from_a_playground(address, model, tmp_path):
    out = tmp_path / "it.npy"
    words = ["--server", address, "--model", "a gan", "--num-samples", "4"]
    words += ["--seed", "3", "--label", "2", "--out", str(out)]
    result = CliRunner().invoke(app, ["generate", *words])
    assert result.exit_code == 0, result.exception
    expected = model.generate(4, seed=3, labels=2)
    np.testing.assert_allclose(np.load(out), expected, atol=1e-5)
