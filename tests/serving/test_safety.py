"""SavedModels of strangers, which may do more than to compute."""

import os
import re
import shutil
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

import kerasgen
from kerasgen.serving import replay
from kerasgen.serving import safety
from kerasgen.serving import warmup
from kerasgen.serving.check import check_export
from kerasgen.serving.exported_model import ExportedModel
from kerasgen.serving.saved_model import SavedModel
from tests.cli.test_cli import call
from tests.serving.reaching import REACHING
from tests.serving.reaching import WRITING
from tests.serving.strangers import ONE_ROW
from tests.serving.strangers import edit
from tests.serving.strangers import function_of
from tests.serving.strangers import hide
from tests.serving.strangers import run_unchecked
from tests.serving.strangers import saved
from tests.serving.strangers import write_inside
from tests.serving.strangers import write_node

RULE = "only operations of TensorFlow that compute"


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    model = kerasgen.VAE(
        (8, 8, 1), 3, network_options={"hidden_units": [8]}, seed=0
    )
    return model.export(tmp_path_factory.mktemp("exports"))


@pytest.fixture
def copy(exported, tmp_path):
    return shutil.copytree(exported, tmp_path / "1")


@pytest.fixture
def mark(tmp_path):
    """A file that is there if a stranger's graph could write."""
    return tmp_path / "mark"


def writes(mark, folder, wanted=(), given=None):
    """Whether a version can write: unchecked, it does. None of it is left."""
    run_unchecked(folder, wanted, given)
    found = [*mark.parent.glob("mark*")]
    for path in found:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return bool(found)


def refused(folder):
    """What is said of a version that every way to run it refuses."""
    found = {one.rule: one for one in check_export(folder)}
    faults = found[RULE].faults
    assert faults
    for rule in list(found)[-2:]:
        assert not found[rule].faults or "is missing" in str(found[rule].faults)
        assert found[rule].skipped
    for run in (lambda: replay.answers(folder, []), lambda: load(folder)):
        with pytest.raises(ValueError, match="must only compute") as error:
            run()
        for fault in faults:
            assert fault in str(error.value)
    return "\n".join(faults)


def load(folder):
    return ExportedModel(folder, "a stranger's")


# === What is refused ===


@pytest.mark.parametrize("name", REACHING)
def test_operations_that_reach_beyond_tensors(name, mark, tmp_path):
    function, path = REACHING[name], str(mark)
    folder = saved(tmp_path / "1", lambda rows: {"sums": function(rows, path)})
    if name in WRITING:
        signature = SavedModel(folder).signatures["serving_default"]
        rows, sums = signature.inputs["rows"], signature.outputs["sums"]
        given = {rows.tensor_name: ONE_ROW}
        assert writes(mark, folder, sums.tensor_name, given)
    assert f"runs {name.split()[0]}, which is not known" in refused(folder)
    # `SaveV2` would write beside the path, not at it.
    assert [*tmp_path.iterdir()] == [folder]


def test_what_is_run_on_loading(mark, tmp_path):
    """The main operation, which runs before anything is asked for."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        rows = tf.compat.v1.placeholder(tf.float32, (None, 3), "rows")
        sums = tf.identity(rows, "sums")
        predict_signature_def = tf.compat.v1.saved_model.predict_signature_def
        builder = tf.compat.v1.saved_model.Builder(str(tmp_path / "1"))
        builder.add_meta_graph_and_variables(
            session,
            ["serve"],
            {
                "serving_default": predict_signature_def(
                    {"rows": rows}, {"sums": sums}
                )
            },
            main_op=tf.raw_ops.WriteFile(filename=str(mark), contents="it"),
        )
        builder.save()
    warmup.write(tmp_path / "1", {"serving_default": {"rows": ONE_ROW}})
    assert writes(mark, tmp_path / "1")
    assert "the graph runs WriteFile" in refused(tmp_path / "1")
    assert not mark.exists()


@pytest.mark.parametrize("step", ["create", "initialize"])
def test_resources_that_are_made_on_loading(step, mark, tmp_path):
    """Python's loader calls their functions, which no signature needs."""

    class Resource(tf.saved_model.experimental.TrackableResource):
        def _create_resource(self):
            if step == "create":
                tf.io.write_file(str(mark), "it")
            return tf.raw_ops.HashTableV2(
                key_dtype=tf.string, value_dtype=tf.int64
            )

        def _initialize(self):
            if step == "initialize":
                tf.io.write_file(str(mark), "it")

    module = tf.Module()
    module.table = Resource()
    folder = tmp_path / "1"
    saved(folder, lambda rows: {"sums": rows}, module)
    assert not mark.exists()
    # It is initialized on loading, and created when its handle is asked for.
    assert tf.saved_model.load(str(folder)).table.resource_handle is not None
    mark.unlink()
    assert "runs WriteFile" in refused(folder)
    assert not mark.exists()


