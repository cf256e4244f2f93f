"""Which GANs drop modes: two mixtures of Gaussians in the plane.

    python benchmarks/mixtures.py                      # all, 10 seeds
    python benchmarks/mixtures.py --models r3gan --data ring --seeds 1

Trains each model on each mixture, and prints a table of two numbers (protocol
of Lin et al. 2018, PacGAN, table 1): how many modes are covered, and the share
of samples of high quality, out of 2,500. A sample is of high quality if it lies
within three standard deviations of the nearest mode, and a mode is covered if
it is the nearest of such a sample. 98.9% of the data themselves are of high
quality. `mixtures.png` shows the samples of the first seed.

Results are kept a file a run, in --out, so that a second start goes on where
the first was stopped.
"""

import argparse
import concurrent.futures
import json
import multiprocessing
import pathlib
import time

import numpy as np
from common import say
from common import write_table

NUM_TRAINING = 100_000
NUM_SAMPLES = 2_500
# Lin et al. (2018), table 1: mean of 10 runs.
PUBLISHED = {
    "pacgan": {"ring": "7.9 / 95.6%", "grid": "24.8 / 93.6%"},
}


def modes_of(name):
    """The centers, of shape (modes, 2), and standard deviation of a mixture."""
    if name == "ring":
        angles = 2 * np.pi * np.arange(8) / 8
        return np.stack([np.cos(angles), np.sin(angles)], axis=1), 0.01
    side = np.arange(-4.0, 5.0, 2.0)
    return np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2), 0.05


def draw(name, number, seed):
    """Samples of a mixture, float32 of shape (number, 2)."""
    centers, deviation = modes_of(name)
    generator = np.random.default_rng(seed)
    chosen = centers[generator.integers(len(centers), size=number)]
    noise = generator.normal(scale=deviation, size=(number, 2))
    return (chosen + noise).astype("float32")


def judge(name, samples):
    """(modes covered, share of high quality) of samples."""
    centers, deviation = modes_of(name)
    distance = np.linalg.norm(samples[:, None] - centers, axis=-1)
    nearest = distance.argmin(axis=1)
    is_good = distance.min(axis=1) <= 3 * deviation
    return len(np.unique(nearest[is_good])), float(is_good.mean())


def build(model_name, data_name, seed, train_steps, critic_steps):
    """A compiled model; all share networks, optimizers and critic steps."""
    import keras

    from kerasgen.models import MODELS

    keras.utils.set_random_seed(seed)
    # Gradients are larger where modes are closer and narrower.
    penalty = {"ring": 1e-4, "grid": 0.1}[data_name]
    arguments = {
        "gan": {},
        "pacgan": {"packing": 4},
        "wgan_gp": {
            "gradient_penalty": 0.1,
            "discriminator_steps": critic_steps,
        },
        "r3gan": {"r1": penalty, "r2": penalty},
    }[model_name]
    model = MODELS[model_name](
        data_shape=(2,),
        latent_dim=16,
        network="mlp",
        network_options={"hidden_units": [64] * 4, "dropout": 0.0},
        ema_momentum=0.999,
        seed=seed,
        **arguments,
    )

    def optimizer(num_steps):
        rate = keras.optimizers.schedules.CosineDecay(3e-3, num_steps)
        return keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.99)

    model.compile(
        optimizer(train_steps),
        optimizer(train_steps * critic_steps),
        jit_compile=True,
        steps_per_execution=100,
    )
    return model


