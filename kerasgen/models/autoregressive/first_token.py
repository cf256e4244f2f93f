"""What is before the first token: one that no sequence has, for each class."""

import tensorflow as tf

from kerasgen import networks


def sequence_network(model, vocabulary_size):
    """The network of a model of sequences, which knows first tokens besides.

    Args:
        model: `GenerativeModel` with `network` and `network_options`.
        vocabulary_size: int. Tokens that sequences are of.
    """
    return networks.build(
        model.network,
        "sequence",
        dtype=model.dtype_policy,
        options=model.network_options,
        num_inputs=vocabulary_size + num_first_tokens(model.num_classes),
        num_outputs=vocabulary_size,
    )


def num_first_tokens(num_classes):
    """How many there are: one for each class, or else one."""
    return num_classes or 1


def first_tokens(number, vocabulary_size, labels=None):
    """The tokens that come before sequences, int32 of shape `(number,)`.

    Args:
        number: int or int scalar tensor.
        vocabulary_size: int. Tokens that sequences are of.
        labels: int32 tensor of shape `(number,)`, or `None` without classes.
    """
    if labels is None:
        return tf.fill([number], vocabulary_size)
    return vocabulary_size + labels


def shifted(tokens, vocabulary_size, labels=None):
    """What is before each token of sequences, of the shape of `tokens`."""
    first = first_tokens(tf.shape(tokens)[0], vocabulary_size, labels)
    return tf.concat([first[:, None], tokens[:, :-1]], axis=1)
