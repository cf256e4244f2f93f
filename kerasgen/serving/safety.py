"""Whether a SavedModel only computes, decided before any of it is run.

A graph can read and write files, start Python functions and talk to other
machines, in a signature as well as when it is loaded. Every operation of every
graph and function is looked at; what is not known to work on tensors and
variables alone is a fault. Variables are restored from the version's own files,
the one exception.
"""

import pathlib
import re

import tensorflow as tf

from kerasgen.serving.graph import Graph

# The groups of TensorFlow's operations that work on tensors and variables.
_GROUPS = set(
    "array bitwise clustering composite_tensor control_flow count ctc "
    "cudnn_rnn data_flow functional image linalg list logging lookup manip map "
    "math nn optional parsing ragged_array ragged_conversion ragged_math "
    "random random_index_shuffle resource_variable rnn set sparse "
    "sparse_csr_matrix special_math spectral state stateful_random "
    "stateless_random string training uniform_quant".split()
)
_GROUP = re.compile(r".*\.gen_(\w+?)_ops(?:_v2)?")
# What in these groups reads or writes files, asks other devices, or ends the
# process. `InitializeTableFromTextFile` reads any file.
_REFUSED = set(
    "Abort ImmutableConst InitializeTableFromTextFile "
    "InitializeTableFromTextFileV2 Print PrintV2 RecordInput "
    "RemoteCall".split()
)
# They stand in every SavedModel for those who would train on, and never run.
_SAVING = {"MergeV2Checkpoints", "SaveV2", "ShardedFilename"}
_CALLS = {"PartitionedCall", "StatefulPartitionedCall"}


def check_safe(saved):
    """Raises for a SavedModel that does more than to compute.

    Args:
        saved: `SavedModel`.

    Raises:
        ValueError: with everything that was found.
    """
    found = faults(saved)
    if found:
        raise ValueError(
            f"{saved.folder} must only compute, and is not loaded:\n"
            + "\n".join(f"  - {fault}" for fault in found)
        )


def faults(saved):
    """What a SavedModel does besides computing, a list of str.

    Args:
        saved: `SavedModel`.
    """
    found = {}
    for meta_graph in saved.meta_graphs:
        try:
            # Each operation once, with the first place that it is in.
            for place, op in _operations(meta_graph):
                found.setdefault(op, f"{place} runs {op}, {_reason(op)}")
        except ValueError as error:
            found[str(error)] = str(error)
        for asset in meta_graph.asset_file_def:
            path = pathlib.PurePosixPath(asset.filename)
            if path.is_absolute() or ".." in path.parts:
                found[path] = f"an asset is {asset.filename!r}, a foreign file"
    return list(found.values())


def computes(op):
    """Whether an operation works on tensors and variables alone."""
    function = getattr(tf.raw_ops, op, None)
    group = _GROUP.fullmatch(getattr(function, "__module__", None) or "")
    return bool(group) and group[1] in _GROUPS and op not in _REFUSED


def _reason(op):
    if not hasattr(tf.raw_ops, op):
        return "which TensorFlow does not have"
    return "which is not known to work on tensors and variables alone"


def _operations(meta_graph):
    """(place, operation) of all that must not be in a graph."""
    graph = Graph(meta_graph)
    restoring, saving = _by_savers(meta_graph, graph)
    filename = {meta_graph.saver_def.filename_tensor_name}
    filename |= {name.removesuffix(":0") for name in filename}
    arguments = _filenames(graph, restoring, filename)

    def refused(nodes, is_saving, prefixes):
        for node in nodes:
            is_call = node.op in graph.functions
            restores = node.op == "RestoreV2" and node.input
            if not (
                computes(node.op)
                or (is_call and not hasattr(tf.raw_ops, node.op))
                or (is_saving and node.op in _SAVING)
                or (restores and node.input[0] in prefixes)
            ):
                yield node.op

    for name, node in graph.nodes.items():
        prefixes = filename if name in restoring else ()
        for op in refused([node], name in saving, prefixes):
            yield "the graph", op
    restoring, saving = _functions_of(meta_graph, graph, restoring, saving)
    for name, function in graph.functions.items():
        prefixes = arguments.get(name, ()) if name in restoring else ()
        for op in refused(function.node_def, name in saving, prefixes):
            yield f"the function {name!r}", op


def _by_savers(meta_graph, graph):
    """Names of nodes that only restore variables, and that only save them."""
    saver = meta_graph.saver_def
    run = graph.reached(_run(meta_graph))
    restoring = graph.reached(filter(None, [saver.restore_op_name])) - run
    saving = graph.reached(filter(None, [saver.save_tensor_name]))
    return restoring, saving - run - restoring


def _functions_of(meta_graph, graph, restoring, saving):
    """Names of functions that only such nodes call."""
    others = graph.nodes.keys() - restoring - saving  # What none needs, too.
    called, by_restoring, by_saving = (
        graph.called(graph.nodes[name] for name in names)
        for names in (others, restoring, saving)
    )
    called |= _callable(meta_graph, graph)
    by_restoring -= called
    return by_restoring, by_saving - called - by_restoring


def _run(meta_graph):
    """Tensors and nodes that are asked for, on loading or later."""
    for signature in meta_graph.signature_def.values():
        yield from (tensor.name for tensor in signature.outputs.values())
    for collection in meta_graph.collection_def.values():
        yield from collection.node_list.value


def _callable(meta_graph, graph):
    """Functions that are called by their names, and all that those call."""
    names = {
        gradient.gradient_func
        for gradient in meta_graph.graph_def.library.gradient
    }
    objects = meta_graph.object_graph_def
    names |= set(objects.concrete_functions)
    for entry in objects.nodes:
        names |= {
            entry.bare_concrete_function.concrete_function_name,
            *entry.function.concrete_functions,
        }
    # TensorFlow may put one of these in the place of another.
    names |= {
        name
        for name, function in graph.functions.items()
        if "api_implements" in function.attr
    }
    names &= graph.functions.keys()
    inside = [node for name in names for node in graph.functions[name].node_def]
    return names | graph.called(inside)


def _filenames(graph, restoring, filename):
    """Arguments of functions that are always the path of the variables.

    Returns:
        dict from function to the set of its arguments.
    """
    right, wrong = {}, set()
    for name in restoring:
        node = graph.nodes[name]
        for called in graph.called_at_once(node):
            if node.op not in _CALLS or node.attr["f"].func.name != called:
                wrong.add(called)
                continue
            arguments = graph.functions[called].signature.input_arg
            given = {
                argument.name
                for argument, source in zip(arguments, node.input)
                if source in filename
            }
            right[called] = right.get(called, given) & given
    for function in graph.functions.values():
        for node in function.node_def:
            wrong |= graph.called_at_once(node)
    return {name: right[name] for name in right.keys() - wrong}
