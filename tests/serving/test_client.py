"""What the client sends and how it takes answers, with scripted servers."""

import base64
import concurrent.futures
import json
import os
import random
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from kerasgen.cli.main import app
from kerasgen.serving import Client
from tests.serving.scripted_server import METADATA
from tests.serving.scripted_server import MODEL
from tests.serving.scripted_server import PICTURES
from tests.serving.scripted_server import PNG
from tests.serving.scripted_server import PREDICT
from tests.serving.scripted_server import SIGNATURES
from tests.serving.scripted_server import metadata_of
from tests.serving.scripted_server import signature
from tests.serving.scripted_server import tensor


def file(number):
    """A file of its own, as the server writes it as JSON."""
    return {"b64": base64.b64encode(PNG + bytes([number])).decode()}


# === What is sent and what is taken ===


def test_generate(client, script):
    images = np.concatenate([PICTURES, PICTURES / 2])
    latents = [[0.0, 1.0, 2.0]] * 2
    script.reply(
        PREDICT, {"outputs": {"images": images.tolist(), "latents": latents}}
    )
    found = client.generate(2, seed=3)
    assert script.bodies() == [
        b'{"signature_name": "generate", "inputs": {"seeds": [[3, 0], [3, 1]]}}'
    ]
    np.testing.assert_array_equal(found, images)
    assert found.dtype == np.float32


def test_one_output_has_no_name(client, script):
    script.reply(PREDICT, {"outputs": [[1.0, 2.5, -3.0]]})
    found = client.encode(PICTURES)
    np.testing.assert_array_equal(found, np.float32([[1, 2.5, -3]]))
    assert found.dtype == np.float32
    assert script.bodies() == [
        b'{"signature_name": "encode", "inputs": {"images": '
        b"[[[[0.10000000149011612], [0.20000000298023224]], "
        b"[[0.3333333432674408], [1.0]]]]}}"
    ]


def test_files_are_base64(client, script):
    files = [PNG + b"\x00", PNG + b"\xff\x00"]
    coded = [{"b64": base64.b64encode(file).decode()} for file in files]
    script.reply(PREDICT, {"outputs": coded})
    assert client.generate_png(2, seed=0) == files


def test_strings_are_sent_as_base64(client, script):
    named = {"names": tensor("DT_STRING", -1)}
    script.replies.clear()
    script.reply(f"{MODEL}/metadata", metadata_of(echo=signature(named, named)))
    script.reply(PREDICT, {"outputs": ["text", {"b64": "/w=="}]})
    found = client.predict("echo", names=np.array([b"\xff", b"a"], object))
    assert script.bodies() == [
        b'{"signature_name": "echo", "inputs": '
        b'{"names": [{"b64": "/w=="}, {"b64": "YQ=="}]}}'
    ]
    assert found["names"].tolist() == [b"text", b"\xff"]


def test_each_method_asks_its_signature(client, script):
    latents = np.float32([[0, 1, 2]])
    picture, score = PICTURES.tolist(), [0.5]
    for answer in (
        picture,
        picture,
        [-3.25],
        score,
        {"is_anomaly": [1], "scores": score},
        {"clusters": [1], "probabilities": [[0.25, 0.75]]},
    ):
        script.reply(PREDICT, {"outputs": answer})
    np.testing.assert_array_equal(client.decode(latents), PICTURES)
    np.testing.assert_array_equal(client.reconstruct(PICTURES, 7), PICTURES)
    assert client.log_likelihood(PICTURES, seed=5) == -3.25
    assert client.anomaly_score(PICTURES) == 0.5
    assert client.is_anomaly(PICTURES).tolist() == [True]
    assert client.assign(PICTURES).tolist() == [1]
    sent = [json.loads(body) for body in script.bodies()]
    rows = {"images": picture}
    assert [(body["signature_name"], body["inputs"]) for body in sent] == [
        ("serving_default", {"latents": latents.tolist()}),
        ("reconstruct", {**rows, "labels": [7]}),
        ("log_likelihood", {**rows, "seeds": [[5, 0]]}),
        ("anomaly_score", rows),
        ("is_anomaly", rows),
        ("assign", rows),
    ]