@pytest.mark.parametrize("part", ["traced_restore", "traced_save"])
def test_files_beside_the_variables(copy, mark, part):
    edit(copy, lambda graph: write_inside(function_of(graph, part), mark))
    [graph] = SavedModel(copy).meta_graphs
    saver, elsewhere = graph.saver_def, str(copy.parent / "variables")
    save = saver.save_tensor_name, {saver.filename_tensor_name: elsewhere}
    assert writes(mark, copy, *save)
    assert writes(mark, copy) == (part == "traced_restore")
    assert "runs WriteFile" in refused(copy)
    assert not mark.exists()


def test_nodes_that_nothing_needs(copy, mark):
    edit(copy, lambda graph: write_node(graph.graph_def.node, mark))
    assert writes(mark, copy, "it")
    assert "the graph runs WriteFile" in refused(copy)
    assert not mark.exists()


def test_variables_of_another_place(copy):
    """Restored from a path in the graph, not from the version's own files."""

    def change(graph):
        nodes = function_of(graph, "traced_restore").node_def
        node = nodes.add(name="elsewhere", op="Const")
        node.attr["dtype"].type = tf.string.as_datatype_enum
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto("/tmp/it"))
        for node in nodes:
            if node.op == "RestoreV2":
                node.input[0] = "elsewhere:output:0"

    edit(copy, change)
    assert "runs RestoreV2" in refused(copy)


def test_another_path_for_the_function_that_restores(copy):
    def change(graph):
        restore = function_of(graph, "traced_restore").signature.name
        graph.graph_def.node.add(name="elsewhere", op="Placeholder").attr[
            "dtype"
        ].type = tf.string.as_datatype_enum
        for node in graph.graph_def.node:
            if node.attr["f"].func.name == restore:
                node.input[0] = "elsewhere"

    edit(copy, change)
    assert "runs RestoreV2" in refused(copy)


@pytest.mark.parametrize("way", ["signature", "object", "gradient", "main op"])
def test_saving_is_never_asked_for(copy, way):
    """What saves variables writes files: nothing but a saver may call it."""

    def change(graph):
        save = function_of(graph, "traced_save").signature.name
        if way == "object":
            graph.object_graph_def.concrete_functions[save].SetInParent()
        elif way == "gradient":
            graph.graph_def.library.gradient.add(
                function_name="it", gradient_func=save
            )
        elif way == "main op":
            name = graph.saver_def.save_tensor_name.split(":")[0]
            names = graph.collection_def["saved_model_main_op"].node_list
            names.value[:] = [name]
        else:
            tensor = graph.signature_def["decode"].outputs["images"]
            tensor.name = graph.saver_def.save_tensor_name

    edit(copy, change)
    assert "runs SaveV2" in refused(copy)


def test_operations_in_attributes_of_attributes(copy, mark):
    """A function that is named only as the attribute of another's call."""

    edit(copy, lambda graph: hide(graph.graph_def, mark))
    assert writes(mark, copy, "outer")
    assert "'hidden' runs WriteFile" in refused(copy)
    assert SavedModel(copy)._graph.called(
        [n for n in SavedModel(copy)._graph.nodes.values() if n.name == "outer"]
    ) == {"first", "second", "hidden"}
    assert not mark.exists()


