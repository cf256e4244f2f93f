"""A server of prepared answers, and what tests of the client say of it."""

import collections
import http.server
import json
import socket
import time

import numpy as np


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
PNG = b"\x89PNG\r\n\x1a\n"  # How such files begin.
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
        self.authorizations = []
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
        self.server.authorizations.append(self.headers.get("Authorization"))
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


def free_port():
    with socket.socket() as bound:
        bound.bind(("localhost", 0))
        return bound.getsockname()[1]
