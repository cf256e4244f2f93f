"""Configs of models: arguments, and which parts are frozen.

Keras keeps `trainable` in a layer's config. Networks that a model builds
itself have none of their own in a file: the model's has it for them.
"""

import collections

import keras

_TRAINABILITY = "trainability"


def model_from_config(model_class, config):
    """The model that a config is of.

    Args:
        model_class: a `keras.Model` whose arguments the config holds.
        config: dict of them, where layers are serialized, and of what
            `trainability` gave.
    """
    revive = keras.saving.deserialize_keras_object
    arguments = {
        name: revive(value)
        if isinstance(value, dict) and "class_name" in value
        else value
        for name, value in config.items()
        if name != _TRAINABILITY
    }
    model = model_class(**arguments)
    exceptions = config.get(_TRAINABILITY, {})
    # Without, networks of the user's own have what is in their configs.
    if exceptions or not model.trainable:
        set_trainability(model, model.trainable, exceptions)
    return model


def trainability(model):
    """What is frozen of a model, for a config; see `set_trainability`.

    Args:
        model: `keras.Model`.

    Returns:
        dict of bool `trainable` and, unless it is empty, `trainability`: a
        dict from the path of a part, such as `"encoder"` or
        `"encoder/Dense_1/bias"`, to whether it is trainable, where what holds
        it differs.
    """
    exceptions = {
        path: part.trainable
        for path, part, whole in _parts(model)
        if part.trainable != whole.trainable
    }
    config = {"trainable": model.trainable}
    return {**config, _TRAINABILITY: exceptions} if exceptions else config


def set_trainability(model, trainable, trainability=None):
    """Makes parts of a model trainable or not.

    Args:
        model: `keras.Model`.
        trainable: bool. Whether the model is.
        trainability: dict from path to bool, of parts that differ from what
            holds them.

    Raises:
        ValueError: if the model has not all of these parts.
    """
    parts, trainability = list(_parts(model)), trainability or {}
    missing = set(trainability) - {path for path, _, _ in parts}
    if missing:
        raise ValueError(
            f"The config of a {type(model).__name__} must name parts that it "
            f"has. Received: {sorted(missing)}. It was written by another "
            "version of the class."
        )
    # From the outside in, each by itself: a part that has the value already
    # does not pass it on.
    model.trainable = trainable
    for path, part, whole in parts:
        part.trainable = trainability.get(path, whole.trainable)


def _parts(whole, path=""):
    """Paths, layers and weights within a layer, and what holds each."""
    # Names of layers count on all through a process; these are a file's.
    attributes = {
        id(value): name
        for name, value in vars(whole).items()
        if isinstance(value, keras.Layer)
    }
    counts = collections.Counter()
    for part in (*whole._trainable_variables, *whole._layers):
        if isinstance(part, keras.Layer):
            name = attributes.get(id(part)) or type(part).__name__
        else:
            name = part.name
        counts[name] += 1
        if counts[name] > 1:
            name = f"{name}_{counts[name] - 1}"
        yield path + name, part, whole
        if isinstance(part, keras.Layer):
            yield from _parts(part, f"{path}{name}/")