@pytest.mark.parametrize("op", ["WriteFile", "Nothing"])
def test_functions_that_are_called_like_operations(copy, op):
    """TensorFlow's own operations are judged as such, whatever is there."""

    def change(graph):
        function = graph.graph_def.library.function.add()
        function.signature.name = op
        graph.graph_def.node.add(name="it", op=op)

    edit(copy, change)
    if op == "WriteFile":
        assert "runs WriteFile" in refused(copy)
    else:
        assert not safety.faults(SavedModel(copy))


def test_graphs_besides_the_first(copy, mark):
    file = copy / "saved_model.pb"
    message = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    message.meta_graphs.append(message.meta_graphs[0])
    write_node(message.meta_graphs[1].graph_def.node, mark)
    file.write_bytes(message.SerializeToString())
    assert "runs WriteFile" in refused(copy)


@pytest.mark.parametrize("path", ["../../it", "/etc/passwd"])
def test_assets_elsewhere(copy, path):
    edit(copy, lambda graph: graph.asset_file_def.add(filename=path))
    assert path in refused(copy)


# === What is not read at all ===


@pytest.mark.parametrize("name", ["saved_model.cpb", "saved_model.pbtxt"])
def test_a_second_graph(copy, name):
    """TensorFlow would read it in place of the one that was looked at."""
    (copy / name).write_bytes(b"")
    with pytest.raises(ValueError, match=re.escape(name)):
        check_export(copy)


@pytest.mark.parametrize(
    "file",
    ["saved_model.pb", "variables/variables.index", "assets.extra/replay.npz"],
)
def test_links_out_of_the_folder(copy, tmp_path, file):
    shutil.move(copy / file, tmp_path / "elsewhere")
    (copy / file).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="must be in the folder itself"):
        check_export(copy)
    with pytest.raises(ValueError, match="must be in the folder itself"):
        load(copy)


def test_links_within_the_folder_and_to_it(copy, tmp_path):
    shutil.move(copy / "saved_model.pb", copy / "graph")
    (copy / "saved_model.pb").symlink_to("graph")
    (tmp_path / "2").symlink_to(copy)
    assert not safety.faults(SavedModel(tmp_path / "2"))


@pytest.mark.parametrize("file", ["saved_model.pb", "fifo"])
def test_pipes(copy, file):
    """Reading one would never end."""
    (copy / file).unlink(missing_ok=True)
    os.mkfifo(copy / file)
    with pytest.raises(ValueError, match=f"{file} must be a file"):
        check_export(copy)


@pytest.mark.parametrize("file", ["saved_model.pb", warmup.FILE, "x/it.pb"])
def test_files_of_many_bytes(copy, file):
    (copy / file).parent.mkdir(exist_ok=True)
    (copy / file).touch()
    os.truncate(copy / file, 10**12)  # Zeros that take no blocks of the disk.
    with pytest.raises(ValueError, match=r"Received: 1,000,000,000,000 bytes"):
        check_export(copy)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_graphs_that_are_cut_off(copy, share):
    content = (copy / "saved_model.pb").read_bytes()
    (copy / "saved_model.pb").write_bytes(content[: int(share * len(content))])
    error = call("check-export", copy, fails=True)
    assert "saved_model.pb is no SavedModel that can be read" in error


@pytest.mark.parametrize("damage", ["input", "twice", "dtype"])
def test_graphs_that_are_damaged(copy, damage):
    def change(graph):
        node = graph.graph_def.node[-1]
        if damage == "input":
            for node in graph.graph_def.node:
                node.input[:] = ["nothing"] * len(node.input)
        elif damage == "twice":
            graph.graph_def.node.append(node)
        else:
            graph.signature_def["decode"].outputs["images"].dtype = 99

    edit(copy, change)
    if damage == "input":
        assert "a node 'nothing', which is not there" in refused(copy)
    else:
        with pytest.raises(ValueError, match="called|99"):
            check_export(copy)


