"""Passwords go to the server that they are for, and into no text."""

import base64
import traceback

import pytest

from kerasgen.serving import Client
from kerasgen.serving.served_model import ServedModel
from tests.serving.scripted_server import MODEL
from tests.serving.scripted_server import PICTURES
from tests.serving.scripted_server import PREDICT
from tests.serving.scripted_server import STATUS

SECRET = "s3cret"


def told(error):
    """All that an error tells, with what led to it."""
    return "".join(traceback.format_exception(error, chain=True))


def texts(client):
    return f"{client!r} {client} {client.server} {client.model}"


def test_the_password_goes_to_the_server_only(script, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://localhost:1")
    address = script.url.replace("//", f"//alice:{SECRET}%40@")
    client = Client(address, "digits")
    script.reply(PREDICT, {"outputs": [0.5]})
    client.anomaly_score(PICTURES)
    expected = base64.b64encode(f"alice:{SECRET}@".encode()).decode()
    assert script.authorizations == [f"Basic {expected}"] * 2
    assert SECRET not in texts(client)
    assert client.server == script.url


def test_without_a_password_there_is_no_header(client, script):
    client.signatures()
    assert script.authorizations == [None]


def test_redirections_are_not_followed(script, client):
    script.reply(PREDICT, {"error": "It is at http://localhost:1"}, 307)
    with pytest.raises(RuntimeError, match="answered 307"):
        client.generate()
    assert len(script.bodies()) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 500, 503])
def test_no_error_tells_the_password(script, delays, status):
    address = script.url.replace("//", f"//alice:{SECRET}@")
    client = Client(address, "digits", retries=1)
    client.signatures()
    script.reply(PREDICT, {"error": "The reason."}, status)
    script.reply(MODEL, STATUS)
    with pytest.raises(Exception, match="The reason.") as caught:
        client.generate()
    assert SECRET not in told(caught.value)
    with pytest.raises(LookupError, match="no signature") as caught:
        client.predict("nothing", images=PICTURES)
    assert SECRET not in told(caught.value)


def test_waiting_in_vain_tells_no_password():
    client = Client(f"http://alice:{SECRET}@localhost:1", "digits")
    with pytest.raises(TimeoutError, match="http://localhost:1 does") as caught:
        client.wait_until_ready(0.1)
    assert SECRET not in told(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://alice:{}@host",
        "alice:{}@host:8501",
        "//alice:{}@host",
        "http://alice:{}/x@host:8501",
        "http://alice:x/{}@host:8501",
        "http://alice:x?{}@host:8501",
        "http://alice:x#{}@host:8501",
        "http://alice:ht://{}@host:8501",
        "http://alice:{}@",
        "http://alice:{}@host:port",
        "http://alice:{}@[::1",
        "http://alice:{}@host:99999",
        "http://alice:{}@ho\u2100st",  # Of which NFKC makes `a/c`.
        "http://host:port?key={}",
    ],
)
def test_addresses_that_are_none_tell_no_password(address):
    for ask in (
        lambda url: Client(url, "digits"),
        lambda url: ServedModel(f"{url}/v1/models/digits"),
    ):
        with pytest.raises(ValueError, match="must be") as caught:
            ask(address.format(SECRET))
        assert SECRET not in told(caught.value).split("test_answers.py")[-1]
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize("address", [None, 8501, b"http://localhost", ""])
def test_addresses_that_are_no_text(address):
    with pytest.raises(ValueError, match="server="):
        Client(address, "digits")


def test_grpc_sends_the_password_too(grpc_script):
    address = grpc_script.url.replace("//", f"//alice:{SECRET}@")
    client = Client(address, "digits")
    client.signatures()
    expected = base64.b64encode(f"alice:{SECRET}".encode()).decode()
    assert grpc_script.authorizations == [f"Basic {expected}"]
    assert SECRET not in texts(client)


def test_addresses_of_ipv6_have_brackets():
    pytest.importorskip("tensorflow_serving")
    client = Client("grpc://[::1]:1", "digits", retries=0)
    with pytest.raises(ConnectionError, match=r"^\[::1\]:1 answered"):
        client.generate()
    client = Client("http://[::1]:1", "digits", retries=0)
    with pytest.raises(ConnectionError, match=r"^\[::1\]:1 cannot"):
        client.generate()
