"""What the client makes of failures."""

import base64
import concurrent.futures
import contextlib
import socket
import threading
import time

import numpy as np
import pytest

from kerasgen.serving import Client
from tests.serving.scripted_server import METADATA
from tests.serving.scripted_server import MODEL
from tests.serving.scripted_server import PICTURES
from tests.serving.scripted_server import PNG
from tests.serving.scripted_server import PREDICT
from tests.serving.scripted_server import SIGNATURES
from tests.serving.scripted_server import STATUS
from tests.serving.scripted_server import free_port
from tests.serving.scripted_server import metadata_of


@pytest.fixture
def raw_server():
    """A function from what is done with the one connection to an address."""
    with (
        socket.create_server(("localhost", 0)) as listening,
        concurrent.futures.ThreadPoolExecutor(1) as pool,
    ):
        answers = []

        def serve(talk):
            connection, _ = listening.accept()
            with connection:
                connection.recv(2**16)
                talk(connection)

        def start(talk):
            answers.append(pool.submit(serve, talk))
            return f"http://localhost:{listening.getsockname()[1]}"

        yield start
        for answer in answers:
            answer.result()


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


@pytest.mark.parametrize("answer", [{"metadata": {}}, {"metadata": [1]}])
def test_another_server_s_metadata(client, script, answer):
    script.replies.clear()
    script.reply(f"{MODEL}/metadata", answer)
    with pytest.raises(RuntimeError, match="not as TensorFlow Serving"):
        client.signatures()


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


def test_the_deadline_is_of_the_whole_answer(raw_server):
    """A byte now and then does not put it off."""

    def drip(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
        with contextlib.suppress(ConnectionError):  # The client may leave.
            for _ in range(60):
                time.sleep(0.05)
                connection.sendall(b" ")

    client = Client(raw_server(drip), "digits", timeout=0.3)
    start = time.monotonic()
    with pytest.raises(TimeoutError, match="in 0.3 seconds"):
        client.signatures()
    assert 0.3 <= time.monotonic() - start < 2


def test_half_an_answer_is_none(raw_server, delays):
    def break_off(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}")

    client = Client(raw_server(break_off), "digits", retries=0)
    with pytest.raises(ConnectionError, match="97 more expected"):
        client.signatures()


def test_large_answers_are_read_in_parts(client, script):
    images = np.random.default_rng(0).random((4000, 2, 2, 1), np.float32)
    script.reply(PREDICT, {"outputs": images.tolist()})
    client.max_batch_size = 4000
    latents = np.zeros((4000, 3))
    found = client.predict("serving_default", latents=latents)
    np.testing.assert_array_equal(found["images"], images)


def test_errors_tell_no_password(script):
    address = script.url.replace("//", "//me:secret@")
    script.reply(PREDICT, {"error": "The reason."}, 500)
    with pytest.raises(RuntimeError) as caught:
        Client(address, "digits").generate()
    assert "secret" not in str(caught.value)


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
    script.reply(
        PREDICT, {"outputs": [{"b64": base64.b64encode(PNG).decode()}]}
    )
    assert list(client.signatures()) == ["encode"]
    assert client.generate_png() == [PNG]


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
