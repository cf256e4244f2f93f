"""Trains, measures and exports the models of this folder, from the recipes.

    python saved_models/build.py --scratch runs/saved_models --out DIR

A model with a card in --out is not made again; to make it anew, delete its
folder. Runs and their reports stay in the scratch folder. Of each, --out gets
NAME/model.keras (without optimizers), its samples and NAME/README.md, its card.
`kerasgen export NAME DIR` makes a SavedModel of it. dec_mnist needs
`pip install -e ".[umap]"`.

Those of texts are made by benchmarks, gpt_tang_poems of a text that is not
here, one poem a paragraph:

    python benchmarks/language.py shakespeare --minutes 3 --seeds 0
    python benchmarks/language.py poems --text FILE --minutes 24 --dropout 0.1
"""

import argparse
import json
import pathlib
import shlex
import shutil
import subprocess
import sys
import time

# Name: the model, and what differs from its recipe so that a model has at most
# 7 MB, and all together at most 40.
SMALL = {"hidden_units": [256, 128]}
SMALLER = {"hidden_units": [128, 64]}
MODELS = {
    "vae_mnist": ("vae", SMALL),
    "beta_vae_mnist": ("beta_vae", SMALLER),
    "conditional_vae_mnist": ("conditional_vae", SMALL),
    "autoencoder_mnist": ("autoencoder", SMALLER),
    "vqvae_mnist": ("vqvae", SMALL),
    "gan_mnist": ("gan", {}),
    "dcgan_mnist": ("dcgan", {}),
    "wgan_gp_mnist": ("wgan_gp", {}),
    "conditional_gan_mnist": ("conditional_gan", {}),
    "infogan_mnist": ("infogan", {}),
    "bigan_mnist": ("bigan", {}),
    "dec_mnist": ("dec", {**SMALLER, "initialization": "umap"}),
    "flow_mnist": ("flow_matching", {"epochs": 12}),
}
# Those that are not made here, and their models; see above.
BY_BENCHMARKS = {"gpt_shakespeare": "gpt", "gpt_tang_poems": "gpt"}
SEED = 0
# What reports are of: see `kerasgen evaluate --help`.
NUM_SAMPLES, NUM_SEEDS = 10_000, 3
MAX_BYTES = 7_000_000

CARD = """\
# {name}

A {kind} of 28 x 28 grey digits, for trying out and for tests.

![Samples](samples.png)

```python
import kerasgen

model = kerasgen.load("{name}")
{example}
```

```sh
kerasgen playground saved_models/{name}
```

## How it was made

`make saved-models`, which runs

```sh
{command}
```

Seed {seed}, {minutes:.0f} minutes of training on a CPU;
{parameters:,} parameters, {size:.1f} MB. Versions: {versions}.

## How good it is

{report}

## Limits

Digits as in MNIST only: white on black, centred, of American writers of the
1990s. It is small, so that a checkout stays small; larger networks of the same
recipe do better, see `kerasgen models`. Its images are no data to draw
conclusions about people's writing from.

## Data

MNIST (LeCun, Cortes and Burges), 60,000 training images; licence: Creative
Commons Attribution-Share Alike 3.0. The model: Apache 2.0, as kerasgen.
"""


def main():
    options = parse_arguments()
    for name in options.names:
        if (options.out / name / "README.md").exists():
            continue
        run = options.scratch / name
        train(name, run)
        if not (run / "report.json").exists():
            kerasgen(
                "evaluate",
                run,
                *("--num-samples", NUM_SAMPLES, "--seeds", NUM_SEEDS),
            )
        publish(name, run, options.out / name)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("names", nargs="*", default=list(MODELS), metavar="NAME")
    add("--scratch", type=pathlib.Path, default="runs/saved_models")
    add("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    options = parser.parse_args()
    for name in options.names:
        if name not in MODELS:
            parser.error(f"{name} is none of {', '.join(MODELS)}.")
    return options


def command_of(name, run):
    """The words of `kerasgen` that train a model."""
    model, settings = MODELS[name]
    changes = []
    for key, value in settings.items():
        text = json.dumps(value).strip('"')
        if key == "epochs":
            changes += ["--epochs", text]
        else:
            changes += ["--set", f"{key}={text}"]
    words = ["train", model, "--dataset", "mnist", "--seed", SEED, *changes]
    return [str(word) for word in (*words, "--run-dir", run)]


def kerasgen(*words):
    command = [sys.executable, "-m", "kerasgen", *map(str, words)]
    subprocess.run(command, check=True)


def train(name, run):
    """A finished run, with the seconds of each session in a line beside it."""
    from kerasgen.cli.run_folder import RunFolder

    if RunFolder(run).is_finished():
        return
    start = time.monotonic()
    try:
        kerasgen(*command_of(name, run), "--resume")
    finally:
        run.mkdir(parents=True, exist_ok=True)
        with open(run / "seconds.txt", "a") as stream:
            stream.write(f"{time.monotonic() - start:.0f}\n")


def publish(name, run, folder):
    """The files of one model, whole or not at all."""
    import keras

    from kerasgen.utils import files

    trained = keras.saving.load_model(run / "model.keras")
    # A twin that was never compiled has no optimizers to be saved.
    model = type(trained).from_config(trained.get_config())
    model.set_weights(trained.exported_weights())
    if folder.exists():  # Without a card it is no model.
        shutil.rmtree(folder)
    with files.atomic_path(folder) as scratch:
        scratch.mkdir()
        model.save(scratch / "model.keras")
        shutil.copy(run / "samples.png", scratch)
        size = (scratch / "model.keras").stat().st_size
        if size > MAX_BYTES:
            sys.exit(f"{name} has {size:,} bytes; choose a smaller one.")
        text = card(name, run, model, size)
        (scratch / "README.md").write_text(text)


def card(name, run, model, size):
    config = json.loads((run / "config.json").read_text())
    report = (run / "report.md").read_text().split("\n", 1)[1].strip()
    example = "images = model.generate(16, seed=0)"
    if model.num_classes is not None:
        example = "images = model.generate(16, seed=0, labels=7)"
    if model.can("assign"):
        example = "clusters = model.predict(images)"
    command = shlex.join(command_of(name, f"runs/saved_models/{name}"))
    return CARD.format(
        name=name,
        kind=type(model).__name__,
        example=example,
        command=f"kerasgen {command}".replace(" --set", " \\\n  --set"),
        seed=SEED,
        minutes=sum(map(int, (run / "seconds.txt").read_text().split())) / 60,
        parameters=model.count_params(),
        size=size / 1e6,
        versions=", ".join(
            f"{key} {value}" for key, value in config["versions"].items()
        ),
        report=report,
    )


if __name__ == "__main__":
    main()
