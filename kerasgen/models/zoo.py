"""The models of the zoo by name."""

import keras

# From the name on the command line to the class.
MODELS = {}


def register(name):
    """Decorates a model of the zoo: the one place where it is listed.

    The package then has the class at its top, Keras finds it in files, and the
    command line knows it by `name`.

    Args:
        name: str. Name on the command line, such as `"beta_vae"`.
    """

    def decorate(cls):
        MODELS[name] = cls
        return keras.saving.register_keras_serializable("kerasgen")(cls)

    return decorate