def test_whole_numbers_are_floats_too(client, script):
    script.reply(PREDICT, {"outputs": PICTURES.tolist()})
    client.decode([[0, 0, 1]])
    sent = [json.loads(body)["inputs"] for body in script.bodies()]
    assert sent == [{"latents": [[0.0, 0.0, 1.0]]}]
    assert isinstance(sent[0]["latents"][0][2], float)


def test_signatures_are_read_once(client, script):
    found = client.signatures()
    assert found["generate"] == {
        "inputs": {
            "seeds": {
                "dtype": "int32",
                "shape": (None, 2),
                "kind": "seeds",
                "bounds": [0, 2**31 - 1],
            }
        },
        "outputs": {
            "images": {
                "dtype": "float32",
                "shape": (None, 2, 2, 1),
                "kind": "images",
                "bounds": [0, 1],
                "is_result": True,
            },
            "latents": {
                "dtype": "float32",
                "shape": (None, 3),
                "kind": "latents",
                "bounds": None,
            },
        },
    }
    assert set(found) == set(SIGNATURES) - {"__saved_model_init_op"}
    assert client.signatures() == found
    assert [path for path, _ in script.requests] == [f"{MODEL}/metadata"]


def test_many_rows_are_several_requests(script):
    client = Client(script.url, "digits", max_batch_size=2)
    for rows in ([0, 1], [2, 3], [4]):
        script.reply(PREDICT, {"outputs": [file(i) for i in rows]})
    found = client.generate_png(5, seed=9)
    assert found == [PNG + bytes([i]) for i in range(5)]
    sent = [json.loads(body)["inputs"]["seeds"] for body in script.bodies()]
    assert sent == [[[9, 0], [9, 1]], [[9, 2], [9, 3]], [[9, 4]]]


def test_fresh_seeds_follow_python_s(client, script):
    script.reply(PREDICT, {"outputs": [file(0)]})
    for python_seed in (0, 0, 1):
        random.seed(python_seed)
        client.generate_png()
    first, again, other = script.bodies()
    assert first == again != other


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ({}, "/v1/models/my%20model"),
        ({"version": 12}, "/v1/models/my%20model/versions/12"),
        ({"label": "stable"}, "/v1/models/my%20model/labels/stable"),
    ],
)
def test_the_model_is_in_the_path(script, words, path):
    script.reply(f"{path}/metadata", METADATA)
    script.reply(f"{path}:predict", {"outputs": [file(0)]})
    Client(script.url, "my model", **words).generate_png()
    paths = [path for path, _ in script.requests]
    assert paths == [f"{path}/metadata", f"{path}:predict"]


def test_a_server_may_be_behind_a_prefix(script):
    script.reply(f"/served{MODEL}/metadata", METADATA)
    Client(f"{script.url}/served/", "digits").signatures()
    assert script.requests[0][0] == f"/served{MODEL}/metadata"


def test_threads_share_a_client(client, script):
    script.reply(PREDICT, {"outputs": [[1.0, 2.0, 3.0]]}, delay=0.02)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(client.encode, [PICTURES] * 24))
    assert len(script.bodies()) == 24
    np.testing.assert_array_equal(np.concatenate(found), [[1, 2, 3]] * 24)


# === Arguments ===

