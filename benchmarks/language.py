"""Quality of models of tokens: texts, poems, pixels and codes of images.

    python benchmarks/language.py shakespeare --peers-python /path/to/python
    python benchmarks/language.py poems --text tang_poems.txt
    python benchmarks/language.py pixels --minutes 30 --seeds 0
    python benchmarks/language.py priors --minutes 5 --seeds 0

shakespeare: GPT on nine tenths of tiny_shakespeare, in characters and bfloat16,
for some minutes (--minutes, 3), and nanoGPT's small configuration as published,
in float32, in the interpreter of --peers-python (`pip install torch`) for as
many, with the first seed, one after the other; nats a character of the last
tenth, by which GPT's rate and average were chosen too.

poems: GPT on regular Tang poems, of four forms, one a class: whether 1,000
drawn ones are of the form asked for, how many have eight characters in a row
from a training poem, and what held-out poems cost, beside an interpolated
trigram model (Kneser-Ney).

pixels: ImageGPT on MNIST in two levels; nats of the test images, exactly.

priors: VQ-VAEs by their recipe for as many minutes with each prior, with
classes and without; Frechet distance of 10,000 samples.

Rates fall along a cosine that ends with the minutes. Machines should do nothing
else.
"""

import functools
import json
import pathlib
import subprocess
import sys
import time

import numpy as np
from common import argument_parser
from common import arrays_of
from common import kept_model
from common import measured as measured_of_seeds
from common import say
from common import spread
from common import timed_training
from common import write_table
from tang_poems import RUN
from tang_poems import quality_of_poems
from tang_poems import write_by_form

OURS = "GPT, bfloat16"
NANOGPT = "nanoGPT's small configuration, PyTorch, float32"
PRIORS = {
    "pixelcnn": {"prior": "pixelcnn"},
    "gpt": {"prior": "gpt"},
    "pixelcnn, classes": {"prior": "pixelcnn", "num_classes": 10},
    "gpt, classes": {"prior": "gpt", "num_classes": 10},
}
# Without what results do not depend on.
measured = functools.partial(
    measured_of_seeds, left_out=("peers_python", "part")
)


def main():
    options = parse_arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    PARTS[options.part](options)


def parse_arguments():
    parser = argument_parser(__doc__, "language")
    add = parser.add_argument
    add("part", choices=PARTS)
    add("--minutes", type=float, default=3, help="of training [3]")
    add("--text", type=pathlib.Path, help="of poems: one a paragraph")
    add("--width", type=int, default=128, help="numbers a token [128]")
    add("--blocks", type=int, default=4, help="[4]")
    add("--dropout", type=float, default=0.0, help="[0]")
    add("--length", type=int, default=64, help="characters of a text [64]")
    add("--rate", type=float, default=2e-3, help="at first [0.002]")
    add(
        "--peers-python",
        default=sys.executable,
        help="interpreter that has PyTorch [this one]",
    )
    return parser.parse_args()


def network_options(options):
    return {
        "width": options.width,
        "num_blocks": options.blocks,
        "dropout": options.dropout,
    }


def train_for(model, options, *data, rate=None, **arguments):
    """Trains a model for minutes, its rates falling along a cosine."""
    import keras

    model.compile(
        keras.optimizers.Adam(rate or options.rate, global_clipnorm=1.0)
    )
    model.fit(
        *data,
        epochs=10_000,
        callbacks=[timed_training(60 * options.minutes)],
        verbose=2,
        **arguments,
    )
    return model


def policy():
    """What texts are trained in; logits and losses are float32."""
    import keras

    keras.config.set_dtype_policy("mixed_bfloat16")


# === Shakespeare ===


def shakespeare(options):
    from kerasgen.cli.tensorflow_import import load_tensorflow

    load_tensorflow()
    policy()
    found = {
        OURS: measured(
            "shakespeare",
            options,
            functools.partial(of_shakespeare, options=options),
        ),
        NANOGPT: measured(
            "nanogpt",
            options,
            functools.partial(of_nanogpt, options=options),
            options.seeds[:1],
        ),
    }
    rows = [
        [
            name,
            f"{results[0]['parameters']:,}",
            f"{np.mean([r['tokens'] for r in results]) / 1e6:.2f}",
            spread([r["nats"] for r in results]),
        ]
        for name, results in found.items()
    ]
    write_table(
        options.out / "shakespeare.md",
        [
            f"Trained for {options.minutes:g} minutes",
            "Parameters",
            "Million characters",
            "Nats a held-out character",
        ],
        rows,
    )


def of_shakespeare(seed, options):
    import keras

    import kerasgen

    keras.utils.set_random_seed(seed)
    data = kerasgen.data.load_text(
        "tiny_shakespeare", length=options.length, batch_size=32, seed=seed
    )
    held_out = kerasgen.data.load_text(
        "tiny_shakespeare",
        "validation+test",
        data.tokenizer,
        options.length,
        shuffle=False,
    )
    model = kerasgen.GPT(
        data.length,
        data.tokenizer,
        network_options=network_options(options),
        ema_momentum=0.998,
        seed=seed,
    )
    train_for(model, options, data)
    for text in model.generate(2, seed=0, length=300):
        say(f"{text}\n---")
    model.save(options.out / f"shakespeare_{seed}.keras")
    steps = int(model.optimizer.iterations)
    return {
        "steps": steps,
        "tokens": steps * 32 * options.length,
        "parameters": model.count_params(),
        "nats": model.evaluate(held_out, verbose=0, return_dict=True)["loss"],
    }


