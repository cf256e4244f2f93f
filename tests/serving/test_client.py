"""What the client sends and how it takes answers, with scripted servers."""

import base64
import collections
import concurrent.futures
import http.server
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
import types

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from kerasgen.cli.main import app
from kerasgen.serving import Client


def tensor(dtype, *shape):
    """A `TensorInfo`, as the server writes it as JSON."""
    return {
        "dtype": dtype,
        "tensor_shape": {
            "dim": [{"size": str(size), "name": ""} for size in shape],
            "unknown_rank": False,
        },
        "name": "StatefulPartitionedCall:0",
    }


def signature(inputs, outputs):
    return {
        "inputs": inputs,
        "outputs": outputs,
        "method_name": "tensorflow/serving/predict",
    }


IMAGES = {"images": tensor("DT_FLOAT", -1, 2, 2, 1)}
LATENTS = {"latents": tensor("DT_FLOAT", -1, 3)}
SEEDS = {"seeds": tensor("DT_INT32", -1, 2)}
LABELS = {"labels": tensor("DT_INT32", -1)}
SCORES = {"scores": tensor("DT_FLOAT", -1)}
SIGNATURES = {
    "__saved_model_init_op": signature(
        {}, {"__saved_model_init_op": tensor("DT_INVALID")}
    ),
    "serving_default": signature(LATENTS, IMAGES),
    "generate": signature(SEEDS, IMAGES | LATENTS),
    "generate_png": signature(SEEDS, {"png_bytes": tensor("DT_STRING", -1)}),
    "encode": signature(IMAGES, LATENTS),
    "reconstruct": signature(IMAGES | LABELS, IMAGES),
    "log_likelihood": signature(
        IMAGES | SEEDS, {"log_likelihood": tensor("DT_FLOAT", -1)}
    ),
    "anomaly_score": signature(IMAGES, SCORES),
    "is_anomaly": signature(
        IMAGES, {"is_anomaly": tensor("DT_INT32", -1)} | SCORES
    ),
    "assign": signature(
        IMAGES,
        {
            "clusters": tensor("DT_INT32", -1),
            "probabilities": tensor("DT_FLOAT", -1, 2),
        },
    ),
}


def metadata_of(**signatures):
    return {
        "model_spec": {"name": "digits", "signature_name": "", "version": "1"},
        "metadata": {"signature_def": {"signature_def": signatures}},
    }


METADATA = metadata_of(**SIGNATURES)
STATUS = {
    "model_version_status": [
        {
            "version": version,
            "state": state,
            "status": {"error_code": "OK", "error_message": ""},
        }
        for version, state in (("2", "AVAILABLE"), ("1", "END"))
    ]
}
MODEL = "/v1/models/digits"
PREDICT = f"{MODEL}:predict"
# Floats that need all digits of float32.
PICTURES = np.array([[[[0.1], [0.2]], [[1 / 3], [1.0]]]], np.float32)


class Script(http.server.ThreadingHTTPServer):
    """Gives the replies that it was given, in order; the last one for ever."""

    # Connections that wait; the default of 5 would turn threads away.
    request_queue_size = 64

    def __init__(self):
        super().__init__(("localhost", 0), _Handler)
        self.url = f"http://localhost:{self.server_port}"
        self.requests = []
        self.replies = collections.defaultdict(list)
        self.reply(f"{MODEL}/metadata", METADATA)

    def reply(self, path, answer, status=200, delay=0):
        text = answer if isinstance(answer, str) else json.dumps(answer)
        self.replies[path].append((status, text.encode(), delay))

    def bodies(self):
        """What was sent to be predicted."""
        return [body for path, body in self.requests if ":predict" in path]


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        size = int(self.headers.get("Content-Length", 0))
        self.server.requests.append((self.path, self.rfile.read(size)))
        replies = self.server.replies[self.path]
        status, text, delay = replies[0]
        if len(replies) > 1:
            del replies[0]
        time.sleep(delay)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_GET

    def log_message(self, *_):
        """Leaves the tests' output clean."""


@pytest.fixture
def script():
    with Script() as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def client(script):
    return Client(script.url, "digits", timeout=5)


@pytest.fixture
def delays(monkeypatch):
    """How long the client would have slept; it does not."""
    slept = []
    clock = types.SimpleNamespace(sleep=slept.append, monotonic=time.monotonic)
    monkeypatch.setattr("kerasgen.serving.client.time", clock)
    return slept


