"""How long GPT takes to draw texts: its cache, and an export beside Keras.

    python benchmarks/text_generation.py

The cache: seconds for 8 and for 64 texts of 256 tokens, of a network of 800,000
parameters that was not trained, in float32, with what it keeps of each token,
and without: by the whole network once a token, on all that are before it.

Served: seconds of `model.generate` and of the signature `generate` of the
export of `gpt_shakespeare`, of the same prompts and seeds, in turns; both write
the same texts.

Machines should do nothing else.
"""

import argparse
import pathlib
import sys
import tempfile
import time

import numpy as np
from common import write_table

LENGTH = 256
NUMBERS = (8, 64)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=pathlib.Path, default="runs/texts")
    parser.add_argument(
        "--rounds", type=int, default=9, help="of the export and Keras [9]"
    )
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    from kerasgen.cli.tensorflow_import import load_tensorflow

    load_tensorflow()
    measure_cache(options)
    measure_export(options)


def measure_cache(options):
    import kerasgen

    # Without a tokenizer there is no end, which texts might come to early.
    model = kerasgen.GPT(
        LENGTH,
        vocabulary_size=65,
        network_options={"width": 128, "num_blocks": 4},
        seed=0,
    )
    without = without_cache(model)
    rows = []
    for number in NUMBERS:
        kept = seconds(lambda: model.generate(number, seed=0))
        anew = seconds(lambda: without(number).numpy())
        rows.append(
            [number, f"{kept:.2f}", f"{anew:.2f}", f"{anew / kept:.1f}"]
        )
    write_table(
        options.out / "cache.md",
        [
            f"Texts of {LENGTH} tokens",
            "Seconds with the cache",
            "Seconds without",
            "Times as fast",
        ],
        rows,
    )


def without_cache(model):
    """A function that draws texts by the whole network for each character."""
    import tensorflow as tf

    from kerasgen.samplers import draw_token

    @tf.function
    def draw(number):
        tokens = tf.zeros((number, LENGTH), tf.int32)
        places = tf.range(LENGTH)
        ones = tf.ones([number])
        for place in tf.range(LENGTH):
            logits = model(tokens[:, : place + 1])[:, -1]
            token = draw_token(
                logits,
                0.5 * ones,
                ones,
                tf.fill([number], model.vocabulary_size),
                ones,
            )
            is_here = (places == place)[None]
            tokens = tf.where(is_here, token[:, None], tokens)
            tokens = tf.ensure_shape(tokens, (None, LENGTH))
        return tokens

    return draw


def measure_export(options):
    import tensorflow as tf

    import kerasgen

    model = kerasgen.load("gpt_shakespeare")
    with tempfile.TemporaryDirectory() as folder:
        loaded = tf.saved_model.load(str(model.export(folder)))
    rows = []
    for number in NUMBERS:
        seeds = tf.constant([[0, i] for i in range(number)], tf.int32)
        prompts = tf.constant(["ROMEO:"] * number)

        def served():
            found = loaded.signatures["generate"](seeds=seeds, prompts=prompts)
            return [text.decode() for text in found["texts"].numpy()]

        def by_keras():
            return model.generate(number, seed=0, prompts="ROMEO:")

        if served() != by_keras():
            sys.exit("The export writes other texts than its model.")
        taken = [
            (seconds(served), seconds(by_keras)) for _ in range(options.rounds)
        ]
        export, keras = np.median(taken, axis=0)
        ratio = np.median([a / b for a, b in taken])
        rows.append([number, f"{export:.2f}", f"{keras:.2f}", f"{ratio:.2f}"])
    write_table(
        options.out / "served_texts.md",
        [
            f"Texts of {model.length} characters",
            "Seconds of the export",
            "Seconds of `model.generate`",
            "Export by Keras",
        ],
        rows,
    )


def seconds(draw):
    """Of the second time."""
    draw()
    start = time.perf_counter()
    draw()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