def run(model_name, data_name, seed, steps, batch_size, out):
    """Trains and judges one model; returns its result, which `out` keeps."""
    path = out / f"{data_name}_{model_name}_{seed}.json"
    if path.exists():
        result = json.loads(path.read_text())
        if (result["steps"], result["batch_size"]) == (steps, batch_size):
            return result
    import tensorflow as tf

    from kerasgen.utils import files

    if not tf.config.threading.get_intra_op_parallelism_threads():
        tf.config.threading.set_intra_op_parallelism_threads(1)
    begun = time.time()
    critic_steps = 5 if model_name == "wgan_gp" else 1
    # Critic steps count: each model sees as many discriminator steps.
    steps_an_epoch = NUM_TRAINING // batch_size
    epochs = -(-steps // (steps_an_epoch * critic_steps))
    train_steps = epochs * steps_an_epoch
    model = build(model_name, data_name, seed, train_steps, critic_steps)
    rows = draw(data_name, steps_an_epoch * batch_size, seed)
    model.fit(rows, batch_size=batch_size, epochs=epochs, verbose=0)
    samples = model.generate(NUM_SAMPLES, seed=seed, batch_size=NUM_SAMPLES)
    modes, quality = judge(data_name, samples)
    result = {
        "data": data_name,
        "model": model_name,
        "seed": seed,
        "steps": steps,
        "batch_size": batch_size,
        "modes": modes,
        "high_quality": quality,
        "seconds": round(time.time() - begun, 1),
        "samples": samples.round(4).tolist(),
    }
    files.write_json(path, result)
    return result


def write_results(results, models, datasets, path):
    """Writes a table, a row a model."""
    rows = []
    for model in models:
        cells = []
        for name in datasets:
            mine = [
                r for r in results if (r["model"], r["data"]) == (model, name)
            ]
            modes = np.array([r["modes"] for r in mine])
            quality = 100 * np.array([r["high_quality"] for r in mine])
            cells.append(
                f"{modes.mean():.1f} +- {modes.std():.1f} of "
                f"{len(modes_of(name)[0])} / {quality.mean():.1f} +- "
                f"{quality.std():.1f}% ({len(mine)} seeds)"
            )
        published = "; ".join(PUBLISHED.get(model, {}).values()) or "-"
        rows.append([model, *cells, published])
    header = ["Model", *datasets, "published (ring; grid)"]
    write_table(path, header, rows)


def picture(results, models, datasets, path):
    """Samples of the first seed, a row a mixture and a column a model."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        len(datasets),
        1 + len(models),
        figsize=(3 * (1 + len(models)), 3 * len(datasets)),
        squeeze=False,
    )
    first_seed = min(result["seed"] for result in results)
    for row, name in zip(axes, datasets):
        shown = {"data": draw(name, NUM_SAMPLES, 0)} | {
            r["model"]: np.array(r["samples"])
            for r in results
            if r["data"] == name and r["seed"] == first_seed
        }
        limit = 1.3 * np.abs(modes_of(name)[0]).max()
        for axis, title in zip(row, ["data", *models]):
            axis.scatter(*shown[title].T, s=2, alpha=0.4)
            axis.set(title=title, xlim=(-limit, limit), ylim=(-limit, limit))
            axis.set_xticks([])
            axis.set_yticks([])
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    all_models = ["gan", "pacgan", "wgan_gp", "r3gan"]
    parser.add_argument(
        "--models", nargs="+", choices=all_models, default=all_models
    )
    parser.add_argument(
        "--data", nargs="+", choices=["ring", "grid"], default=["ring", "grid"]
    )
    parser.add_argument("--seeds", type=int, default=10, help="runs of each")
    parser.add_argument(
        "--steps", type=int, default=20_000, help="discriminator steps a run"
    )
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument(
        "--out", type=pathlib.Path, default=pathlib.Path("runs/mixtures")
    )
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    jobs = [
        (model, data, seed, options.steps, options.batch_size, options.out)
        for seed in range(options.seeds)
        for data in options.data
        for model in options.models
    ]
    results = []
    with concurrent.futures.ProcessPoolExecutor(
        options.workers, multiprocessing.get_context("spawn")
    ) as executor:
        for future in concurrent.futures.as_completed(
            [executor.submit(run, *job) for job in jobs]
        ):
            result = future.result()
            results.append(result)
            say(
                f"{len(results)}/{len(jobs)} {result['data']} "
                f"{result['model']} seed {result['seed']}: "
                f"{result['modes']} modes, "
                f"{result['high_quality']:.1%} high quality, "
                f"{result['seconds']:.0f} s"
            )
    write_results(
        results, options.models, options.data, options.out / "mixtures.md"
    )
    picture(results, options.models, options.data, options.out / "mixtures.png")
    say(f"The samples: {options.out / 'mixtures.png'}")


if __name__ == "__main__":
    main()
