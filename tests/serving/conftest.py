"""What tests of the client share."""

import concurrent.futures
import re
import subprocess
import threading
import time
import types

import pytest

from kerasgen.serving import Client
from tests.serving.browser import Browser
from tests.serving.scripted_grpc import GrpcScript
from tests.serving.scripted_server import Script


@pytest.fixture
def script():
    """A server of prepared answers, of the model `digits`."""
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
    """How long clients would have slept; they do not."""
    slept = []
    clock = types.SimpleNamespace(sleep=slept.append, monotonic=time.monotonic)
    monkeypatch.setattr("kerasgen.serving.asker.time", clock)
    return slept


@pytest.fixture
def grpc_script():
    """The same over gRPC, where that is installed."""
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


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Chromium; the tests that ask for it are marked `NEEDS_BROWSER`."""
    driver = subprocess.Popen(
        ["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True
    )
    try:
        for line in driver.stdout:
            port = re.search(r"successfully on port (\d+)", line)
            if port:
                break
        session = Browser(
            f"http://127.0.0.1:{port[1]}", tmp_path_factory.mktemp("profile")
        )
        yield session
        session.quit()
    finally:
        driver.terminate()
        driver.wait()
        driver.stdout.close()
