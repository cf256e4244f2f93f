"""TensorFlow Serving's gRPC interface, by `tensorflow-serving-api`."""

from kerasgen.serving.transport import NotServedError

_ERRORS = {
    "DEADLINE_EXCEEDED": TimeoutError,
    "INVALID_ARGUMENT": ValueError,
    "NOT_FOUND": NotServedError,
    "UNAVAILABLE": ConnectionError,
}
_OPTIONS = [
    # A batch of images is larger than the 4 MB that gRPC allows by itself.
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # It would wait up to two minutes for a server that was long away.
    ("grpc.max_reconnect_backoff_ms", 1000),
]
_DEFAULT_PORT = 8500


class GrpcTransport:
    """Asks a server over gRPC.

    Args:
        server: `urllib.parse.SplitResult` of the server's URL.
        model: `ModelAddress`.

    Raises:
        ImportError: without `tensorflow-serving-api`.
    """

    def __init__(self, server, model):
        try:
            import grpc
            from tensorflow_serving.apis import model_service_pb2_grpc
            from tensorflow_serving.apis import prediction_service_pb2_grpc
        except ImportError as error:
            raise ImportError(
                "A server at grpc:// is asked through tensorflow-serving-api, "
                f"which cannot be imported ({error}). Install it with "
                '`pip install "kerasgen[serving]"`, or give an address that '
                "starts with http://."
            ) from error
        self._rpc_error = grpc.RpcError
        self._address = f"{server.hostname}:{server.port or _DEFAULT_PORT}"
        channel = grpc.insecure_channel(self._address, _OPTIONS)
        self._predictions = prediction_service_pb2_grpc.PredictionServiceStub(
            channel
        )
        self._models = model_service_pb2_grpc.ModelServiceStub(channel)
        self._model = model

    def signature_defs(self, timeout):
        """dict from name to `SignatureDef` in its JSON form."""
        from tensorflow_serving.apis import get_model_metadata_pb2

        request = get_model_metadata_pb2.GetModelMetadataRequest(
            metadata_field=["signature_def"]
        )
        self._address_to(request.model_spec)
        answer = self._ask(self._predictions.GetModelMetadata, request, timeout)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        answer.metadata["signature_def"].Unpack(signatures)
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
            inputs: dict from name to array.
            outputs: dict from name to a dict with its dtype.
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
        return {name: tf.make_ndarray(answer.outputs[name]) for name in outputs}

    def _address_to(self, model_spec):
        model_spec.name = self._model.name
        if self._model.version is not None:
            model_spec.version.value = self._model.version
        elif self._model.label is not None:
            model_spec.version_label = self._model.label

    def _ask(self, method, request, timeout):
        try:
            return method(request, timeout=timeout)
        except self._rpc_error as error:
            code = error.code().name
            raise _ERRORS.get(code, RuntimeError)(
                f"{self._address} answered {code}: {error.details()}"
            ) from error


def _as_json(message):
    from google.protobuf import json_format

    return json_format.MessageToDict(message, preserving_proto_field_name=True)
