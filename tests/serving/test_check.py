"""Faults that `check-export` must see."""

import json
import re
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasgen
from kerasgen.serving import replay
from kerasgen.serving import warmup
from kerasgen.serving.check import check_export
from kerasgen.serving.check import table

ROWS = tf.TensorSpec((None, 3), tf.float32, "rows")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    model = kerasgen.VAE(
        (8, 8, 1), 3, network_options={"hidden_units": [8]}, seed=0
    )
    return model.export(tmp_path_factory.mktemp("exports"))


@pytest.fixture
def copy(exported, tmp_path):
    return shutil.copytree(exported, tmp_path / "1")


def faults(folder):
    """Faults by the rule that found them."""
    found = check_export(folder)
    return {one.rule: one.faults for one in found if one.faults}


def written(tmp_path, function, track=None):
    """Faults of a SavedModel of one function."""
    archive = keras.export.ExportArchive()
    if track is not None:
        archive.track(track)
    signature = tf.function(function, input_signature=[ROWS])
    archive.add_endpoint("serving_default", signature)
    archive.write_out(str(tmp_path / "it"), verbose=False)
    return faults(tmp_path / "it")


def test_an_export_has_none(exported):
    assert faults(exported) == {}
    assert "FAULT" not in table(check_export(exported))


@pytest.mark.parametrize("content", [None, b"", b"not a graph"])
def test_no_graph_at_all(copy, content):
    (copy / "saved_model.pb").unlink()
    if content is not None:
        (copy / "saved_model.pb").write_bytes(content)
    with pytest.raises(ValueError, match=r"saved_model\.pb"):
        check_export(copy)


def test_names_that_say_nothing(tmp_path):
    found = written(tmp_path, lambda rows: {"output_0": 2 * rows})
    assert "'output_0'" in str(found["inputs and outputs have names"])


def test_outputs_that_are_no_batch(tmp_path):
    found = written(tmp_path, lambda rows: {"mean": tf.reduce_mean(rows)})
    assert "'mean'" in str(found["inputs and outputs are batch-first"])


def test_types_that_json_has_not(tmp_path):
    found = written(
        tmp_path, lambda rows: {"halves": tf.cast(rows, tf.bfloat16)}
    )
    assert "bfloat16" in str(found["types that JSON can hold"])


def test_bytes_that_are_not_called_so(tmp_path):
    found = written(
        tmp_path, lambda rows: {"words": tf.strings.as_string(rows)}
    )
    assert "'_bytes'" in str(found["types that JSON can hold"])


def test_variables_that_change(tmp_path):
    module = tf.Module()
    module.counter = tf.Variable(0.0)
    signature = tf.function(
        lambda rows: {"sums": rows + module.counter.assign_add(1.0)},
        input_signature=[ROWS],
    )
    tf.saved_model.save(
        module, str(tmp_path / "it"), {"serving_default": signature}
    )
    found = faults(tmp_path / "it")
    assert "AssignAdd" in str(found["no signature changes a variable"])


def test_random_images_of_latents(tmp_path):
    found = written(
        tmp_path, lambda rows: {"sums": rows + tf.random.uniform((3,))}
    )
    assert "RandomUniform" in str(
        found["no random operation in 'serving_default'"]
    )


def test_another_default(tmp_path):
    signature = tf.function(lambda rows: {"sums": rows}, input_signature=[ROWS])
    tf.saved_model.save(
        tf.Module(), str(tmp_path / "it"), {"generate": signature}
    )
    found = faults(tmp_path / "it")
    assert "generate" in str(found["a signature 'serving_default'"])


def test_weights_that_are_stored_twice(tmp_path):
    """As `keras.Model.export` stores them."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1000)])
    found = written(tmp_path, lambda rows: {"sums": model(rows)}, track=model)
    stored = 2 * 4 * 4000
    assert f"{stored:,} bytes are stored, 16,000" in str(
        found["each weight is stored once, and no other"]
    )


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        ({}, "'generate' has no request"),
        ({"sample": {}}, "no signature"),
        ({"generate": {"seed": np.zeros((1, 2), "int32")}}, "has inputs"),
        ({"generate": {"seeds": np.zeros((1, 2), "int64")}}, "int64"),
        ({"generate": {"seeds": np.zeros((1, 3), "int32")}}, r"\(1, 3\)"),
    ],
)
def test_requests_that_do_not_fit(copy, requests, expected):
    warmup.write(copy, requests)
    [(rule, found)] = faults(copy).items()
    assert rule == "a warm-up request for each signature"
    assert re.search(expected, str(found))


def test_requests_that_are_cut_off(copy):
    file = copy / warmup.FILE
    file.write_bytes(file.read_bytes()[:-5])
    assert "cannot be read" in str(faults(copy))


@pytest.mark.parametrize("missing", [warmup.FILE, replay.FILE])
def test_files_that_are_missing(copy, missing):
    (copy / missing).unlink()
    assert f"{missing} is missing" in str(faults(copy))


@pytest.mark.parametrize(
    ("signature", "output", "by"),
    [("decode", "images", 1e-4), ("encode", "latents", np.nan)],
)
def test_answers_that_differ(copy, signature, output, by):
    answers = replay.read(copy)
    answers[signature][1][output][0] += by
    replay.write(copy, answers)
    [(rule, found)] = faults(copy).items()
    assert rule == "answers are those of Keras"
    assert f"'{signature}'" in str(found)
    assert len(found) == 1


def test_weights_that_are_missing(copy):
    next((copy / "variables").glob("*.data*")).unlink()
    found = faults(copy)
    assert "C library" in str(found["answers are those of Keras"])


def test_warmup_file_is_that_of_tensorflow_serving(exported):
    """Read by TensorFlow Serving's own messages."""
    pytest.importorskip("tensorflow_serving")
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    records = tf.data.TFRecordDataset(str(exported / warmup.FILE))
    logs = [PredictionLog.FromString(record.numpy()) for record in records]
    requests = {
        log.predict_log.request.model_spec.signature_name: {
            name: tf.make_ndarray(tensor)
            for name, tensor in log.predict_log.request.inputs.items()
        }
        for log in logs
    }
    for name, inputs in warmup.read(exported):
        assert set(inputs) == set(requests[name])
        for key, array in inputs.items():
            np.testing.assert_array_equal(requests[name][key], array)
    assert len(logs) == len(requests) == 7


def test_description_has_words_for_everything(exported):
    file = exported / "assets.extra" / "kerasgen.json"
    described = json.loads(file.read_text())
    assert described["model"] == "VAE"
    assert described["latent_shape"] == [3]
    for signature in described["signatures"].values():
        assert signature["description"]
        for kind in ("inputs", "outputs"):
            for field in signature[kind].values():
                assert field["description"]
                assert field["shape"][0] is None
