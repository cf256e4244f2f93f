"""Whom the playground answers, and what it takes and gives."""

import http.client
import json
import re
import socket
import types
import urllib.request

import numpy as np
import pytest
from typer.testing import CliRunner

import kerasgen
from kerasgen.cli.main import app
from kerasgen.serving.exported_model import ExportedModel
from kerasgen.serving.playground import PlaygroundServer
from kerasgen.serving.playground import _Handler
from kerasgen.serving.served_model import ServedModel
from tests.serving.scripted_server import IMAGES
from tests.serving.scripted_server import LABELS
from tests.serving.scripted_server import LATENTS
from tests.serving.scripted_server import METADATA
from tests.serving.scripted_server import MODEL
from tests.serving.scripted_server import PREDICT
from tests.serving.scripted_server import SIGNATURES
from tests.serving.scripted_server import metadata_of
from tests.serving.scripted_server import signature as signature_def
from tests.serving.scripted_server import tensor
from tests.serving.test_playground import run

BODY = json.dumps({"inputs": {"latents": [[0, 0, 1]]}}).encode()
PATH = "/v1/models/digits:predict"


def new_vae(**words):
    options = {"hidden_units": [8]}
    return kerasgen.VAE((8, 8, 1), 3, network_options=options, seed=0, **words)


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """A playground that answers by itself."""
    folder = new_vae().export(tmp_path_factory.mktemp("vae"))
    model = ExportedModel(folder, "digits")
    with run(PlaygroundServer(model, port=0)) as server:
        yield server
        server.shutdown()


@pytest.fixture
def front(script):
    """A playground before a server of prepared answers."""
    served = ServedModel(f"{script.url}{MODEL}")
    with run(PlaygroundServer(served, port=0)) as server:
        yield server
        server.shutdown()


def ask(server, method="GET", path="/model", body=None, **headers):
    """(status, JSON) of a request whose headers are as they are given."""
    address, port = server.server_address[:2]
    connection = http.client.HTTPConnection(address, port, timeout=10)
    headers = {
        name.replace("_", "-"): values for name, values in headers.items()
    }
    headers.setdefault("Host", f"localhost:{port}")
    if body is not None:
        headers.setdefault("Content-Length", str(len(body)))
    connection.putrequest(method, path, skip_host=True)
    for name, values in headers.items():
        for value in [values] if isinstance(values, str) else values:
            connection.putheader(name, value)
    connection.endheaders(body)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    if response.headers["Content-Type"].startswith("text/html"):
        return response.status, content
    return response.status, json.loads(content, parse_constant=pytest.fail)


def predict(server, body, **headers):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ask(server, "POST", PATH, body, **headers)


# === Hosts ===


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:{}", "LocalHost:8", "127.0.0.1:{}", "127.0.0.1"]
    + ["127.8.8.8:80", "[::1]:{}", "[::1]"],
)
def test_this_machine_is_answered(local, host):
    host = host.format(local.server_port)
    assert ask(local, Host=host)[0] == 200
    assert ask(local, path="/", Host=host)[0] == 200
    assert predict(local, BODY, Host=host)[0] == 200


FOREIGN = ["evil.example", "evil.example:8600", "localhost.evil.example"]
FOREIGN += ["192.0.2.1", "[2001:db8::1]", "127.0.0.1.evil.example", "0.0.0.0"]
UNREADABLE = [
    "",
    "localhost@evil.example",
    "a@localhost",
    "localhost/x",
    "[::1",
]
UNREADABLE += ["localhost:port", "localhost?x", "localhost#x", "a b:c:d"]


@pytest.mark.parametrize("host", FOREIGN + UNREADABLE)
def test_other_names_are_refused(local, host, capfd):
    """As of a page whose name was made to lead here."""
    for status, answer in (
        ask(local, Host=host),
        ask(local, path="/", Host=host),
        ask(local, path=f"/v1{MODEL}/metadata", Host=host),
        predict(local, BODY, Host=host),
    ):
        assert status == 403
        words = "--allow-host" if host in FOREIGN else "must name one host"
        assert words in answer["error"]
    assert not capfd.readouterr().err


@pytest.mark.parametrize("hosts", [[], ["localhost", "evil.example"]])
def test_one_name_must_be_asked(local, hosts):
    status, answer = ask(local, Host=hosts)
    assert status == 403
    assert "one host" in answer["error"]


def test_names_may_be_allowed(local):
    names = ["Studio.example", "10.1.2.3"]
    with run(PlaygroundServer(local.model, port=0, allowed_hosts=names)) as it:
        for host in ("studio.EXAMPLE:80", "10.1.2.3", "localhost"):
            assert ask(it, Host=host)[0] == 200
        assert ask(it, Host="evil.example")[0] == 403
        it.shutdown()


