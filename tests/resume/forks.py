"""What is done to programs of users, in processes that are killed.

    python -m tests.resume.forks KILLS FOLDER

It writes what came of it into `found.json` of the folder. All processes are
forks of this one, as TensorFlow takes seconds to import; most run without
graphs, as tracing takes seconds too.
"""

import functools
import hashlib
import json
import os
import pathlib
import random
import signal
import sys
import time

from tests.benchmarks.loading import load

soak = load("soak")
EPOCHS = 6
MODELS = ("vae", "gan", "vqvae")
# Its buffer of past fakes goes on, too.
TRANSLATOR = "cyclegan"


def main():
    kills, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    soak.processes.import_all()
    found = {
        "killed": [
            killed(name, kills, folder / name) for name in (*MODELS, TRANSLATOR)
        ],
        "backup": killed_with_backup(kills // 4, folder / "backup"),
        "digests": [digests(folder, MODELS, 0) for _ in range(2)],
        "other_digest": digests(folder, ["vae"], 1),
    }
    (folder / "found.json").write_text(json.dumps(found))


def build(name, network="mlp", options=None, seed=0):
    import keras

    import kerasgen

    keras.utils.set_random_seed(seed)
    if name == TRANSLATOR:
        return kerasgen.CycleGAN(
            (16, 16, 1),
            (16, 16, 1),
            network_options={"filters": 2, "num_blocks": 1},
            buffer_size=50,
            ema_momentum=0.9,
            seed=seed,
        )
    shared = {
        "data_shape": (8, 8, 1),
        "latent_dim": 3,
        "network": network,
        "network_options": options,
        "seed": seed,
    }
    if name == "gan":
        return kerasgen.GAN(discriminator_steps=2, ema_momentum=0.9, **shared)
    if name == "vqvae":
        return kerasgen.VQVAE(
            num_embeddings=8, prior_filters=4, prior_layers=1, **shared
        )
    return kerasgen.VAE(**shared)


def fit(model, callbacks, epochs=EPOCHS):
    import kerasgen

    size = model.columns[next(iter(model.columns))].height
    images, _ = kerasgen.data.load_arrays("digits", image_size=size)
    columns = [images[:192]] if len(model.columns) == 1 else [images[:96]] * 2
    return model.fit(
        *columns, batch_size=64, epochs=epochs, callbacks=callbacks
    )


# === Checkpoint ===


def killed(name, kills, folder):
    """Where it was killed, and what was other at the end of each run."""
    run = soak.Soak(
        folder,
        functools.partial(start, name),
        EPOCHS,
        within=2,
        generator=random.Random(0),
    )
    run.run(kills)
    return {"kills": run.kills, "differences": run.differences}


def start(name, folder, log):
    program = functools.partial(with_checkpoint, name, folder)
    return soak.processes.ForkedProcess(program, log)


def with_checkpoint(name, folder):
    """What the user's program does."""
    from kerasgen import callbacks

    model = build(name, options={"hidden_units": [8]})
    model.compile(run_eagerly=True)
    soak.say("Training")
    history = callbacks.HistoryFile(folder / "history.csv")
    checkpoint = callbacks.Checkpoint(folder / "checkpoints", restore=True)
    fit(model, [history, checkpoint])
    model.save(folder / "model.keras")


# === BackupAndRestore ===


def killed_with_backup(kills, folder):
    """How often it was killed, and what was other in the end."""
    generator = random.Random(0)
    folder.mkdir()
    whole, parts = folder / "whole", folder / "parts"
    run_to_end(with_backup, whole)
    were_killed = [
        run_to_end(with_backup, parts, generator.randint(1, 8))
        for _ in range(kills)
    ]
    run_to_end(with_backup, parts)
    return {
        "kills": sum(were_killed),
        "differences": soak.differences(soak.Run(whole), soak.Run(parts)),
    }


def with_backup(folder, last_step=None):
    import keras

    from kerasgen import callbacks

    class Kill(keras.callbacks.Callback):
        steps = 0

        def on_train_batch_end(self, batch, logs=None):
            self.steps += 1
            if self.steps == last_step:
                os.kill(os.getpid(), signal.SIGKILL)

    model = build("gan", options={"hidden_units": [8]})
    model.compile(run_eagerly=True)
    history = callbacks.HistoryFile(folder / "history.csv")
    backup = keras.callbacks.BackupAndRestore(folder / "backup")
    fit(model, [history, backup, Kill()])
    model.save(folder / "model.keras")


# === Determinism ===


def digests(folder, names, seed):
    """Digests of what small convolutional networks learn."""
    path = folder / "digests.json"
    run_to_end(deterministic, path, names, seed)
    return json.loads(path.read_text())


def deterministic(path, names, seed):
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    found = {}
    for name in names:
        network = "resnet" if name == "vqvae" else "dcgan"
        model = build(name, network, {"filters": 4}, seed)
        model.compile()
        history = fit(model, [], epochs=2).history
        values = b"".join(
            value.numpy().tobytes()
            for group in (model, *model.optimizers)
            for value in getattr(group, "weights", group.variables)
        )
        values += json.dumps(history).encode()
        found[name] = hashlib.sha256(values).hexdigest()
    path.write_text(json.dumps(found))


def run_to_end(program, *arguments):
    """Whether a process was killed that runs a function."""
    with open(os.devnull, "wb") as log:
        process = soak.processes.ForkedProcess(
            functools.partial(program, *arguments), log
        )
    while process.poll() is None:
        time.sleep(soak.INTERVAL)
    if process.returncode not in (0, -signal.SIGKILL):
        sys.exit(f"{program} failed by itself.")
    return process.returncode != 0


if __name__ == "__main__":
    main()
