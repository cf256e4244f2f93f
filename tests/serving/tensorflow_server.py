"""A process of TensorFlow Serving."""

import http.client
import json
import os
import socket
import subprocess

import pytest

from kerasgen.serving import Client

BINARY = os.environ.get("KERASGEN_TFSERVING_BIN")
START_SECONDS = 60


class Server:
    """A running `tensorflow_model_server`.

    Args:
        log: `pathlib.Path` of the file that gets its messages.
        *flags: str. Its flags, but for ports.
    """

    def __init__(self, log, *flags):
        self.log = log
        self.rest_port, grpc_port = _free_ports()
        self.addresses = {
            "rest": f"http://localhost:{self.rest_port}",
            "grpc": f"grpc://localhost:{grpc_port}",
        }
        with open(log, "wb") as stream:
            self._process = subprocess.Popen(
                [
                    BINARY,
                    f"--port={grpc_port}",
                    f"--rest_api_port={self.rest_port}",
                    "--file_system_poll_wait_seconds=1",
                    *flags,
                ],
                stdout=stream,
                stderr=subprocess.STDOUT,
                # The tests' own is silent, and what it logs is looked at.
                env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "0"},
            )

    def client(self, protocol="rest", **words):
        """A client that does not try again, so that failures are seen."""
        if protocol == "grpc":
            pytest.importorskip("tensorflow_serving")
        return Client(self.addresses[protocol], "digits", retries=0, **words)

    def wait(self, **words):
        """Waits for a version, or shows why there is none."""
        try:
            self.client(**words).wait_until_ready(START_SECONDS)
        except TimeoutError as error:
            pytest.fail(f"{error}\n{self.log.read_text(errors='replace')}")

    def post(self, body):
        """The answer to a request that no client of ours has made."""
        path = "/v1/models/digits:predict"
        return json.loads(self.ask("POST", path, json.dumps(body)))

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("localhost", self.rest_port)
        connection.request(method, path, body)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        assert response.status == 200, f"{path}: {text}"
        return text

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _free_ports():
    with socket.socket() as first, socket.socket() as second:
        for bound in (first, second):
            bound.bind(("", 0))
        return first.getsockname()[1], second.getsockname()[1]