def free_port():
    with socket.socket() as bound:
        bound.bind(("localhost", 0))
        return bound.getsockname()[1]


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
    files = [b"\x89PNG\r\n\x00", b"\xff\x00"]
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
        {"clusters": [4], "probabilities": [[0.25, 0.75]]},
    ):
        script.reply(PREDICT, {"outputs": answer})
    np.testing.assert_array_equal(client.decode(latents), PICTURES)
    np.testing.assert_array_equal(client.reconstruct(PICTURES, 7), PICTURES)
    assert client.log_likelihood(PICTURES, seed=5) == -3.25
    assert client.anomaly_score(PICTURES) == 0.5
    assert client.is_anomaly(PICTURES).tolist() == [True]
    assert client.assign(PICTURES).tolist() == [4]
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


def test_signatures_are_read_once(client, script):
    found = client.signatures()
    assert found["generate"] == {
        "inputs": {"seeds": {"dtype": "int32", "shape": (None, 2)}},
        "outputs": {
            "images": {"dtype": "float32", "shape": (None, 2, 2, 1)},
            "latents": {"dtype": "float32", "shape": (None, 3)},
        },
    }
    assert set(found) == set(SIGNATURES) - {"__saved_model_init_op"}
    assert client.signatures() == found
    assert [path for path, _ in script.requests] == [f"{MODEL}/metadata"]


def test_many_rows_are_several_requests(script):
    client = Client(script.url, "digits", max_batch_size=2)
    for rows in ([0, 1], [2, 3], [4]):
        files = [{"b64": base64.b64encode(bytes([i])).decode()} for i in rows]
        script.reply(PREDICT, {"outputs": files})
    found = client.generate_png(5, seed=9)
    assert found == [bytes([i]) for i in range(5)]
    sent = [json.loads(body)["inputs"]["seeds"] for body in script.bodies()]
    assert sent == [[[9, 0], [9, 1]], [[9, 2], [9, 3]], [[9, 4]]]


def test_fresh_seeds_follow_python_s(client, script):
    script.reply(PREDICT, {"outputs": [{"b64": ""}]})
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
    script.reply(f"{path}:predict", {"outputs": [{"b64": ""}]})
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
        {"version": -1},
        {"version": 1, "label": "stable"},
        {"max_batch_size": 0},
        {"timeout": 0},
        {"retries": -1},
    ],
)
def test_wrong_arguments_of_clients(words):
    last = list(words)[-1]
    with pytest.raises(ValueError, match=f"{last}="):
        Client(**{"server": "http://localhost:1", "model": "m", **words})


# === Errors ===


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, ValueError),
        (404, LookupError),
        (500, RuntimeError),
        (504, TimeoutError),
    ],
)
def test_errors_are_told_and_not_tried_again(
    client, script, delays, status, error
):
    script.reply(MODEL, STATUS)
    script.reply(PREDICT, {"error": "The reason."}, status)
    with pytest.raises(error, match="The reason."):
        client.generate()
    assert len(script.bodies()) == 1
    assert not delays


# Servers escape quotes in errors as in C, which is no JSON; proxies send HTML.
@pytest.mark.parametrize("text", [r'{ "error": "it\'s so" }', "<p>it's so</p>"])
def test_errors_that_are_no_json(client, script, text):
    script.reply(PREDICT, text, 500)
    with pytest.raises(RuntimeError, match=r"answered 500: .*it\\?'s so"):
        client.generate()


@pytest.mark.parametrize("text", ["<p>hello</p>", '{"hello": 1}', "[1]"])
def test_another_server(client, script, text):
    script.reply(PREDICT, text)
    with pytest.raises(RuntimeError, match="not as TensorFlow Serving"):
        client.generate()


def test_a_busy_server_is_asked_again(client, script, delays):
    for _ in range(3):
        script.reply(PREDICT, {"error": "The queue is full."}, 503)
    script.reply(PREDICT, {"outputs": [[1.0, 2.0, 3.0]]})
    np.testing.assert_array_equal(client.encode(PICTURES), [[1, 2, 3]])
    assert len(script.bodies()) == 4
    for delay, middle in zip(delays, (0.1, 0.2, 0.4), strict=True):
        assert 0.5 * middle <= delay <= 1.5 * middle


def test_a_server_may_stay_busy(script, delays):
    client = Client(script.url, "digits", retries=1)
    script.reply(PREDICT, {"error": "The queue is full."}, 503)
    with pytest.raises(ConnectionError, match="The queue is full."):
        client.generate()
    assert len(script.bodies()) == 2
    assert len(delays) == 1


