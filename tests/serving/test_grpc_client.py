"""What the client sends and how it takes answers, over gRPC."""

import sys

import numpy as np
import pytest

from kerasgen.serving import Client
from kerasgen.serving import signature_specs
from tests.serving.scripted_server import PICTURES
from tests.serving.scripted_server import PNG
from tests.serving.scripted_server import SIGNATURES
from tests.serving.scripted_server import free_port


def test_grpc_requests(grpc_script):
    import tensorflow as tf

    client = Client(grpc_script.url, "digits", version=4, max_batch_size=2)
    files = [PNG + b"\x00", PNG, PNG + b"c\x00"]
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


def test_grpc_signatures_are_those_of_rest(grpc_script):
    found = Client(grpc_script.url, "digits").signatures()
    assert found == signature_specs.from_metadata(SIGNATURES)


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
    with pytest.raises(
        ImportError, match=r'pip install "kerasgen-zoo\[serving\]"'
    ):
        Client("grpc://localhost:8500", "digits")
