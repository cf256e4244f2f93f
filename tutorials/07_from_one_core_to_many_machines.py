# %% [markdown]
# # 7. From one core to many machines
#
# A model that trains in a minute on two cores is soon followed by one that
# would take a week. Then there are three ways to be faster: to use one machine
# better, to share each batch between several devices, and to share it between
# several machines. All three can go wrong without an error, and give a model
# that is merely worse. So each comes with a check here: the same losses, the
# same weights. And who trains for long will be interrupted; the last part kills
# a run and goes on with it.
#
# **You will learn**
#
# - what compilation, more steps at a time, and half the bits of a number bring;
# - how two devices can share a batch so that nothing but the time changes, and
#   two mistakes of home-made training steps that a run does not tell of;
# - how to try out on one machine what will run on several;
# - how to go on after a crash, to the same weights, bit for bit.
#
# **What was not tried.** Nothing here, or elsewhere in `kerasgen`, was run on a
# GPU, nor on two machines. Several devices are parts of one CPU here, and
# several machines are processes on one, which talk over its loopback network.
# That shows whether the results are right. It does not show a gain in speed,
# and there is none: the parts share the same two cores.
#
# **Time** About 5 minutes on 2 cores. With `"digits"` in place of `"mnist"` in
# the first cell, small images that need no network, not much less.
#
# TensorFlow divides a CPU into several devices only before its first operation,
# so the strategy, which part 2 explains, is made at the top.

# %%
import csv
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import warnings

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

import kerasgen
from kerasgen import plotting

tf.get_logger().setLevel("ERROR")  # Strategies tell of each sum.
strategy = kerasgen.distribution.strategy("mirrored", devices=2)

SMOKE = "KERASGEN_SMOKE" in os.environ  # A run of seconds, for tests.
DATASET = "digits" if SMOKE else "mnist"  # "digits" needs no network.

plt.rcParams["figure.dpi"] = 72

images, _ = kerasgen.data.load_arrays(DATASET, "train")
data_shape = images.shape[1:]
print(f"{len(images)} images of {data_shape}")
print("devices:", *(d.name for d in tf.config.list_logical_devices()))

# %% [markdown]
# ## 1. One machine, used well
#
# Three switches, all arguments of Keras that `kerasgen` passes on:
#
# - `compile(steps_per_execution=20)`: 20 steps run before Python looks at the
#   losses again. A step of a small dense network takes about as long as
#   Python's part of it.
# - `compile(jit_compile=True)`: XLA compiles the whole step, and merges what
#   can be merged.
# - `dtype="mixed_bfloat16"`: networks compute in numbers of 16 bits instead of
#   32. Weights stay in 32, for many small steps would be rounded away in 16.
#
# Where `compile` is told nothing, `kerasgen` sets the first two by what was
# measured for the network, the data and the machine. We train a dense VAE and a
# convolutional GAN for two epochs each way, and look at the second, as the
# first has the compilation in it. The figures are images in a second of
# *processor time*, of all cores together: it depends less on what else the
# machine does.


# %%
def new_vae(optimizer=keras.optimizers.Adam, dtype="float32", **options):
    keras.utils.set_random_seed(0)
    model = kerasgen.VAE(
        data_shape,
        latent_dim=16,
        network="mlp",
        network_options={"hidden_units": [256]},
        seed=0,
        dtype=dtype,
    )
    model.compile(optimizer(), **options)
    return model


def new_gan(
    optimizer=keras.optimizers.Adam, dtype="float32", filters=8, **options
):
    keras.utils.set_random_seed(0)
    model = kerasgen.DCGAN(
        data_shape,
        latent_dim=16,
        network_options={"filters": filters},
        seed=0,
        dtype=dtype,
    )
    model.compile(optimizer(), optimizer(), **options)
    return model


class Stopwatch(keras.callbacks.Callback):
    """Processor time of each epoch, in seconds."""

    def on_train_begin(self, logs=None):
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.process_time()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.process_time() - self.start)


