"""The client believes only what a signature promises."""

import base64
import http.server
import json
import threading

import numpy as np
import pytest

from kerasgen.serving import Client
from tests.serving.scripted_server import IMAGES
from tests.serving.scripted_server import METADATA
from tests.serving.scripted_server import MODEL
from tests.serving.scripted_server import PICTURES
from tests.serving.scripted_server import PNG
from tests.serving.scripted_server import PREDICT
from tests.serving.scripted_server import SEEDS
from tests.serving.scripted_server import metadata_of
from tests.serving.scripted_server import signature
from tests.serving.scripted_server import tensor

PICTURE = PICTURES[0].tolist()
LATENT = [0.0, 1.0, 2.0]


def coded(content):
    return {"b64": base64.b64encode(content).decode()}


def images(*rows):
    return {"images": list(rows), "latents": [LATENT] * len(rows)}


def brightest(value):
    return [[[0.0], [value]], [[0.0], [0.0]]]


def generate(client):
    return client.generate(2, seed=0)


def png(client):
    return client.generate_png(2, seed=0)


def assign(client):
    return client.assign(PICTURES)


def score(client):
    return client.anomaly_score(PICTURES)


# What is asked, the answer, and what the error says.
WRONG = {
    "too few rows": (generate, images(PICTURE), r"\(1, 2, 2, 1\)"),
    "too many rows": (generate, images(*[PICTURE] * 3), r"\(3, 2, 2, 1\)"),
    "no rows": (generate, {"images": [], "latents": []}, r"shape \(0,\)"),
    "sizes": (generate, images([[[0.5]]], [[[0.5]]]), r"\(2, 1, 1, 1\)"),
    "ragged": (generate, images(PICTURE, [[0.5]]), "images"),
    "an output is missing": (generate, {"latents": [LATENT] * 2}, "`images`"),
    "rows of numbers": (generate, [PICTURE] * 2, "`images`"),
    "null": (generate, {"images": None, "latents": None}, "`images`"),
    "nulls": (generate, images(PICTURE, brightest(None)), "NoneType"),
    "words": (generate, images(PICTURE, brightest("0.5")), "str"),
    "truths": (generate, images(PICTURE, brightest(True)), "bool"),
    "objects": (generate, images(PICTURE, brightest({})), "dict"),
    "NaN": (generate, images(PICTURE, brightest(np.nan)), "in row 1"),
    "infinite": (generate, images(PICTURE, brightest(np.inf)), "in row 1"),
    "too large": (generate, images(PICTURE, brightest(1e300)), "in row 1"),
    "vast": (generate, images(PICTURE, brightest(10**400)), "not float32"),
    "seven": (generate, images(PICTURE, brightest(7.0)), r"in \[0, 1\].* 7"),
    "negative": (generate, images(PICTURE, brightest(-0.01)), r"in \[0, 1\]"),
    "a clear excess": (generate, images(PICTURE, brightest(1.001)), "1.001"),
    "no base64": (png, [coded(PNG), {"b64": "\x00"}], "not string"),
    "no text": (png, [coded(PNG), 5], "neither text nor base64"),
    "other objects": (png, [coded(PNG), {"png": ""}], "neither text nor"),
    "half a character": (png, [coded(PNG), "\ud800"], "not string"),
    "no file": (png, [coded(PNG), coded(b"")], "no PNG file in row 1"),
    "another file": (png, [coded(b"<p>"), coded(PNG)], "no PNG file in row 0"),
    "a large cluster": (
        assign,
        {"clusters": [2], "probabilities": [[0.5, 0.5]]},
        "from 0 to 1",
    ),
    "a fraction of a cluster": (
        assign,
        {"clusters": [0.5], "probabilities": [[0.5, 0.5]]},
        "float",
    ),
    "a cluster beyond int32": (
        assign,
        {"clusters": [2**40], "probabilities": [[0.5, 0.5]]},
        "not int32",
    ),
    "improbable": (
        assign,
        {"clusters": [0], "probabilities": [[-0.5, 1.5]]},
        r"probabilities.* in \[0, 1\]",
    ),
    "a score that is none": (score, [float("nan")], "in row 0"),
    "two scores": (score, [0.5, 0.5], r"\(2,\)"),
    "one score for all": (score, 0.5, r"\(\)"),
    "neither yes nor no": (
        lambda client: client.is_anomaly(PICTURES),
        {"is_anomaly": [2], "scores": [0.5]},
        "from 0 to 1",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_answers_that_were_not_promised(client, script, name):
    ask, answer, words = WRONG[name]
    script.reply(PREDICT, {"outputs": answer})
    with pytest.raises(RuntimeError, match=words):
        ask(client)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"outputs": ' + "9" * 5000 + "}", "null", '{"outputs": 1}']
    + ['{"outputs": ' + "[" * 200 + "]" * 200 + "}"],
)
def test_answers_that_are_hardly_json(client, script, text):
    script.reply(PREDICT, text)
    with pytest.raises(RuntimeError):
        client.encode(PICTURES)


def test_ranges_are_of_images_not_of_rows(script):
    """Rows of data have any scale, sent and received."""
    rows = {"images": tensor("DT_FLOAT", -1, 3)}
    script.replies.clear()
    found = metadata_of(reconstruct=signature(rows, rows))
    script.reply(f"{MODEL}/metadata", found)
    script.reply(PREDICT, {"outputs": [[-5.0, 0.0, 700.0]]})
    client = Client(script.url, "digits")
    found = client.reconstruct(np.float32([[-5, 0, 700]]))
    np.testing.assert_array_equal(found, np.float32([[-5, 0, 700]]))


def test_other_s_signatures_have_any_range(script):
    """Their names may mean something else."""
    script.replies.clear()
    found = metadata_of(enlarge=signature(IMAGES | SEEDS, IMAGES))
    script.reply(f"{MODEL}/metadata", found)
    script.reply(PREDICT, {"outputs": (9 * PICTURES).tolist()})
    client = Client(script.url, "digits")
    found = client.predict("enlarge", images=5 * PICTURES, seeds=[[-1, 0]])
    np.testing.assert_array_equal(found["images"], 9 * PICTURES)


def test_seeds_are_in_range_in_any_call(client, script):
    with pytest.raises(ValueError, match="`seeds` must be integers from 0"):
        client.predict("generate", seeds=[[0, 0], [0, -1]])
    assert not script.bodies()


@pytest.mark.parametrize("field", ["dtype", "tensor_shape", None])
@pytest.mark.parametrize("value", [None, 5, "x", [1], {"dim": 3}])
def test_signatures_that_are_described_otherwise(script, field, value):
    described = json.loads(json.dumps(METADATA))
    found = described["metadata"]["signature_def"]["signature_def"]
    if field is None:
        found["encode"] = value
    else:
        found["encode"]["inputs"]["images"][field] = value
    if value == "x" and field == "dtype" or value == {"dim": 3} and not field:
        return  # A type, and a signature without fields.
    script.replies.clear()
    script.reply(f"{MODEL}/metadata", described)
    with pytest.raises(RuntimeError, match="not as TensorFlow Serving"):
        Client(script.url, "digits").signatures()


@pytest.mark.parametrize("dtype", ["DT_QINT8", "DT_COMPLEX64", "DT_VARIANT"])
def test_types_that_json_has_not(script, dtype):
    fields = {"latents": tensor(dtype, -1)}
    script.replies.clear()
    script.reply(
        f"{MODEL}/metadata",
        metadata_of(it=signature(fields, fields), out=signature(SEEDS, fields)),
    )
    script.reply(PREDICT, {"outputs": [1]})
    client = Client(script.url, "digits")
    with pytest.raises(ValueError, match="neither to JSON"):
        client.predict("it", latents=[1])
    with pytest.raises(RuntimeError, match="neither to JSON"):
        client.predict("out", seeds=[[0, 0]])


@pytest.mark.parametrize("answer", [7, {}, ["x"], [{"state": 1}]])
def test_versions_that_are_told_otherwise(script, answer):
    script.reply(PREDICT, {"error": "Servable not found"}, 404)
    script.reply(MODEL, {"model_version_status": answer})
    with pytest.raises(LookupError, match="no model 'digits'"):
        Client(script.url, "digits").generate()


@pytest.mark.parametrize("error", [5, ["x"], {"a": 1}, "x" * 10**6])
def test_errors_that_are_no_text(client, script, error):
    script.reply(PREDICT, {"error": error}, 500)
    with pytest.raises(RuntimeError, match="answered 500: ") as caught:
        client.generate()
    assert len(str(caught.value)) < 1000


# === Sizes ===


@pytest.fixture
def endless():
    """The address of a server that answers blanks without end."""
    sent = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(2**14):  # 1 GiB.
                    self.wfile.write(b" " * 2**16)
                    sent.append(2**16)
            except ConnectionError:
                pass

        def do_GET(self):
            body = json.dumps(METADATA).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Leaves the tests' output clean."""

    with http.server.ThreadingHTTPServer(("localhost", 0), Handler) as server:
        server.sent = sent
        server.url = f"http://localhost:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=[0.01]).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("ask", [generate, png])
def test_an_answer_without_end_is_not_read(endless, ask):
    client = Client(endless.url, "digits", max_answer_bytes=2**23)
    with pytest.raises(RuntimeError, match="more than the .* bytes"):
        ask(client)
    # Besides what stands in the buffers of sockets.
    most = 2**23 if ask is png else 2**21
    assert sum(endless.sent) < most + 2**24


def test_a_length_beyond_the_limit_is_not_read(client, script):
    script.reply(PREDICT, " " * 2**22)
    with pytest.raises(RuntimeError, match="more than the 1,0.* bytes"):
        client.anomaly_score(PICTURES)


def test_what_fits_the_signature_is_read(script):
    """As TensorFlow Serving writes it: a number a line, with all digits."""
    client = Client(script.url, "digits", max_batch_size=2000)
    rows = np.random.default_rng(0).random((2000, 2, 2, 1), np.float32)
    answer = {"outputs": rows.tolist()}
    script.reply(PREDICT, json.dumps(answer, indent=4))
    found = client.decode(np.zeros((2000, 3)))
    np.testing.assert_array_equal(found, rows)


# === gRPC ===


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        ({}, "without `latents`"),
        ({"latents": np.zeros((2, 3), "f")}, r"\(2, 3\)"),
        ({"latents": np.zeros((1, 3))}, "float64"),
        ({"latents": np.array([[b"a", b"b", b"c"]])}, "string"),
        ({"latents": np.float32([[0, np.nan, 0]])}, "in row 0"),
    ],
)
def test_grpc_answers_that_were_not_promised(
    grpc_script,
    outputs,
    words,
):
    grpc_script.answer(**outputs)
    with pytest.raises(RuntimeError, match=words):
        Client(grpc_script.url, "digits").encode(PICTURES)