def test_the_address_that_others_use_is_answered(local):
    """As a phone does, once it may."""
    with run(PlaygroundServer(local.model, host="0.0.0.0", port=0)) as it:
        if it.url_of_others is None:
            pytest.skip("needs a network")
        address = re.search(r"//(.*):", it.url_of_others)[1]
        connection = http.client.HTTPConnection(address, it.server_port)
        connection.request("GET", "/model")
        assert connection.getresponse().status == 200
        connection.close()
        assert ask(it, Host="evil.example")[0] == 403
        it.shutdown()


@pytest.mark.parametrize("host", ["::1", "::"])
def test_ipv6_is_listened_on(local, host):
    try:
        server = PlaygroundServer(local.model, host=host, port=0)
    except OSError:
        pytest.skip("needs IPv6")
    with run(server) as it:
        assert it.url == f"http://[::1]:{it.server_port}/"
        for url in {it.url, it.url_of_others} - {None}:
            with urllib.request.urlopen(f"{url}model") as response:
                assert response.status == 200
        it.shutdown()


@pytest.mark.parametrize(
    "name, reached, is_own",
    [
        ("192.168.7.4", "::ffff:192.168.7.4", True),
        ("127.0.0.1", "::ffff:192.168.7.4", True),
        ("192.168.7.5", "::ffff:192.168.7.4", False),
        ("fe80::1", "fe80::1%eth0", True),
        ("fe80::2", "fe80::1%eth0", False),
    ],
)
def test_addresses_as_the_system_tells_them(name, reached, is_own):
    handler = _Handler.__new__(_Handler)
    handler.server = types.SimpleNamespace(allowed_hosts=())
    handler.connection = types.SimpleNamespace(getsockname=lambda: (reached, 1))
    assert handler._is_own(name) is is_own


def test_the_command_allows_names(tmp_path, monkeypatch):
    found = []

    def interrupted(server):
        found.append(server.allowed_hosts)
        raise KeyboardInterrupt

    monkeypatch.setattr(PlaygroundServer, "serve_forever", interrupted)
    words = ["playground", str(new_vae().export(tmp_path)), "--port", "0"]
    words += ["--allow-host", "a.example", "--allow-host", "b.example"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert found == [{"a.example", "b.example"}]


# === Pages ===


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "https://evil.example", "null", ""]
    + ["http://localhost", "http://localhost:1", "http://127.0.0.1:{}"],
)
def test_pages_from_elsewhere_may_not_ask(local, front, script, origin):
    origin = origin.format(local.server_port)
    for server in (local, front):
        status, answer = predict(server, BODY, Origin=origin)
        assert status == 403
        assert "must not ask" in answer["error"]
    assert not script.bodies()


def test_its_own_page_may_ask(local):
    for host in ("localhost", "127.0.0.1", "[::1]"):
        host = f"{host}:{local.server_port}"
        for scheme in ("http", "https"):  # Of a proxy before it.
            origin = f"{scheme}://{host}"
            assert predict(local, BODY, Host=host, Origin=origin)[0] == 200


# === Paths and lengths ===


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["http://[::1", "http://[x]/model"])
def test_paths_that_are_none(local, method, path, capfd):
    with socket.create_connection(local.server_address) as connection:
        connection.sendall(
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        )
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.0 400 ")
    assert b'"error": "The path is no URL."' in answer
    assert not capfd.readouterr().err


@pytest.mark.parametrize(
    ("length", "status"),
    [
        ("9" * 5000, 413),
        ("0" * 5000, 413),
        ("99999999999999999999", 413),
        (str(16 * 2**20 + 1), 413),
        ("-1", 400),
        ("+5", 400),
        ("1_0", 400),
        ("0x10", 400),
        ("1.0", 400),
        ("", 400),
        ("five", 400),
        ("\u00b2", 400),
        (["5", "7"], 400),
        ([], 411),
    ],
)
def test_lengths_that_are_none(local, length, status, capfd):
    found, answer = ask(local, "POST", PATH, Content_Length=length)
    assert found == status
    assert set(answer) == {"error"}
    assert not capfd.readouterr().err


# === Numbers ===


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_requests_are_strict_json(local, front, script, number):
    for body in (
        f'{{"inputs": {{"latents": [[0, 0, {number}]]}}}}',
        f'{{"inputs": {{"latents": [[0, 0, 0]]}}, "note": {number}}}',
    ):
        for server in (local, front):
            status, answer = predict(server, body.encode())
            assert status == 400
            assert "no JSON" in answer["error"]
            assert number in answer["error"]
    assert not script.bodies()


def test_answers_that_are_not_finite_are_errors(tmp_path):
    model = new_vae()
    served = ExportedModel(model.export(tmp_path), "digits")
    for variable in served._loaded.signatures["decode"].variables:
        variable.assign(variable * np.nan)
    with run(PlaygroundServer(served, port=0)) as it:
        for signature, inputs in (
            ("decode", {"latents": [[0, 0, 0]]}),
            ("generate", {"seeds": [[0, 0]]}),
        ):
            body = {"signature_name": signature, "inputs": inputs}
            status, answer = predict(it, body)
            assert status == 500
            assert "not finite in row 0" in answer["error"]
        it.shutdown()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_server_s_numbers_that_are_no_json(front, script, number):
    """TensorFlow Serving writes them as they are."""
    script.reply(PREDICT, f'{{"outputs": [[0.5, {number}]]}}')
    status, answer = predict(front, BODY)
    assert status == 500
    assert f"no JSON: Numbers must be finite, not {number}" in answer["error"]