def of_nanogpt(seed, options):
    import kerasgen

    text, out = options.out / "text.txt", options.out / "nanogpt.json"
    whole = kerasgen.data.read_text("tiny_shakespeare", "train+validation+test")
    text.write_text(whole, encoding="utf-8")
    script = pathlib.Path(__file__).parent / "contenders/of_torch_gpt.py"
    arguments = {
        "text": text,
        "minutes": options.minutes,
        "seed": seed,
        "out": out,
    }
    command = [options.peers_python, str(script)]
    for name, value in arguments.items():
        command += [f"--{name}", str(value)]
    subprocess.run(command, check=True)
    return json.loads(out.read_text())


# === Poems ===


def poems(options):
    from kerasgen.cli.tensorflow_import import load_tensorflow

    load_tensorflow()
    folder = options.out / "poems"
    write_by_form(options.text, folder)
    found = measured(
        "poems",
        options,
        functools.partial(of_poems, folder=folder, options=options),
    )
    rows = [
        [about, spread([result[key] for result in found], pattern)]
        for key, about, pattern in (
            ("bits", "Bits a held-out character, its form included", "{:.3f}"),
            ("trigram_bits", "of an interpolated trigram model", "{:.3f}"),
            ("right_forms", "Of the form asked for", "{:.1%}"),
            ("copied", f"With {RUN} characters of a training poem", "{:.1%}"),
            ("copied_by_poets", "the same of held-out poems", "{:.1%}"),
        )
    ]
    write_table(options.out / "poems.md", ["Measure", "Value"], rows)


def of_poems(seed, folder, options):
    import keras

    import kerasgen

    def build():
        policy()
        keras.utils.set_random_seed(seed)
        data = kerasgen.data.load_text(
            folder, batch_size=32, seed=seed, labels=True
        )
        model = kerasgen.GPT(
            data.length,
            data.tokenizer,
            num_classes=len(data.class_names),
            network_options=network_options(options),
            ema_momentum=0.998,
            seed=seed,
        )
        model.class_names = data.class_names
        return train_for(model, options, data)

    settings = f"{options.minutes:g}_{options.width}_{options.blocks}"
    settings += f"_{options.dropout:g}_{options.rate:g}"
    path = options.out / f"poems_model_{settings}_{seed}.keras"
    return quality_of_poems(kept_model(path, options.overwrite, build), folder)


# === Pixels ===


def pixels(options):
    images, _, test, _ = arrays_of("mnist")
    policy()

    def measure(seed):
        import keras

        import kerasgen

        keras.utils.set_random_seed(seed)
        model = kerasgen.ImageGPT(
            images.shape[1:],
            network_options=network_options(options),
            ema_momentum=0.998,
            seed=seed,
        )
        train_for(model, options, images, batch_size=64)
        model.save(options.out / f"pixels_{seed}.keras")
        nats = -model.log_likelihood(test, seed=0)
        return {
            "epochs": int(model.optimizer.iterations) * 64 / len(images),
            "nats": float(nats.mean()),
            "error": float(nats.std() / np.sqrt(len(nats))),
        }

    found = measured("pixels", options, measure)
    write_table(
        options.out / "pixels.md",
        [
            f"Trained for {options.minutes:g} minutes",
            "Epochs",
            "Nats an image",
            "Error of their mean",
        ],
        [
            [
                "ImageGPT, squares of 2 x 2",
                spread([r["epochs"] for r in found], "{:.1f}"),
                spread([r["nats"] for r in found], "{:.2f}"),
                f"{found[0]['error']:.2f}",
            ]
        ],
    )


# === Priors of codes ===


def priors(options):
    from flows import Judge

    images, labels, test, _ = arrays_of("mnist")
    judge = Judge("mnist", images, test, 10_000)

    def measure(seed, name):
        model = trained_vqvae(name, images, labels, seed, options)
        drawn = model.generate(10_000, seed=0)
        start = time.perf_counter()
        model.generate(256, seed=1)
        return {
            **judge(drawn, model.num_classes is not None),
            "seconds_a_sample": (time.perf_counter() - start) / 256,
        }

    rows = []
    for name in PRIORS:
        found = measured(
            f"prior_{name.replace(', ', '_')}",
            options,
            functools.partial(measure, name=name),
        )
        read = [r.get("read_as_asked") for r in found]
        rows.append(
            [
                name,
                spread([r["distance"] for r in found], "{:.1f}"),
                "" if None in read else spread(read, "{:.1%}"),
            ]
        )
    rows.append(["real images", f"{judge.floor:.2f}", ""])
    write_table(
        options.out / "priors.md",
        [
            f"VQVAE, {options.minutes:g} minutes, prior",
            "Frechet distance",
            "Read as asked",
        ],
        rows,
    )


def trained_vqvae(name, images, labels, seed, options):
    import keras

    import kerasgen
    from kerasgen.recipes import recipe_for

    keras.utils.set_random_seed(seed)
    recipe = recipe_for("vqvae", "mnist")
    model = kerasgen.VQVAE(
        images.shape[1:], seed=seed, **{**recipe.arguments, **PRIORS[name]}
    )
    columns = (images,) if model.num_classes is None else (images, labels)
    optimizers = [keras.optimizers.Adam(recipe.learning_rate) for _ in range(2)]
    model.compile(*optimizers)
    model.fit(
        *columns,
        batch_size=recipe.batch_size,
        epochs=10_000,
        callbacks=[timed_training(60 * options.minutes)],
        verbose=2,
    )
    return model


PARTS = {
    "shakespeare": shakespeare,
    "poems": poems,
    "pixels": pixels,
    "priors": priors,
}


if __name__ == "__main__":
    main()
