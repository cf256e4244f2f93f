"""An export of a model of tokens and of pairs of images, without a model."""

import tensorflow as tf

from kerasgen import serving
from kerasgen.data.endpoint_kinds import Seeds
from kerasgen.data.endpoint_kinds import Values
from kerasgen.data.kinds import Images
from kerasgen.data.kinds import Tokens
from kerasgen.models.endpoints import Endpoint
from kerasgen.models.endpoints import described
from kerasgen.models.endpoints import examples_of
from kerasgen.models.endpoints import signatures_of

TOKENS = Tokens(3, 7)


def drawn(seeds):
    """Sample i of seed s is s + i, s + i + 1, s + i + 2, modulo 7."""
    return (tf.reduce_sum(seeds, 1, keepdims=True) + tf.range(3)) % 7


def next_tokens(tokens):
    """Tokens that are one higher, and the mean of what they were."""
    means = tf.reduce_mean(tf.cast(tokens, tf.float32), 1)
    return {"tokens": (tokens + 1) % 7, "means": means}


def to_target(source):
    """The negative of a grey image, in red alone."""
    return tf.concat([1 - source, 0 * source, 0 * source], -1)


def to_source(target):
    """The mean of the colours, in the middle."""
    return tf.reduce_mean(target[:, 2:6, 1:5], -1, keepdims=True)


def endpoints(vocabulary_size=7):
    """The table of endpoints; tokens are below 7 whatever it is told."""
    told = Tokens(3, vocabulary_size)
    return {
        "generate": Endpoint(drawn, {"seeds": Seeds()}, {"tokens": told}),
        "next": Endpoint(
            next_tokens,
            {"tokens": TOKENS},
            # The result is not the first by name.
            {"tokens": TOKENS, "means": Values()},
        ),
        "to_target": Endpoint(
            to_target,
            {"source": Images(4, 4, 1)},
            {"target": Images(4, 4, 3)},
        ),
        # From images of another size than those that it makes.
        "to_source": Endpoint(
            to_source,
            {"large_target": Images(8, 6, 3)},
            {"source": Images(4, 4, 1)},
        ),
    }


def export(path, **words):
    """`pathlib.Path` of a version."""
    table = endpoints(**words)
    return serving.export(
        signatures_of(table, "to_target"),
        examples_of(table),
        {"signatures": described(table, "to_target")},
        path,
    )