def test_no_server(delays):
    client = Client(f"http://localhost:{free_port()}", "digits", retries=2)
    with pytest.raises(ConnectionError, match="cannot be reached"):
        client.generate()
    assert len(delays) == 2


def test_a_connection_that_breaks_off_is_made_again(client, script):
    listening = socket.create_server(("localhost", 0))
    port = listening.getsockname()[1]
    client = Client(f"http://localhost:{port}", "digits", timeout=5, retries=1)
    accepted = []

    def hang_up():
        for _ in range(2):
            connection, _ = listening.accept()
            accepted.append(connection.recv(10))
            connection.close()

    thread = threading.Thread(target=hang_up)
    thread.start()
    with pytest.raises(ConnectionError, match="cannot be reached"):
        client.signatures()
    thread.join()
    listening.close()
    assert len(accepted) == 2


def test_a_slow_server_is_not_asked_again(script):
    client = Client(script.url, "digits", timeout=0.2)
    script.reply(PREDICT, {"outputs": []}, delay=0.6)
    client.signatures()
    start = time.monotonic()
    with pytest.raises(TimeoutError, match="in 0.2 seconds"):
        client.generate()
    assert 0.2 <= time.monotonic() - start < 0.6
    assert len(script.bodies()) == 1


def test_the_versions_that_there_are(script):
    client = Client(script.url, "digits", version=7)
    message = "Servable not found for request: Specific(digits, 7)"
    script.reply(f"{MODEL}/versions/7/metadata", {"error": message}, 404)
    script.reply(MODEL, STATUS)
    with pytest.raises(LookupError) as caught:
        client.generate()
    assert "no version 7 of model 'digits'" in str(caught.value)
    assert message in str(caught.value)
    assert "2 (AVAILABLE), 1 (END)" in str(caught.value)


def test_a_model_that_there_is_not(script):
    path = "/v1/models/nothing"
    message = "Could not find any versions of model nothing"
    script.reply(path, {"error": message}, 404)
    script.reply(f"{path}/metadata", {"error": "Servable not found"}, 404)
    with pytest.raises(LookupError, match="no model 'nothing'.*not found"):
        Client(script.url, "nothing").generate()


def test_a_signature_that_there_is_not(client):
    with pytest.raises(LookupError, match="'inpaint'.*assign, encode"):
        client.predict("inpaint", images=PICTURES)


def test_a_signature_that_came_with_a_new_version(client, script):
    script.replies.clear()
    old = metadata_of(encode=SIGNATURES["encode"])
    script.reply(f"{MODEL}/metadata", old)
    script.reply(f"{MODEL}/metadata", METADATA)
    script.reply(PREDICT, {"outputs": [{"b64": "YQ=="}]})
    assert list(client.signatures()) == ["encode"]
    assert client.generate_png() == [b"a"]


def test_waiting_for_a_model(client, script):
    metadata = f"{MODEL}/metadata"
    script.replies.clear()
    script.reply(metadata, {"error": "Servable not found"}, 404)
    script.reply(metadata, {"error": "not yet"}, 503)
    script.reply(metadata, METADATA)
    client.wait_until_ready(10)
    assert [path for path, _ in script.requests] == [metadata] * 3


def test_waiting_in_vain():
    client = Client(f"http://localhost:{free_port()}", "digits")
    start = time.monotonic()
    with pytest.raises(TimeoutError, match="model 'digits' after 0.3 seconds"):
        client.wait_until_ready(0.3)
    assert time.monotonic() - start < 3


# === gRPC ===


class GrpcScript:
    """Keeps requests; gives the replies that it was given, in order."""

    # The rest of the services, which the client does not call.
    Classify = Regress = MultiInference = HandleReloadConfigRequest = None

    def __init__(self):
        from google.protobuf import json_format
        from tensorflow_serving.apis import get_model_metadata_pb2
        from tensorflow_serving.apis import get_model_status_pb2

        self.requests = []
        self.replies = []
        signatures = json_format.ParseDict(
            {"signature_def": SIGNATURES},
            get_model_metadata_pb2.SignatureDefMap(),
        )
        self.metadata = get_model_metadata_pb2.GetModelMetadataResponse()
        self.metadata.metadata["signature_def"].Pack(signatures)
        self.status = json_format.ParseDict(
            STATUS, get_model_status_pb2.GetModelStatusResponse()
        )

    def answer(self, **outputs):
        import tensorflow as tf
        from tensorflow_serving.apis import predict_pb2

        reply = predict_pb2.PredictResponse()
        for name, array in outputs.items():
            reply.outputs[name].CopyFrom(tf.make_tensor_proto(array))
        self.replies.append(reply)

    def fail(self, code, details):
        self.replies.append((code, details))

    def GetModelMetadata(self, request, context):
        assert list(request.metadata_field) == ["signature_def"]
        self.requests.append(request)
        return self.metadata

    def GetModelStatus(self, request, context):
        return self.status

    def Predict(self, request, context):
        self.requests.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, tuple):
            context.abort(*reply)
        return reply


