"""A server of prepared answers over gRPC."""

from tests.serving.scripted_server import SIGNATURES
from tests.serving.scripted_server import STATUS


class GrpcScript:
    """Keeps requests; gives the replies that it was given, in order."""

    # The rest of the services, which the client does not call.
    Classify = Regress = MultiInference = HandleReloadConfigRequest = None

    def __init__(self):
        from google.protobuf import json_format
        from tensorflow_serving.apis import get_model_metadata_pb2
        from tensorflow_serving.apis import get_model_status_pb2

        self.requests = []
        self.authorizations = []
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
        told = dict(context.invocation_metadata())
        self.authorizations.append(told.get("authorization"))
        return self.metadata

    def GetModelStatus(self, request, context):
        return self.status

    def Predict(self, request, context):
        self.requests.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, tuple):
            context.abort(*reply)
        return reply
