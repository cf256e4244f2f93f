"""What the client sends and how it takes answers, over gRPC."""

import concurrent.futures
import sys

import numpy as np
import pytest

from kerasgen.serving import Client
from kerasgen.serving import signature_specs
from tests.serving.scripted_server import PICTURES
from tests.serving.scripted_server import SIGNATURES
from tests.serving.scripted_server import STATUS
from tests.serving.scripted_server import free_port


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
    with pytest.raises(ImportError, match=r'pip install "kerasgen\[serving\]"'):
        Client("grpc://localhost:8500", "digits")