def test_a_server_s_errors_that_are_no_json(front, script):
    script.reply(PREDICT, r'{ "error": "it\'s so" }', 400)
    status, answer = predict(front, BODY)
    assert status == 400
    assert r"it\'s so" in answer["error"]


def test_a_server_s_metadata_is_handed_on(front):
    assert ask(front, path=f"{MODEL}/metadata") == (200, METADATA)


@pytest.mark.parametrize(
    ("signature", "inputs", "words"),
    [
        ("encode", {"images": -5}, r"`images` must be in \[0, 1\]"),
        ("encode", {"images": 1.5}, r"images from 1.5 to 1.5"),
        ("reconstruct", {"images": 255}, "to 255"),
        ("log_likelihood", {"images": -5, "seeds": [[0, 0]]}, "`images`"),
        ("log_likelihood", {"images": 0, "seeds": [[0, -1]]}, "`seeds`"),
        ("generate", {"seeds": [[-1, 0]]}, "`seeds` must be integers from 0"),
        ("generate_png", {"seeds": [[0, 0], [0, -3]]}, "`seeds` must be"),
    ],
)
@pytest.mark.parametrize("place, size", [("local", 8), ("front", 2)])
def test_values_out_of_range_are_refused(
    request, script, place, size, signature, inputs, words
):
    server = request.getfixturevalue(place)
    script.replies[f"{MODEL}/metadata"].clear()
    unconditional = {"reconstruct": signature_def(IMAGES, IMAGES)}
    script.reply(f"{MODEL}/metadata", metadata_of(**SIGNATURES | unconditional))
    if "images" in inputs:
        images = np.full((1, size, size, 1), inputs["images"])
        inputs = inputs | {"images": images.tolist()}
    body = {"signature_name": signature, "inputs": inputs}
    status, answer = predict(server, body)
    assert status == 400
    assert re.search(words, answer["error"])
    rows = [{name: column[0] for name, column in inputs.items()}]
    if len(next(iter(inputs.values()))) == 1:
        body = {"signature_name": signature, "instances": rows}
        status, answer = predict(server, body)
        assert status == 400
        assert re.search(words, answer["error"])
    assert not script.bodies()


@pytest.mark.parametrize(
    "body",
    [
        {"signature_name": "encode", "inputs": [[[[1], [0]], [[0], [1]]]]},
        {"signature_name": "encode", "inputs": {"images": [[2.5]]}},
        {"signature_name": "of others", "inputs": {"images": [-5]}},
        {"signature_name": ["encode"], "instances": 7},
        {"inputs": {"latents": [[-5, 7, 0]]}},
        [1],
    ],
)
def test_a_server_itself_says_what_does_not_fit(front, script, body):
    script.reply(PREDICT, {"error": "so the server"}, 400)
    assert predict(front, body) == (400, {"error": "so the server"})
    assert [json.loads(sent) for sent in script.bodies()] == [body]


def test_a_version_that_was_published_since_is_known(front, script):
    def metadata(num_classes):
        names = {"class_names_bytes": tensor("DT_STRING", -1, num_classes)}
        return metadata_of(
            classes=signature_def(LABELS, names),
            encode=signature_def(LABELS, LATENTS),
        )

    script.replies[f"{MODEL}/metadata"].clear()
    for num_classes in (2, 3):
        script.reply(f"{MODEL}/metadata", metadata(num_classes))
    script.reply(PREDICT, {"outputs": [[0, 0, 0]]})
    body = {"signature_name": "encode", "inputs": [0]}
    for label, status in ((0, 200), (1, 200), (2, 200), (3, 400)):
        assert predict(front, body | {"inputs": [label]})[0] == status
    assert len(script.bodies()) == 3


@pytest.mark.parametrize("value", [0, 1, 1.0, 0.5])
def test_values_at_the_ends_are_taken(local, value):
    images = np.full((1, 8, 8, 1), value).tolist()
    body = {"signature_name": "encode", "inputs": {"images": images}}
    assert predict(local, body)[0] == 200
    seeds = [[0, 0], [2**31 - 1, 2**31 - 1]]
    body = {"signature_name": "generate", "inputs": {"seeds": seeds}}
    assert predict(local, body)[0] == 200


def test_rows_that_are_no_images_have_any_scale(tmp_path):
    options = {"hidden_units": [8]}
    model = kerasgen.VAE((5,), 3, network_options=options, seed=0)
    served = ExportedModel(model.export(tmp_path), "rows")
    inputs = {"images": [[-5, 0, 7, 0.5, 1]]}
    body = {"signature_name": "encode", "inputs": inputs}
    assert served.predict(json.dumps(body).encode())[0] == 200
