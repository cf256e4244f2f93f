"""Faults that `check-export` must see."""

import json
import re
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

import kerasgen
from kerasgen.serving import description
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


@pytest.mark.parametrize("change", ["assign_add", "scatter_nd_add"])
def test_variables_that_change(change, tmp_path):
    module = tf.Module()
    module.counts = tf.Variable([0.0, 0.0, 0.0])
    value = tf.ones(3) if change == "assign_add" else ([[0]], [1.0])

    def function(rows):
        values = [value] if change == "assign_add" else value
        return {"sums": rows + getattr(module.counts, change)(*values)}

    signature = tf.function(function, input_signature=[ROWS])
    tf.saved_model.save(
        module, str(tmp_path / "it"), {"serving_default": signature}
    )
    found = faults(tmp_path / "it")
    assert "runs" in str(found["no signature changes a variable"])


def test_what_others_wrote_need_not_be_recorded(tmp_path):
    """It may pass, if it has warm-up requests."""
    signature = tf.function(lambda rows: {"sums": rows}, input_signature=[ROWS])
    tf.saved_model.save(
        tf.Module(), str(tmp_path / "it"), {"serving_default": signature}
    )
    rows = np.ones((1, 3), "float32")
    warmup.write(tmp_path / "it", {"serving_default": {"rows": rows}})
    found = check_export(tmp_path / "it")
    skipped = {one.rule: one.skipped for one in found if one.skipped}
    assert list(skipped) == ["answers are those of Keras"]
    assert not [one.faults for one in found if one.faults]


@pytest.mark.parametrize("draw", ["uniform", "truncated_normal"])
def test_random_images_of_latents(draw, tmp_path):
    draw = getattr(tf.random, draw)
    found = written(tmp_path, lambda rows: {"sums": rows + draw((3,))})
    assert "it runs" in str(found["no random operation in 'serving_default'"])


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
    assert rule == "a warm-up request for each signature, which it answers"
    assert re.search(expected, str(found))


def test_requests_that_have_no_answer(tmp_path):
    """As one for a class that there is not."""
    model = kerasgen.ConditionalGAN(
        (8, 8, 1), 3, latent_dim=2, network="mlp", seed=0
    )
    folder = model.export(tmp_path)
    requests = dict(warmup.read(folder))
    requests["generate"]["labels"][:] = 99
    warmup.write(folder, requests)
    found = str(faults(folder).values())
    assert "'generate' gives 'images' that is not finite" in found


def test_requests_that_fail(tmp_path):
    def function(rows):
        tf.debugging.assert_positive(rows, "rows must be positive")
        return {"roots": tf.sqrt(rows)}

    signature = tf.function(function, input_signature=[ROWS])
    archive = keras.export.ExportArchive()
    archive.add_endpoint("serving_default", signature)
    archive.write_out(str(tmp_path / "it"), verbose=False)
    rows = np.float32([[1, 0, 1]])
    warmup.write(tmp_path / "it", {"serving_default": {"rows": rows}})
    [[fault]] = faults(tmp_path / "it").values()
    assert "'serving_default' fails" in fault
    assert "rows must be positive" in fault


def test_answers_that_are_not_finite(copy):
    requests = dict(warmup.read(copy))
    requests["log_likelihood"]["images"][:] = np.inf
    warmup.write(copy, requests)
    [[fault]] = faults(copy).values()
    assert "'log_likelihood' gives" in fault
    assert "not finite" in fault


@pytest.mark.parametrize("file", [warmup.FILE, replay.FILE])
@pytest.mark.parametrize("damage", ["cut off", "junk", "empty"])
def test_files_that_are_damaged(copy, file, damage):
    file = copy / file
    content = {
        "cut off": file.read_bytes()[:-5],
        "junk": b"neither records nor arrays",
        "empty": b"",
    }
    file.write_bytes(content[damage])
    assert len(faults(copy)) == 1


def test_records_that_are_no_requests(copy):
    with tf.io.TFRecordWriter(str(copy / warmup.FILE)) as writer:
        writer.write(b"\xff\xff")
    assert "DecodeError" in str(faults(copy))


def edited(folder, edit):
    """Faults once the graph was edited."""
    message = saved_model_pb2.SavedModel()
    file = folder / "saved_model.pb"
    message.ParseFromString(file.read_bytes())
    edit(message.meta_graphs[0])
    file.write_bytes(message.SerializeToString())
    return faults(folder)


def test_another_tag(copy):
    found = edited(copy, lambda g: g.meta_info_def.tags.append("train"))
    assert "'train'" in str(found["one graph, to be served"])


def test_operations_of_others(copy):
    def edit(graph):
        for function in graph.graph_def.library.function:
            for node in function.node_def:
                if node.op == "MatMul":
                    node.op = "FusedMatMul"

    found = edited(copy, edit)
    assert "FusedMatMul" in str(
        found["only operations of TensorFlow that compute"]
    )


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
    [fault] = found["answers are those of Keras"]
    assert "C library" in fault
    assert "Traceback" not in fault


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


def test_answers_may_be_as_far_off_as_is_stated(copy):
    answers = replay.read(copy)
    images = answers["decode"][1]["images"]
    images += 5 * (
        replay.ABSOLUTE_TOLERANCE + replay.RELATIVE_TOLERANCE * images
    )
    replay.write(copy, answers)
    rule = "answers are those of Keras"
    [fault] = faults(copy)[rule]
    assert re.fullmatch(
        r"'decode' is (5|4\.9\d*|5\.0\d*) tolerances off", fault
    )
    file = copy / description.FILE
    about = json.loads(file.read_text())
    about["signatures"]["decode"]["tolerance"] = 6.0
    file.write_text(json.dumps(about))
    assert rule not in faults(copy)
    about["signatures"]["decode"]["tolerance"] = "much"
    file.write_text(json.dumps(about))
    [fault] = faults(copy)[rule]
    assert "`tolerance` of 'decode' must be a number" in fault


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
