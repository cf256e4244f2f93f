"""What tests of the client share."""

import threading
import time
import types

import pytest

from kerasgen.serving import Client
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
    monkeypatch.setattr("kerasgen.serving.client.time", clock)
    return slept
