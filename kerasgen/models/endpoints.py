"""What a model can be asked: a table of functions, inputs and outputs by kind.

Methods, signatures of exports, tasks and the command line all read it. A new
ability of a model is one entry of its `endpoints()`.
"""

import dataclasses
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from kerasgen.data.endpoint_kinds import Labels
from kerasgen.data.endpoint_kinds import Strings
from kerasgen.data.endpoint_kinds import Uniforms


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """One thing that a model can be asked.

    Args:
        function: of tensors, one an input, in their order. Returns a tensor,
            or a dict of tensors where there are several outputs; all of them
            batch-first, and without randomness but by seeds that are inputs.
        inputs: dict from name to `kerasgen.data.kinds.Kind`.
        outputs: dict from name to `Kind`; the first is what a method of the
            same name returns.
        is_served: bool. Whether exports have it as a signature.
        tolerance: float. How far an export's answers may be from Keras's, in
            multiples of what one pass through a network may lose to rounding
            (`kerasgen.serving.replay`): more where a function goes on from its
            own results.
        drawn_shape: tuple of int or `None`. The shape of the uniform numbers
            that each row of `seeds` is drawn as, all that there is to draw;
            `function` takes them in place of seeds, float of shape `(batch,
            *drawn_shape)`.
    """

    function: Callable
    inputs: dict
    outputs: dict
    is_served: bool = True
    tolerance: float = 1.0
    drawn_shape: tuple | None = None

    def named(self, *tensors):
        """The outputs by their names, a dict of tensors."""
        found = self.function(*tensors)
        if isinstance(found, dict):
            return found
        (name,) = self.outputs
        return {name: found}


def signatures_of(endpoints, default):
    """What an export serves, from a table of endpoints.

    Args:
        endpoints: dict from name to `Endpoint`.
        default: str. The endpoint that is `serving_default` besides; best one
            without random operations, which other runtimes do not know.

    Returns:
        dict from signature name to (function of tensors that returns a dict of
        tensors, list of `tf.TensorSpec` of its inputs), all batch-first. Rows
        whose label is no class come out as NaN, -1 or an empty string.
    """
    served = {
        name: _signature(endpoint)
        for name, endpoint in endpoints.items()
        if endpoint.is_served
    }
    return {"serving_default": served[default], **served}


def without_randomness(endpoints):
    """What runtimes can do that know numbers only, and no random ones.

    Args:
        endpoints: dict from name to `Endpoint`.

    Returns:
        dict from name to `Endpoint` of those that are served, with uniform
        numbers, `uniforms`, in place of `seeds`.
    """
    table = {}
    for name, endpoint in endpoints.items():
        if endpoint.is_served and why_not(endpoint) is None:
            inputs = dict(endpoint.inputs)
            if inputs.pop("seeds", None) is not None:
                uniforms = {"uniforms": Uniforms(endpoint.drawn_shape)}
                inputs = uniforms | inputs
            table[name] = dataclasses.replace(endpoint, inputs=inputs)
    return table


def why_not(endpoint):
    """Why other runtimes cannot do what an endpoint does, `None` if they can.

    Args:
        endpoint: `Endpoint`.

    Returns:
        str or `None`.
    """
    kinds = (*endpoint.inputs.values(), *endpoint.outputs.values())
    if any(kind.dtype == "string" for kind in kinds):
        return "it takes or returns strings"
    if "seeds" in endpoint.inputs and endpoint.drawn_shape is None:
        return "it draws random numbers"
    return None


def described(endpoints, default):
    """The kinds of what an export takes and returns, as JSON values.

    Args:
        endpoints: dict from name to `Endpoint`.
        default: str. The endpoint that is `serving_default` besides.

    Returns:
        dict from signature name to a dict of `inputs` and `outputs`, dicts from
        name to `Kind.describe()`, and `tolerance`. The output that is an
        endpoint's result has `is_result` besides.
    """
    served = {
        name: {
            "inputs": _described(endpoint.inputs),
            "outputs": _described(endpoint.outputs),
            "tolerance": endpoint.tolerance,
        }
        for name, endpoint in endpoints.items()
        if endpoint.is_served
    }
    for signature in served.values():
        next(iter(signature["outputs"].values()))["is_result"] = True
    return {"serving_default": served[default], **served}


def _described(kinds):
    return {name: kind.describe() for name, kind in kinds.items()}


def default_of(endpoints):
    """The endpoint that is `serving_default` besides.

    `decode` has no random operation that other runtimes do not know.

    Returns:
        str: it, or `generate`, or else the first that is served.
    """
    served = [name for name in endpoints if endpoints[name].is_served]
    return next(n for n in ("decode", "generate", *served) if n in served)


def _signature(endpoint):
    specs = [kind.spec(name) for name, kind in endpoint.inputs.items()]
    labels = endpoint.inputs.get("labels")
    if labels is None or len(endpoint.inputs) == 1:
        return endpoint.named, specs
    place = list(endpoint.inputs).index("labels")
    return _row_by_row(endpoint.named, place, labels.num_classes), specs


def _row_by_row(function, place, num_classes):
    """A signature in which a label that is no class spoils its own row only.

    A server puts rows of several clients into one batch, and an assertion would
    fail all of them. What the row's outputs are instead no client takes for an
    answer.

    Args:
        function: of tensors that returns a dict of tensors.
        place: int. Which of the tensors are labels.
        num_classes: int.
    """

    def checked(*inputs):
        inputs = list(inputs)
        labels = inputs[place]
        are_classes = (labels >= 0) & (labels < num_classes)
        # Layers that look labels up know classes only.
        inputs[place] = tf.where(are_classes, labels, 0)
        return {
            name: only_where(are_classes, rows)
            for name, rows in function(*inputs).items()
        }

    return checked


def only_where(are_right, rows):
    """Rows, but NaN, -1 or the empty string where they are not right.

    Args:
        are_right: bool tensor of shape `(batch,)`.
        rows: tensor of shape `(batch, ...)`.
    """
    nothing = -1
    if rows.dtype == tf.string:
        nothing = ""
    elif rows.dtype.is_floating:
        nothing = float("nan")
    are_right = tf.reshape(are_right, (-1, *[1] * (rows.shape.rank - 1)))
    return tf.where(are_right, rows, tf.constant(nothing, rows.dtype))


def classes(num_classes, class_names):
    """The endpoint that gives, for each row, the names of all classes.

    A server's metadata has the number of them in the output's shape. The names
    are empty where there are none.
    """
    names = class_names or [""] * num_classes

    def function(labels):
        shape = tf.shape(labels)[0], num_classes
        return tf.broadcast_to(tf.constant(names), shape)

    return Endpoint(
        function,
        {"labels": Labels(num_classes)},
        {"class_names_bytes": Strings((num_classes,))},
    )


def examples_of(endpoints, num_rows=2):
    """Rows to try the endpoints with.

    Args:
        endpoints: dict from name to `Endpoint`.
        num_rows: int.

    Returns:
        dict from name of an input to array of shape `(num_rows, ...)`.
    """
    inputs = {}
    for endpoint in endpoints.values():
        for name, kind in endpoint.inputs.items():
            inputs.setdefault(name, kind.examples(num_rows))
    generate = endpoints.get("generate")
    if generate is not None and "latents" in generate.outputs:
        # Of the model's prior, which need not be normal.
        rows = [tf.constant(inputs[name]) for name in generate.inputs]
        inputs["latents"] = np.asarray(generate.named(*rows)["latents"])
    return inputs