def test_grpc_s_short_messages_of_vast_arrays(grpc_script):
    """One number and a shape mean as many of it."""
    grpc_script.answer(latents=np.zeros((1, 3), "f"))
    tensor_proto = grpc_script.replies[0].outputs["latents"]
    tensor_proto.tensor_content = b""
    tensor_proto.float_val.append(1)
    tensor_proto.tensor_shape.dim[0].size = 2**40
    with pytest.raises(RuntimeError, match="1099511627776"):
        Client(grpc_script.url, "digits").encode(PICTURES)


def test_grpc_s_broken_tensors(grpc_script):
    grpc_script.answer(latents=np.zeros((1, 3), "f"))
    tensor_proto = grpc_script.replies[0].outputs["latents"]
    tensor_proto.tensor_content = b"\x00" * 7
    with pytest.raises(RuntimeError, match="no tensor"):
        Client(grpc_script.url, "digits").encode(PICTURES)


def test_grpc_s_metadata_that_is_none(grpc_script):
    client = Client(grpc_script.url, "digits")
    grpc_script.metadata.metadata["signature_def"].value = b"\xff\xff"
    with pytest.raises(RuntimeError, match="without signatures"):
        client.signatures()
    grpc_script.metadata.metadata.clear()
    with pytest.raises(RuntimeError, match="without signatures"):
        client.signatures()


def test_grpc_s_answers_without_end(grpc_script):
    client = Client(grpc_script.url, "digits", max_answer_bytes=2**16)
    client.signatures()
    grpc_script.answer(latents=np.zeros((1, 2**16), "f"))
    with pytest.raises(RuntimeError, match="RESOURCE_EXHAUSTED"):
        client.encode(PICTURES)
