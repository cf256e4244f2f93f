"""What is before the first token: one that no sequence has, for each class."""

import tensorflow as tf

from kerasgen import networks


def sequence_network(network, vocabulary_size, num_classes, dtype, options):
    """A network of sequences, which knows first tokens besides.

    Args:
        network: str. Its name.
        vocabulary_size: int. Tokens that sequences are of.
        num_classes: int, or `None` where one token is before all sequences.
        dtype, options: see `kerasgen.networks.build`.
    """
    return networks.build(
        network,
        "sequence",
        dtype=dtype,
        options=options,
        num_inputs=vocabulary_size + (num_classes or 1),
        num_outputs=vocabulary_size,
    )


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
