"""Requests that a server answers for itself before it takes others'.

TensorFlow Serving reads them from `assets.extra/tf_serving_warmup_requests`, a
TFRecord file of `PredictionLog` messages (tensorflow_serving/apis). Those of
their fields that a request needs are declared here, with the same numbers; a
`TensorProto` goes in as its bytes, which are the same on the wire.
"""

import functools
import math
import pathlib

import tensorflow as tf
from google.protobuf import descriptor_pb2
from google.protobuf import descriptor_pool
from google.protobuf import message_factory
from tensorflow.core.framework.tensor_pb2 import TensorProto

FILE = pathlib.PurePath("assets.extra", "tf_serving_warmup_requests")
MAX_REQUESTS = 1000  # That a server reads.
_MAX_BYTES = 2**28  # Of one array: a message may say it by its shape alone.

# Message: its fields as (name, number, type).
_MESSAGES = {
    "ModelSpec": [("name", 1, "string"), ("signature_name", 3, "string")],
    "Input": [("key", 1, "string"), ("value", 2, "bytes")],
    "PredictRequest": [
        ("model_spec", 1, "ModelSpec"),
        ("inputs", 2, "Input"),
    ],
    "PredictLog": [("request", 1, "PredictRequest")],
    "PredictionLog": [("predict_log", 6, "PredictLog")],
}


def write(folder, requests):
    """Writes warm-up requests into a version.

    Args:
        folder: `pathlib.Path` of the version.
        requests: dict from signature name to a dict from input name to array.
    """
    file = folder / FILE
    file.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(file)) as writer:
        for signature, inputs in requests.items():
            log = _prediction_log()()
            request = log.predict_log.request
            request.model_spec.signature_name = signature
            for name, array in inputs.items():
                tensor = tf.make_tensor_proto(array).SerializeToString()
                request.inputs.add(key=name, value=tensor)
            writer.write(log.SerializeToString())


def read(folder):
    """The requests of a version, a list of (signature name, inputs)."""
    requests = []
    for record in tf.data.TFRecordDataset(str(folder / FILE)):
        log = _prediction_log().FromString(record.numpy())
        request = log.predict_log.request
        inputs = {
            entry.key: _array(TensorProto.FromString(entry.value))
            for entry in request.inputs
        }
        requests.append((request.model_spec.signature_name, inputs))
    return requests


def _array(message):
    shape = [axis.size for axis in message.tensor_shape.dim]
    size = math.prod(shape) * tf.dtypes.as_dtype(message.dtype).size
    if size > _MAX_BYTES:
        raise ValueError(
            f"a request must be at most {_MAX_BYTES:,} bytes; one has shape "
            f"{shape}"
        )
    array = tf.make_ndarray(message)
    return array.astype("S") if array.dtype == object else array


@functools.cache
def _prediction_log():
    """The class of `PredictionLog`.

    In a pool of its own: the default pool holds the one of
    tensorflow-serving-api, where that is installed.
    """
    file = descriptor_pb2.FileDescriptorProto(
        name="warmup.proto", package="kerasgen", syntax="proto3"
    )
    kinds = descriptor_pb2.FieldDescriptorProto
    for message, fields in _MESSAGES.items():
        declared = file.message_type.add(name=message)
        for name, number, kind in fields:
            field = declared.field.add(name=name, number=number)
            field.label = kinds.LABEL_OPTIONAL
            if kind in _MESSAGES:
                field.type = kinds.TYPE_MESSAGE
                field.type_name = f".kerasgen.{kind}"
            else:
                field.type = getattr(kinds, f"TYPE_{kind.upper()}")
            if kind == "Input":  # A map is a repeated pair on the wire.
                field.label = kinds.LABEL_REPEATED
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(
        pool.FindMessageTypeByName("kerasgen.PredictionLog")
    )