@pytest.fixture
def grpc_script():
    grpc = pytest.importorskip("grpc")
    pytest.importorskip("tensorflow_serving")
    from tensorflow_serving.apis import model_service_pb2_grpc
    from tensorflow_serving.apis import prediction_service_pb2_grpc

    script = GrpcScript()
    server = grpc.server(
        concurrent.futures.ThreadPoolExecutor(2),
        options=[("grpc.max_receive_message_length", -1)],
    )
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        script, server
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(script, server)
    script.url = f"grpc://localhost:{server.add_insecure_port('localhost:0')}"
    server.start()
    yield script
    server.stop(None).wait()


def test_grpc_requests(grpc_script):
    import tensorflow as tf

    client = Client(grpc_script.url, "digits", version=4, max_batch_size=2)
    files = [b"\x89PNG\x00", b"\x00", b"c\x00"]
    grpc_script.answer(png_bytes=files[:2])
    grpc_script.answer(png_bytes=files[2:])
    assert client.generate_png(3, seed=6) == files
    metadata, *requests = grpc_script.requests
    for request in (metadata, *requests):
        assert request.model_spec.name == "digits"
        assert request.model_spec.version.value == 4
    sent = [tf.make_ndarray(request.inputs["seeds"]) for request in requests]
    assert {seeds.dtype for seeds in sent} == {np.dtype("int32")}
    assert [seeds.tolist() for seeds in sent] == [[[6, 0], [6, 1]], [[6, 2]]]
    assert {r.model_spec.signature_name for r in requests} == {"generate_png"}


def test_grpc_floats_and_labels(grpc_script):
    import tensorflow as tf

    client = Client(grpc_script.url, "digits", label="stable")
    grpc_script.answer(images=PICTURES / 3)
    found = client.reconstruct(PICTURES, labels=[7])
    np.testing.assert_array_equal(found, PICTURES / 3)
    assert found.dtype == np.float32
    request = grpc_script.requests[-1]
    assert request.model_spec.version_label == "stable"
    assert not request.model_spec.HasField("version")
    np.testing.assert_array_equal(
        tf.make_ndarray(request.inputs["images"]), PICTURES
    )
    assert tf.make_ndarray(request.inputs["labels"]).tolist() == [7]


def test_grpc_signatures_are_those_of_rest(grpc_script, client):
    found = Client(grpc_script.url, "digits").signatures()
    assert found == client.signatures()


def test_grpc_takes_more_than_four_megabytes(grpc_script):
    latents = np.zeros((600_000, 3), np.float32)
    grpc_script.answer(images=np.zeros((600_000, 2, 2, 1), np.float32))
    client = Client(grpc_script.url, "digits", max_batch_size=600_000)
    assert client.decode(latents).shape == (600_000, 2, 2, 1)


@pytest.mark.parametrize(
    ("code", "error", "tries"),
    [
        ("INVALID_ARGUMENT", ValueError, 1),
        ("NOT_FOUND", LookupError, 1),
        ("INTERNAL", RuntimeError, 1),
        ("DEADLINE_EXCEEDED", TimeoutError, 1),
        ("UNAVAILABLE", ConnectionError, 3),
    ],
)
def test_grpc_errors(grpc_script, delays, code, error, tries):
    import grpc

    client = Client(grpc_script.url, "digits", retries=2)
    client.signatures()
    for _ in range(tries):
        grpc_script.fail(grpc.StatusCode[code], "The reason.")
    with pytest.raises(error, match="The reason.") as caught:
        client.generate()
    assert not grpc_script.replies
    assert len(delays) == tries - 1
    if code == "NOT_FOUND":
        assert "2 (AVAILABLE), 1 (END)" in str(caught.value)


def test_grpc_without_a_server(delays):
    pytest.importorskip("tensorflow_serving")
    client = Client(f"grpc://localhost:{free_port()}", "digits", retries=1)
    with pytest.raises(ConnectionError, match="UNAVAILABLE"):
        client.generate()
    assert len(delays) == 1


def test_grpc_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_serving.apis", None)
    with pytest.raises(ImportError, match=r'pip install "kerasgen\[serving\]"'):
        Client("grpc://localhost:8500", "digits")


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