plain = {"steps_per_execution": 1, "jit_compile": False}
ways = {
    "plain": plain,
    "20 steps at a time": {**plain, "steps_per_execution": 20},
    "compiled by XLA": {**plain, "jit_compile": True},
    "both": {"steps_per_execution": 20, "jit_compile": True},
    "left to kerasgen": {},
    "bfloat16": {**plain, "dtype": "mixed_bfloat16"},
}
num_images = 1280 if SMOKE else 12_800
trained = {}
kinds = [
    ("dense VAE", new_vae, {}, num_images),
    ("convolutional GAN", new_gan, {"filters": 32}, num_images // 10),
]
for kind, new, size, number in kinds[:1] if SMOKE else kinds:
    for way, options in ways.items():
        model, stopwatch = new(**size, **options), Stopwatch()
        rows = images[:number]
        history = model.fit(
            rows,
            batch_size=128,
            epochs=2 if SMOKE else 4,
            callbacks=[stopwatch],
            verbose=0,
        ).history
        trained[kind, way] = model, history
        # The first epoch also traces and compiles.
        rate = len(rows) / np.median(stopwatch.seconds[1:])
        print(f"{kind:18} {way:20} {rate:8,.0f} images a second", end="")
        losses = {
            k: v[-1] for k, v in history.items() if k in ("loss", "g_loss")
        }
        print("  ", *(f"{name} {value:.4f}" for name, value in losses.items()))

# %% [markdown]
# The losses agree, but for rounding, which training amplifies, a GAN's more
# than a VAE's: the switches change when things are computed, not what. For the
# dense VAE, 20 steps at a time are a quarter faster, XLA two fifths, both seven
# tenths, and bfloat16 gains nothing. For the convolutional GAN it is the other
# way round: XLA does convolutions by code of its own, six times as slow as the
# library that TensorFlow calls without it, and bfloat16 makes the step more
# than half as fast again on this processor, which can multiply such numbers.
#
# Left alone, `kerasgen` took 20 steps at a time for the VAE, and neither for
# the GAN. It did without XLA for the VAE, too, because here an epoch is 100
# steps only: compiling takes seconds, which such short epochs would not win
# back. With all 60,000 images it takes XLA.
#
# How far are the three VAEs apart that were trained in these ways?

# %%
usual, _ = trained["dense VAE", "plain"]
rows = [usual.generate(16, seed=0)]
for way in ("compiled by XLA", "bfloat16"):
    other, _ = trained["dense VAE", way]
    rows.append(other.generate(16, seed=0))
    difference = np.abs(rows[-1] - rows[0])
    print(f"{way:16} differs from plain by", end=" ")
    print(f"{difference.mean():.1e} a pixel, {difference.max():.1e} at most")
    print(f"{'':16} weights are", {w.dtype for w in other.trainable_weights})
plotting.show_images(
    np.concatenate(rows), 16, title="rows: plain, XLA, bfloat16"
)
plt.show()

# %% [markdown]
# XLA adds up in another order, which after 400 steps shows in the fourth
# decimal. bfloat16 keeps two to three decimal digits of each number, and the
# images differ in the third. The weights are float32 in all three.
#
# `mixed_float16`, for older GPUs, has fewer bits for the exponent:
# small gradients would become 0. So every optimizer multiplies its loss by a
# large number before gradients are taken, and divides by it after. Keras does
# so for one optimizer; a GAN has two.

# %%
half = new_gan(dtype="mixed_float16")
print([type(optimizer).__name__ for optimizer in half.optimizers])

# %% [markdown]
# ## 2. One batch, two devices
#
# A *strategy* of `tf.distribute` keeps a copy of the model on each device, a
# *replica*. Each replica gets a part of every batch, and works out gradients;
# these are added up, and every replica takes the same step. With $B$ images in
# the batch, of which $B_r$ went to replica $r$, and noise $\varepsilon_i$ for
# image $i$, that is one step on one device if
#
# $$\nabla L = \frac1B \sum_{i=1}^{B} \nabla \ell(x_i, \varepsilon_i)
# = \sum_r \frac1B \sum_{i=1}^{B_r} \nabla \ell(x_{r,i}, \varepsilon_{r,i}).$$
#
# So a replica must divide by the size of the *whole* batch, though it sees a
# part of it, and the noise of an image must not depend on who draws it. Here is
# the noise of one step of a batch of eight, on one device and on two.

# %%
batch = images[:8]


def noise_of_step(model, rows):
    return model.next_batch(rows).normal(())


with strategy.scope():
    on_two = new_vae()
whole = noise_of_step(new_vae(), batch).numpy()
parts = strategy.experimental_distribute_values_from_function(
    lambda context: (
        batch[:4] if context.replica_id_in_sync_group == 0 else batch[4:]
    )
)
drawn = tf.function(lambda: strategy.run(noise_of_step, (on_two, parts)))()
drawn = [part.numpy() for part in strategy.experimental_local_results(drawn)]

_, axes = plt.subplots(2, 8, figsize=(9, 3), layout="constrained")
for row, noise in enumerate((whole, np.concatenate(drawn))):
    for place, ax in enumerate(axes[row]):
        ax.imshow(batch[place, ..., 0], cmap="gray")
        ax.set_title(f"{noise[place]:+.3f}", fontsize=10)
        ax.set(xticks=[], yticks=[])
axes[0, 0].set_ylabel("one device")
axes[1, 0].set_ylabel("replica 0")
axes[1, 4].set_ylabel("replica 1")
plt.show()

# %% [markdown]
# For training, `compile` goes into the scope of the strategy; `fit` may stand
# inside or outside. We compare the two devices with one, by plain gradient
# descent: it takes steps as long as the gradients say, and so shows a wrong
# length, where Adam would hide it.


# %%
def sgd(rate):
    """Makes optimizers, one a call."""
    return lambda: keras.optimizers.SGD(rate)


def compare(new, number, optimizer, epochs=3):
    """Losses on one device and on two, and how far apart their weights are."""
    histories, weights = [], []
    for devices in (tf.distribute.get_strategy(), strategy):
        with devices.scope():
            model = new(optimizer)
        history = model.fit(
            images[:number], batch_size=128, epochs=epochs, verbose=0
        )
        histories.append(history.history)
        weights.append(model.get_weights())
    gap = max(np.abs(a - b).max() for a, b in zip(*weights))
    return *histories, gap


for kind, new, number, rate in (
    ("dense VAE", new_vae, num_images, 1e-4),
    ("convolutional GAN", new_gan, 129, 1e-3),
):
    one, two, gap = compare(new, number, sgd(rate))
    print(kind)
    for name in one:
        print(f"  {name:20} one device", *(f"{v:9.4f}" for v in one[name]))
        print(f"  {'':20} two       ", *(f"{v:9.4f}" for v in two[name]))
    print(f"  weights differ by {gap:.1e} at most")

# %% [markdown]
# The losses of the VAE agree to all digits but the last, and its weights to
# eight decimals. The GAN's agree less well, and there is a reason: its 129
# images are a batch of 128 and one of a single image. One replica gets that
# image, and the other none. Something has to go through its networks all the
# same, and is left out of all sums but those of batch normalization, which sees
# a blank image too many. It is one of three exceptions, which the guide lists
# under "Scaling".
#
# ## 3. Two mistakes that no error tells of
#
# The documentation of Keras shows how to write one's own `train_step`. Below is
# an autoencoder of that kind. On one device it is right.


# %%
class HomeMade(keras.Model):
    def __init__(self):
        super().__init__()
        self.tracker = keras.metrics.Mean(name="loss")
        size = int(np.prod(data_shape))
        self.network = keras.Sequential(
            [
                keras.Input(data_shape),
                keras.layers.Flatten(),
                keras.layers.Dense(32, activation="relu"),
                keras.layers.Dense(size, activation="sigmoid"),
                keras.layers.Reshape(data_shape),
            ]
        )

    def call(self, images):
        return self.network(images)

    @property
    def metrics(self):
        return [self.tracker]

    def train_step(self, images):
        with tf.GradientTape() as tape:
            errors = tf.reduce_sum(tf.square(images - self(images)), (1, 2, 3))
            loss = tf.reduce_mean(errors)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


def new_home_made(optimizer):
    keras.utils.set_random_seed(0)
    model = HomeMade()
    model.compile(optimizer())
    return model


adam = keras.optimizers.Adam
home_made = {
    "SGD": compare(new_home_made, num_images, sgd(1e-3), epochs=5),
    "Adam": compare(new_home_made, num_images, adam, epochs=5),
}
ours, ours_on_two, _ = compare(new_vae, num_images, sgd(1e-4), epochs=5)
_, axes = plt.subplots(1, 3, figsize=(11, 3), layout="constrained")
for ax, title, one, two in (
    (axes[0], "home-made, SGD", *home_made["SGD"][:2]),
    (axes[1], "home-made, Adam", *home_made["Adam"][:2]),
    (axes[2], "kerasgen's VAE, SGD", ours, ours_on_two),
):
    epochs = np.arange(5) + 1
    ax.plot(epochs, one["loss"], label="one device")
    ax.plot(epochs, two["loss"], "--", label="two")
    ax.set(title=title, xlabel="epoch")
    ax.legend(frameon=False)
plt.show()
for name, (one, two, _) in home_made.items():
    print(f"home-made, {name}: last loss {one['loss'][-1]:.4f}", end=" ")
    print(f"on one device, {two['loss'][-1]:.4f} on two")

# %% [markdown]
# Home-made, the two devices go down a steeper road: each takes the mean over
# *its* half of the batch, and what is added up is twice the gradient. With SGD
# that is twice the learning rate, and the loss after the first epoch is
# another. With Adam nothing is to be seen: it divides the gradient by its own
# size, so that twice the gradient is the same step. Whoever tests with Adam, as
# all do, finds the mistake only when a learning rate that was tuned on one
# device fails on eight, or where gradients are clipped. The remedy is to divide
# by the size of the whole batch. That is what `kerasgen` does, and its lines
# lie on each other.
#
# The second mistake is in the noise. A Keras layer draws it from a
# `SeedGenerator`, and under a strategy every replica has a copy of its state:

# %%
with strategy.scope():
    generator = keras.random.SeedGenerator(0)


def three_numbers():
    return keras.random.normal((3,), seed=generator)


drawn = tf.function(lambda: strategy.run(three_numbers))()
for replica, noise in enumerate(strategy.experimental_local_results(drawn)):
    print(f"Keras, replica {replica}:", noise.numpy().round(3))

# %% [markdown]
# The replicas draw the very same numbers. Both halves of a batch get the same
# noise, and a batch of 128 only half as many draws as it should. In `kerasgen`,
# noise is a function of seed, step and row of the whole batch, as the picture
# above has shown.
#
# ## 4. Which strategy
#
# | `strategy(...)` | on the command line | for |
# |---|---|---|
# | `"none"` | nothing | one device |
# | `"mirrored"` | `--strategy mirrored` | all GPUs of this machine |
# | `"mirrored", devices=2` | `--devices 2` besides | two, or a CPU in parts |
# | `"multiworker"` | `--strategy multiworker` | several machines |
#
# A `MirroredStrategy` of your own can be used in its place. The batch is
# that of all replicas: with four times the devices one usually takes four times
# the images, and a higher learning rate.
#
# ## 5. Several processes
#
# On several machines, each runs the same program, and an environment variable
# tells it who the others are and which of them it is. For two machines, the
# second would get this:

# %%
cluster = {"worker": ["10.0.0.1:5000", "10.0.0.2:5000"]}
config = {"cluster": cluster, "task": {"type": "worker", "index": 1}}
print("TF_CONFIG='" + json.dumps(config) + "'")

# %% [markdown]
# Kubernetes' TFJob sets it by itself, and under Slurm `srun` is enough. To try
# things out, `kerasgen launch --workers 2 -- train ...` starts two processes
# here, with a `TF_CONFIG` each. They find each other over the loopback network
# and exchange gradients at every step, as they would over a real one. We train
# the same VAE in one process and in two.

# %%
TRAIN = f"train vae --dataset {DATASET} --set hidden_units=[128]".split()
TRAIN += ["--epochs", "4" if SMOKE else "6", "--batch-size", "128"]


def start(run_dir, *words, before=()):
    """Starts the command line on a run; its process."""
    command = [*before, *TRAIN, "--run-dir", f"runs/{run_dir}", *words]
    print("$ kerasgen", *command)
    log = open(f"{run_dir}.log", "a")
    return subprocess.Popen(
        [sys.executable, "-m", "kerasgen", *command],
        stdout=log,
        stderr=subprocess.STDOUT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )


def said(run_dir):
    """What a run says that it does, without its progress bars."""
    text = pathlib.Path(f"{run_dir}.log").read_text()
    print(*re.findall("Training .*", text), sep="\n")


def history_of(run_dir):
    with open(f"runs/{run_dir}/history.csv") as stream:
        return list(csv.DictReader(stream))


def finish(process):
    if process.wait():
        raise RuntimeError(f"{process.args} ended with {process.returncode}")


finish(start("one"))
said("one")
finish(start("two", before=("launch", "--workers", "2", "--")))
said("two")

print("\nepoch, loss in one process, in two")
for one, two in zip(history_of("one"), history_of("two")):
    print(one["epoch"], f"{float(one['loss']):.5f} {float(two['loss']):.5f}")
first, second = (kerasgen.load(f"runs/{run}") for run in ("one", "two"))
pairs = [
    (np.asarray(a), np.asarray(b))
    for a, b in zip(first.trainable_weights, second.trainable_weights)
]
gap = np.mean([np.abs(a - b).mean() for a, b in pairs])
size = np.mean([np.abs(a).mean() for a, _ in pairs])
print(f"weights differ by {gap:.1e} in the mean; their size is {size:.1e}")

# %% [markdown]
# The losses agree to five digits in the first epoch, and to three in the last.
# That is not another mistake. The sums of two processes are rounded differently
# from those of one, in the last digit. Each step of training starts from
# weights that differ a little, and Adam, which divides small gradients by their
# size, makes more of it. After a few steps, as above, the difference is
# rounding; after 2,800 it is 4 percent of the weights' size, in two models of
# equal worth. The tests of `kerasgen` therefore compare after few steps, and
# with SGD.
#
# ## 6. After a crash
#
# A run leaves a checkpoint after every epoch: the whole model, with the state
# of its optimizer and the number of steps it has taken. It is written beside
# its place and then renamed, so that a killed process leaves a whole file or
# none. As noise and the order of the images are functions of seed, step and
# epoch, no other state is lost.
#
# Let us see. The run `killed` is the same as `one`, but at a random moment
# after its first epoch it gets signal 9, which a process can neither catch nor
# put off. Then the same command goes on with `--resume`. We do so three
# times.

# %%
checkpoints = pathlib.Path("runs/killed/checkpoints")
moments = np.random.default_rng()  # Without a seed.


def epochs_kept():
    """Epochs that the newest checkpoint has trained; -1 without any."""
    found = kerasgen.callbacks.latest_checkpoint(checkpoints)
    return found[1] if found else -1


for kill in range(1 if SMOKE else 3):
    before = epochs_kept()
    process = start("killed", *["--resume"] * (kill > 0))
    while epochs_kept() <= max(before, 0):
        time.sleep(0.05)
    seconds = moments.uniform(0, 0.1 if SMOKE else 2)
    time.sleep(seconds)
    process.kill()
    process.wait()
    print(
        f"  killed {seconds:.3f} seconds after a checkpoint; it leaves", end=" "
    )
    print(*sorted(os.listdir(checkpoints)))
finish(start("killed", "--resume"))
said("killed")

whole, resumed = (kerasgen.load(f"runs/{run}") for run in ("one", "killed"))
same = [
    np.array_equal(a, b)
    for a, b in zip(whole.get_weights(), resumed.get_weights())
]
print(f"{sum(same)} of {len(same)} weight arrays are equal, bit for bit")
same = [
    np.array_equal(a, b)
    for a, b in zip(whole.optimizer.variables, resumed.optimizer.variables)
]
print(f"{sum(same)} of {len(same)} arrays of the optimizer are")
print("the histories are", end=" ")
print("equal" if history_of("one") == history_of("killed") else "not equal")

# %% [markdown]
# Each start says where it begins: where the last checkpoint was, whatever had
# been done since. A kill may also come while a checkpoint is written; then its
# place holds the one before. In the end, all weights are those of the run that
# nobody disturbed, and so are the optimizer's memory and the history, in which
# every epoch stands once.
#
# ## 7. The same in one's own program
#
# `Checkpoint(folder, restore=True)` does it within `fit`: if the folder holds
# checkpoints, training goes on from the newest. So a program needs no case for
# "was I interrupted?": it is simply started again. `HistoryFile` keeps the
# losses, each epoch once. For a crash, a callback raises an error in the middle
# of the third epoch.


# %%
class Crash(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if self.epoch == 2 and batch == 5:
            raise RuntimeError("the power failed")


def program(folder, *callbacks):
    model = new_vae()
    model.fit(
        images[:num_images],
        batch_size=128,
        epochs=4,
        verbose=0,
        callbacks=[
            kerasgen.callbacks.HistoryFile(f"{folder}.csv"),
            kerasgen.callbacks.Checkpoint(folder, restore=True),
            *callbacks,
        ],
    )
    return model


undisturbed = program("undisturbed")
try:
    program("crashed", Crash())
except RuntimeError as error:
    print("the program ended:", error)
print("checkpoints:", *sorted(os.listdir("crashed")))
again = program("crashed")
same = [
    np.array_equal(a, b)
    for a, b in zip(undisturbed.get_weights(), again.get_weights())
]
print(f"{sum(same)} of {len(same)} weight arrays are equal, bit for bit")
for folder in ("undisturbed", "crashed"):
    with open(f"{folder}.csv") as stream:
        print(
            folder, *(f"{float(r['loss']):.4f}" for r in csv.DictReader(stream))
        )

# %% [markdown]
# Last, a checkpoint that a disk has damaged: it carries a digest of itself, and
# one that is not what was written is told of and passed over.

# %%
newest = sorted(pathlib.Path("crashed").iterdir())[-1]
content = bytearray(newest.read_bytes())
content[len(content) // 2] ^= 1  # One bit.
newest.write_bytes(content)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    found = kerasgen.callbacks.latest_checkpoint("crashed")
print(caught[0].message)
print("used instead:", found)

# %% [markdown]
# ## In short
#
# - On a CPU, `kerasgen` compiles as was measured best; `dtype="mixed_bfloat16"`
#   is for convolutions where the processor has it.
# - `with kerasgen.distribution.strategy("mirrored").scope():` around `compile`,
#   or `kerasgen train ... --strategy mirrored`.
# - `kerasgen launch --workers 2 -- train ...` to try out several machines on
#   one; `kerasgen train ... --strategy multiworker` on each of them, into a
#   `--run-dir` that all can read.
# - `--resume`, or `Checkpoint(folder, restore=True)`, after a crash. Of several
#   machines all have to be started again when one dies.
# - Whether shared training is right, plain SGD shows, and Adam hides.
