"""TensorFlow Serving's gRPC interface, by `tensorflow-serving-api`."""

import dataclasses

from kerasgen.serving import answers
from kerasgen.serving.transport import MAX_ANSWER_BYTES
from kerasgen.serving.transport import NotServedError

_ERRORS = {
    "DEADLINE_EXCEEDED": TimeoutError,
    "INVALID_ARGUMENT": ValueError,
    "NOT_FOUND": NotServedError,
    "UNAVAILABLE": ConnectionError,
}
_OPTIONS = [
    ("grpc.max_send_message_length", -1),
    # As over REST: what is meant for a server goes to no other.
    ("grpc.enable_http_proxy", 0),
    # It would wait up to two minutes for a server that was long away.
    ("grpc.max_reconnect_backoff_ms", 1000),
]
_DEFAULT_PORT = 8500


class GrpcTransport:
    """Asks a server over gRPC.

    Args:
        server: `ServerAddress`.
        model: `ModelAddress`.
        max_answer_bytes: int. Longer answers are refused.

    Raises:
        ImportError: without `tensorflow-serving-api`.
    """

    def __init__(self, server, model, max_answer_bytes=MAX_ANSWER_BYTES):
        try:
            import grpc
            from tensorflow_serving.apis import model_service_pb2_grpc
            from tensorflow_serving.apis import prediction_service_pb2_grpc
        except ImportError as error:
            raise ImportError(
                "A server at grpc:// is asked through tensorflow-serving-api, "
                f"which cannot be imported ({error}). Install it with "
                '`pip install "kerasgen-zoo[serving]"`, or give an address '
                "that starts with http://."
            ) from error
        self._rpc_error = grpc.RpcError
        port = server.port or _DEFAULT_PORT
        self._address = dataclasses.replace(server, port=port).place
        self._metadata = None
        if server.authorization is not None:
            self._metadata = [("authorization", server.authorization)]
        # A batch of images is larger than the 4 MB that gRPC allows by itself.
        length = ("grpc.max_receive_message_length", max_answer_bytes)
        channel = grpc.insecure_channel(self._address, [*_OPTIONS, length])
        self._predictions = prediction_service_pb2_grpc.PredictionServiceStub(
            channel
        )
        self._models = model_service_pb2_grpc.ModelServiceStub(channel)
        self._model = model

    def signature_defs(self, timeout):
        """dict from name to `SignatureDef` in its JSON form."""
        from google.protobuf.message import DecodeError
        from tensorflow_serving.apis import get_model_metadata_pb2

        request = get_model_metadata_pb2.GetModelMetadataRequest(
            metadata_field=["signature_def"]
        )
        self._address_to(request.model_spec)
        answer = self._ask(self._predictions.GetModelMetadata, request, timeout)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        try:
            is_there = answer.metadata["signature_def"].Unpack(signatures)
        except DecodeError:
            is_there = False
        if not is_there:
            raise RuntimeError(
                f"{self._address} answered without signatures, not as "
                "TensorFlow Serving does."
            )
        return _as_json(signatures).get("signature_def", {})

    def versions(self, timeout):
        """List of `ModelVersionStatus` in their JSON form."""
        from tensorflow_serving.apis import get_model_status_pb2

        request = get_model_status_pb2.GetModelStatusRequest()
        request.model_spec.name = self._model.name
        answer = self._ask(self._models.GetModelStatus, request, timeout)
        return _as_json(answer).get("model_version_status", [])

    def predict(self, signature, inputs, outputs, timeout):
        """Runs a signature.

        Args:
            signature: str.
            inputs: dict from name to array, of equally many rows.
            outputs: dict from name to a dict with its dtype and shape.
            timeout: float. Seconds.

        Returns:
            dict from name to array; of objects where they are bytes.
        """
        import tensorflow as tf
        from tensorflow_serving.apis import predict_pb2

        request = predict_pb2.PredictRequest()
        self._address_to(request.model_spec)
        request.model_spec.signature_name = signature
        for name, rows in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(rows))
        answer = self._ask(self._predictions.Predict, request, timeout)
        num_rows = len(next(iter(inputs.values())))
        return {
            name: _array(name, spec, num_rows, answer.outputs)
            for name, spec in outputs.items()
        }

    def _address_to(self, model_spec):
        model_spec.name = self._model.name
        if self._model.version is not None:
            model_spec.version.value = self._model.version
        elif self._model.label is not None:
            model_spec.version_label = self._model.label

    def _ask(self, method, request, timeout):
        try:
            return method(request, timeout=timeout, metadata=self._metadata)
        except self._rpc_error as error:
            code = error.code().name
            raise _ERRORS.get(code, RuntimeError)(
                f"{self._address} answered {code}: {error.details()}"
            ) from error


def _array(name, spec, num_rows, outputs):
    """An output as the array that was promised."""
    import tensorflow as tf

    if name not in outputs:
        raise RuntimeError(f"The server answered without `{name}`.")
    tensor = outputs[name]
    # Before it is one: a short message can mean an array beyond all memory.
    shape = tuple(axis.size for axis in tensor.tensor_shape.dim)
    answers.check_form(name, spec, num_rows, shape)
    try:
        array = tf.make_ndarray(tensor)
    except (TypeError, ValueError) as error:
        raise RuntimeError(
            f"The server answered `{name}` that is no tensor: {error}"
        ) from error
    dtype = "string" if array.dtype == object else array.dtype.name
    answers.check_form(name, spec, num_rows, array.shape, dtype)
    return array


def _as_json(message):
    from google.protobuf import json_format

    return json_format.MessageToDict(message, preserving_proto_field_name=True)
