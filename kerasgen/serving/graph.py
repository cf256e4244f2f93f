"""The graph of a SavedModel: which nodes and functions need which."""


class Graph:
    """Nodes and functions of a graph, by name.

    Args:
        meta_graph: `MetaGraphDef`.

    Attributes:
        nodes: dict from name to `NodeDef`, those outside of functions.
        functions: dict from name to `FunctionDef`.

    Raises:
        ValueError: if two have the same name.
    """

    def __init__(self, meta_graph):
        definition = meta_graph.graph_def
        self.nodes = _by_name((node.name, node) for node in definition.node)
        self.functions = _by_name(
            (function.signature.name, function)
            for function in definition.library.function
        )

    def reached(self, tensors):
        """Names of the nodes that tensors need, without those of functions.

        Args:
            tensors: names of tensors or of nodes.

        Raises:
            ValueError: if the graph lacks one.
        """
        waiting = [node_name(tensor) for tensor in tensors]
        names = set()
        while waiting:
            name = waiting.pop()
            if name not in self.nodes:
                raise ValueError(
                    f"The graph is damaged: it needs a node {name!r}, which is "
                    "not there."
                )
            if name not in names:
                names.add(name)
                waiting += map(node_name, self.nodes[name].input)
        return names

    def called(self, nodes):
        """Names of the functions that nodes call, at once or through others."""
        names, waiting = set(), list(nodes)
        while waiting:
            for name in self.called_at_once(waiting.pop()):
                if name not in names:
                    names.add(name)
                    waiting += self.functions[name].node_def
        return names

    def called_at_once(self, node):
        """Names of the functions that a node calls itself, a set."""
        return self.functions.keys() & {node.op, *_function_names(node.attr)}


def node_name(tensor):
    """The node of a tensor, or of a control input."""
    return tensor.lstrip("^").split(":")[0]


def _by_name(pairs):
    found = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(
                f"The graph is damaged: two of its parts are called {name!r}."
            )
        found[name] = value
    return found


def _function_names(attributes):
    """The functions that are named in attributes, also in those of these."""
    for value in attributes.values():
        for function in (value.func, *value.list.func):
            yield function.name
            yield from _function_names(function.attr)