def test_recorded_answers_that_inflate(copy):
    file = copy / replay.FILE
    file.unlink()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        with packed.open("decode/inputs/latents.npy", "w") as entry:
            for _ in range(300):
                entry.write(bytes(2**20))
    assert file.stat().st_size < 2**20
    with pytest.raises(ValueError, match="must inflate to at most"):
        replay.read(copy)


def test_requests_that_inflate(copy):
    """An array of one value and a shape."""
    file = copy / warmup.FILE
    log = warmup._prediction_log()()
    request = log.predict_log.request
    request.model_spec.signature_name = "decode"
    tensor = tf.make_tensor_proto(1.0)
    for _ in range(2):
        tensor.tensor_shape.dim.add(size=10**5)
    request.inputs.add(key="latents", value=tensor.SerializeToString())
    with tf.io.TFRecordWriter(str(file)) as writer:
        writer.write(log.SerializeToString())
    with pytest.raises(ValueError, match=r"\[100000, 100000\]"):
        warmup.read(copy)


# === Graphs that do not end ===


def test_graphs_that_do_not_end(tmp_path):
    def for_ever(rows):
        [sums] = tf.while_loop(
            lambda sums: True, lambda sums: [sums + 1], [rows]
        )
        return {"sums": sums}

    folder = saved(tmp_path / "1", for_ever)
    output = call("check-export", folder, "--timeout", 4, fails=True)
    assert "there was no answer within 4 seconds" in output


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_timeouts_are_positive(copy, timeout):
    with pytest.raises(ValueError, match="`timeout` must be above 0"):
        check_export(copy, timeout)


# === What is not refused ===


def test_variables_tables_and_draws_of_others(tmp_path):
    module = tf.Module()
    module.scale = tf.Variable([1.0, 2.0, 3.0])
    keys = keras.layers.StringLookup(vocabulary=["1", "2"])
    module.keys = keys

    def function(rows):
        kinds = tf.cast(keys(tf.strings.as_string(rows[:, 0])), "float32")
        rows = tf.map_fn(lambda row: row / 2, rows)
        draws = tf.random.stateless_normal((3,), [1, 2])
        spectrum = tf.abs(tf.signal.rfft(rows))[:, :1]
        sums = rows * module.scale + kinds[:, None] + draws + spectrum
        return {
            "sums": tf.image.resize(sums[None, ..., None], (1, 3))[0, ..., 0]
        }

    folder = saved(tmp_path / "1", function, module)
    assert not check_export(folder)[0].faults
    assert load(folder)


def test_graphs_of_the_first_tensorflow(tmp_path):
    """Variables are restored by nodes, not by a function."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        rows = tf.compat.v1.placeholder(tf.float32, (None, 3), "rows")
        scale = tf.compat.v1.get_variable("scale", (3,))
        session.run(tf.compat.v1.global_variables_initializer())
        expected = session.run(scale)
        tf.compat.v1.saved_model.simple_save(
            session, str(tmp_path / "1"), {"rows": rows}, {"sums": rows * scale}
        )
    assert not check_export(tmp_path / "1")[0].faults
    [answer] = replay.answers(
        tmp_path / "1", [("serving_default", {"rows": ONE_ROW})]
    )
    np.testing.assert_array_equal(answer["sums"], [expected])


def test_no_allowed_operation_takes_a_path():
    """So that a new TensorFlow's operations are looked at."""
    from tensorflow.python.framework import op_def_registry

    # Paths of another kind, a device that is not asked, GPU directions.
    known = {"CTCBeamSearchDecoder", "DeviceIndex", "VarHandleOp"}
    words = re.compile(
        "file|path|(^|_)dir|url|uri|address|region|stream|device"
    )
    taking, number = set(), 0
    for name in filter(safety.computes, dir(tf.raw_ops)):
        definition = op_def_registry.get(name)
        fields = [*definition.attr, *definition.input_arg]
        if any(words.search(field.name) for field in fields):
            taking.add(name)
        number += 1
    assert number > 500
    assert {name for name in taking if "CudnnRNN" not in name} == known