WRONG = {
    "images of one row": (lambda c: c.encode(PICTURES[0]), r"images\[None\]"),
    "sizes": (lambda c: c.encode(PICTURES[:, :1]), r"shape \(n, 2, 2, 1\)"),
    "no rows": (lambda c: c.encode(PICTURES[:0]), "at least one row"),
    "no rows, seeds": (lambda c: c.log_likelihood([]), "at least one row"),
    "no array": (lambda c: c.encode(1.0), "at least one row"),
    "bytes": (lambda c: c.encode(PICTURES.astype("uint8")), "/ 255"),
    "too bright": (lambda c: c.encode(PICTURES * 2), r"in \[0, 1\]"),
    "levels": (lambda c: c.encode(PICTURES.astype(int) * 255), "to 255"),
    "latents of bytes": (lambda c: c.decode(np.ones((1, 3), "u1")), "/ 255"),
    "too dark": (lambda c: c.reconstruct(PICTURES - 1, 0), r"in \[0, 1\]"),
    "not a number": (lambda c: c.encode(PICTURES * np.nan), "finite"),
    "infinite as float32": (lambda c: c.decode([[1e99, 0.0, 0.0]]), "finite"),
    "words": (lambda c: c.decode([["a", "b", "c"]]), "dtype <U1"),
    "wide seeds": (
        lambda c: c.predict("generate", seeds=[[2**31, 0]]),
        "from 0 to 2147483648",
    ),
    "half a seed": (lambda c: c.generate(1, seed=0.5), "seed=0.5"),
    "negative seed": (lambda c: c.generate(1, seed=-1), "seed=-1"),
    "large seed": (lambda c: c.generate(1, seed=2**31), "seed=2147483648"),
    "number": (lambda c: c.generate(0), "num_samples=0"),
    "no labels": (lambda c: c.reconstruct(PICTURES), "`labels`"),
    "labels": (lambda c: c.generate(1, labels=3), "labels=3"),
    "too many labels": (
        lambda c: c.reconstruct(PICTURES, [1, 2]),
        "equally many rows",
    ),
    "fractions of labels": (lambda c: c.reconstruct(PICTURES, 0.5), "int32"),
    "no input": (lambda c: c.predict("encode"), "Received: nothing"),
    "unknown input": (
        lambda c: c.predict("encode", pictures=PICTURES),
        "`images`. Received: `pictures`",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_are_not_sent(client, script, name):
    call, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        call(client)
    assert not script.bodies()


@pytest.mark.parametrize(
    "words",
    [
        {"server": "localhost:8501"},
        {"server": "ftp://localhost"},
        {"server": "http://localhost:port"},
        {"version": -1},
        {"version": 1, "label": "stable"},
        {"max_batch_size": 0},
        {"timeout": 0},
        {"retries": -1},
    ],
)
def test_wrong_arguments_of_clients(words):
    last = list(words)[-1]
    with pytest.raises(ValueError, match=f"{last}=|Port .*'port'"):
        Client(**{"server": "http://localhost:1", "model": "m", **words})


# === The command ===


def test_the_command_needs_no_tensorflow(script, tmp_path):
    images = np.concatenate([PICTURES] * 3)
    outputs = {"images": images.tolist(), "latents": [[0.0] * 3] * 3}
    script.reply(PREDICT, {"outputs": outputs})
    code = (
        "import sys\n"
        "from kerasgen.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "assert 'tensorflow' not in sys.modules"
    )
    program = tmp_path / "kerasgen"
    program.write_text(code)
    command = [sys.executable, program, "generate", "--server", script.url]
    command += ["--model", "digits", "--num-samples", "3", "--seed", "8"]
    arrays, picture = tmp_path / "it.npy", tmp_path / "it.png"
    for out in (arrays, picture):
        result = subprocess.run(
            [*command, "--out", out],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert result.returncode == 0, result.stderr
        assert "3 images are in" in result.stdout
    np.testing.assert_array_equal(np.load(arrays), images)
    assert Image.open(picture).size[0] >= 600
    seeds = [json.loads(body)["inputs"]["seeds"] for body in script.bodies()]
    assert seeds == [[[8, 0], [8, 1], [8, 2]]] * 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Received: neither"),
        (["run", "--server", "http://localhost:1", "--model", "m"], "both"),
        (["--server", "http://localhost:1"], "`--model`"),
        (["run", "--model", "m"], "`--model`"),
    ],
)
def test_the_command_s_wrong_arguments(words, message):
    result = CliRunner().invoke(app, ["generate", *words])
    assert isinstance(result.exception, ValueError)
    assert message in str(result.exception)
