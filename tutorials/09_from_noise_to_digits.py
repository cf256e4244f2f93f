# %% [markdown]
# # 9. From noise to digits
#
# A GAN draws in one step, and learns by a game that may not end. A flow takes
# several steps from noise to a picture, and learns by a plain regression: at
# any point between noise and data, which way do the data lie? That question has
# an answer, training approaches it, and the pictures are the best of this
# library.
#
# **You will learn**
#
# - what a flow learns, drawn as arrows in the plane;
# - why a few steps from noise to data are enough, and what too few do;
# - how probable a datum is under a flow, beside what is known;
# - classes, guidance, and what guidance costs;
# - how a picture of which half is missing is completed.
#
# **Time** About 12 minutes on 2 cores, nearly all of it the training on MNIST.
# With `"digits"` in place of `"mnist"` in the first cell, small images that
# need no network, two minutes.

# %%
import os

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from scipy import stats

import kerasgen
from kerasgen import metrics
from kerasgen import plotting
from kerasgen import samplers
from kerasgen import tasks

SMOKE = "KERASGEN_SMOKE" in os.environ  # A run of seconds, for tests.
DATASET = "digits" if SMOKE else "mnist"  # "digits" needs no network.

keras.utils.set_random_seed(0)
plt.rcParams["figure.dpi"] = 90

# %% [markdown]
# ## 1. A flow in the plane
#
# Our data are a mixture of three Gaussians, of which everything is known. Take
# a datum $x_1$ and noise $x_0$, standard normal, and go from the one to the
# other along a straight line:
#
# $$x_t = (1 - t)\, x_0 + t\, x_1, \qquad 0 \le t \le 1.$$
#
# On this line the velocity is $x_1 - x_0$. A network $v(x_t, t)$ does not know
# which line a point is on, and learns by the squared error the mean of them
# all:
#
# $$\mathrm{E}\, \| v(x_t, t) - (x_1 - x_0) \|^2.$$

# %%
random = np.random.default_rng(0)
centres = np.array([[-1.5, -0.8], [1.5, -0.8], [0.0, 1.6]])
deviation = 0.3


def draw(number):
    chosen = centres[random.integers(len(centres), size=number)]
    return np.float32(chosen + deviation * random.normal(size=(number, 2)))


points = draw(10_000)
plane = kerasgen.FlowMatching((2,), num_steps=20, seed=0)
plane.compile(keras.optimizers.Adam(2e-3))
history = plane.fit(
    points, batch_size=200, epochs=2 if SMOKE else 60, verbose=0
)
print(f"Mean squared error at first {history.history['loss'][0]:.2f},", end=" ")
print(f"at last {history.history['loss'][-1]:.2f}.")

# %% [markdown]
# The error does not go to 0, and need not: the lines cross, and what is learned
# is their mean. Arrows show it at four times. At first all of them point to the
# middle of the data, as nothing tells yet where a point will end; later each
# points to the nearest cluster.

# %%
grid = np.stack(np.meshgrid(*2 * [np.linspace(-3, 3, 15)]), -1)
places = np.float32(grid.reshape(-1, 2))
figure, axes = plt.subplots(1, 4, figsize=(14, 3.6))
for ax, t in zip(axes, (0.02, 0.4, 0.7, 0.95)):
    times = tf.fill([len(places)], t)
    with plane.averaged_weights():
        arrows = plane.predicted(tf.constant(places), times, None).numpy()
    between = (1 - t) * random.normal(size=(2000, 2)) + t * draw(2000)
    ax.scatter(*between.T, s=1, c="tab:orange", alpha=0.4)
    ax.quiver(*places.T, *arrows.T, angles="xy", scale=60, width=0.004)
    ax.set(title=f"t = {t}", xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
plt.show()

# %% [markdown]
# ## 2. Steps
#
# Data are drawn by following the arrows from noise, a step at a time. With one
# step every point goes where the first arrow points, to the middle of the data.
# More steps follow the bends. Euler's method takes one evaluation of the
# network a step; Heun's corrects each step by the arrow at its end, which takes
# two, but few steps are then as good as many.

# %%
noise = np.float32(random.normal(size=(1500, 2)))
figure, axes = plt.subplots(1, 4, figsize=(14, 3.6))
for ax, steps in zip(axes, (1, 2, 4, 16)):
    with plane.sampling(sampler="euler", num_steps=steps):
        drawn = plane.decode(noise)
        evaluations = plane.num_evaluations
    ax.scatter(*points[:1500].T, s=2, c="lightgray")
    ax.scatter(*drawn.T, s=2, c="tab:blue")
    ax.set(title=f"Euler, {evaluations} evaluations", aspect="equal")
plt.show()

# %% [markdown]
# How far from the data, in numbers? The sliced Wasserstein distance, of 5,000
# points; two samples of data have the distance in the last line.

# %%
real = draw(5000)
print("evaluations  " + "  ".join(f"{name:>10}" for name in samplers.SAMPLERS))
for budget in (1, 3, 7, 15, 31):
    line = []
    for name in samplers.SAMPLERS:
        steps = (budget + 1) // 2 if name == "heun" else budget
        drawn = plane.generate(5000, seed=0, sampler=name, num_steps=steps)
        line.append(metrics.sliced_wasserstein_distance(real, drawn))
    print(f"{budget:11d}  " + "  ".join(f"{value:10.3f}" for value in line))
floor = metrics.sliced_wasserstein_distance(real, draw(5000))
print(f"Two samples of data: {floor:.3f}")

# %% [markdown]
# ## 3. How probable is a point?
#
# The flow can be followed backwards, from a datum to its noise. On the way
# space is stretched or squeezed, and by how much is the divergence of the
# arrows; the density of the noise and the sum of these is the density of the
# datum. Here it can be held against the truth.

# %%
grid = np.stack(np.meshgrid(*2 * [np.linspace(-3, 3, 41)]), -1)
places = np.float32(grid.reshape(-1, 2))
found = plane.log_likelihood(places, num_steps=30, seed=0)
known = np.mean(
    [stats.multivariate_normal(c, deviation**2).pdf(places) for c in centres],
    axis=0,
)
figure, axes = plt.subplots(1, 2, figsize=(8, 3.8))
for ax, values, title in zip(
    axes, (known, np.exp(found)), ("known density", "density of the flow")
):
    ax.contourf(*grid.transpose(2, 0, 1), values.reshape(41, 41), levels=12)
    ax.set(title=title, aspect="equal")
plt.show()
truth = np.log(
    np.mean(
        [stats.multivariate_normal(c, deviation**2).pdf(real) for c in centres],
        axis=0,
    )
)
likelihood = plane.log_likelihood(real, seed=0)
print(f"Mean log-likelihood of data: {likelihood.mean():.3f} nats by the flow,")
print(f"{truth.mean():.3f} by the mixture itself, which no model can exceed.")

# %% [markdown]
# ## 4. Digits
#
# An image is a point in a space of as many dimensions as it has pixels, and
# all is as before. The network is a U-Net, small enough for two cores; it gets
# the class besides, and leaves it out for one image in ten in training, so
# that it knows both: digits, and any given digit.

# %%
images, labels = kerasgen.data.load_arrays(DATASET, "train")
test_images, test_labels = kerasgen.data.load_arrays(DATASET, "test")
epochs = 1 if SMOKE else 4
model = kerasgen.FlowMatching(
    images.shape[1:],
    num_classes=10,
    times="logit_normal",
    network_options={"filters": (8, 16) if SMOKE else (32, 64)},
    num_steps=8,
    seed=0,
)
num_updates = epochs * -(-len(images) // 128)
rate = keras.optimizers.schedules.CosineDecay(2e-3, num_updates, 0.01)
model.compile(keras.optimizers.Adam(rate))
history = model.fit(images, labels, batch_size=128, epochs=epochs, verbose=0)
print("loss a number:", [round(loss, 4) for loss in history.history["loss"]])

# %% [markdown]
# ## 5. Guidance
#
# With guidance $w$ each step takes the arrow of the class, and $w - 1$ times
# what it differs by from the arrow without a class. Digits get more like their
# class, and more alike: with 0 the class does not count, 1 is what was
# learned, and too much leaves one way to write each. Each row below has the
# same noise. It takes two evaluations where there was one.

# %%
classifier = metrics.classifier_network(DATASET, verbose=0)
rows = []
for guidance in (0.0, 1.0, 1.5, 3.0):
    drawn = model.generate(500, seed=0, guidance=guidance)
    read = classifier.predict(drawn, verbose=0).argmax(axis=1)
    agreed = np.mean(read == np.arange(500) % 10)
    spread = np.mean([drawn[c::10].std(axis=0).mean() for c in range(10)])
    with model.sampling(guidance=guidance):
        evaluations = model.num_evaluations
    print(
        f"guidance {guidance}: {agreed:4.0%} read as asked, spread within a "
        f"class {spread:.3f}, {evaluations} evaluations"
    )
    rows.append(drawn[:20])
real_spread = [
    test_images[test_labels == c].std(axis=0).mean() for c in range(10)
]
print(f"spread of real digits within a class {np.mean(real_spread):.3f}")
plotting.show_images(np.concatenate(rows), num_columns=20)
plt.show()

# %% [markdown]
# ## 6. The way
#
# What the flow sees on its way, of ten digits: at each time, where the arrow
# points to. What it will be is decided early; the rest is detail.

# %%
model.guidance = 1.5
asked = tf.range(10)
x = model.latents_from_seeds(tf.stack([tf.zeros_like(asked), asked], axis=1))
denoise, times = model.denoiser(asked), model.path.times(8)
seen = []
with model.averaged_weights():
    for start in range(8):
        data, _ = denoise(x, tf.constant(times[start], tf.float32))
        seen.append(model.unscaled(data).numpy())
        x = samplers.euler(denoise, model.path, x, times[start : start + 2])
seen.append(model.unscaled(x).numpy())
plotting.show_images(np.concatenate(seen), num_columns=10)
plt.show()

# %% [markdown]
# ## 7. Completion
#
# Half of each digit is missing. The flow draws it: at each step, where the data
# that are seen in the noise differ from the known pixels, the way is bent to
# them, and the other half follows. A digit has several completions, as the last
# rows show. Does what was completed still read as its digit?

# %%
number = 20 if SMOKE else 200
shown, asked = test_images[:number], test_labels[:number]
known = tasks.mask("left", shown.shape)
completed = tasks.inpaint(model, shown, known, labels=asked, seed=0)
read = classifier.predict(completed, verbose=0).argmax(axis=1)
black = classifier.predict(np.where(known[..., None], shown, 0), verbose=0)
print(f"completed, told the class: {np.mean(read == asked):.1%} read as it")
print(f"left half black: {np.mean(black.argmax(axis=1) == asked):.1%}")
model.guidance = 0.0
unaware = tasks.inpaint(model, shown, known, labels=asked, seed=0)
read = classifier.predict(unaware, verbose=0).argmax(axis=1)
print(f"completed, not told the class: {np.mean(read == asked):.1%}")
others = [
    tasks.inpaint(model, shown[:10], known[:10], labels=asked[:10], seed=seed)
    for seed in range(3)
]
grey = np.where(known[:10, ..., None], shown[:10], 0.5)
plotting.show_images(
    np.concatenate([shown[:10], grey, *others]), num_columns=10
)
plt.show()

# %% [markdown]
# ## Where to go from here
#
# - `kerasgen train flow_matching --dataset mnist` trains longer, in the same
#   way, and `kerasgen evaluate` measures it.
# - `kerasgen.MeanFlow` draws with one evaluation; `kerasgen.Diffusion` has the
#   schedules and predictions of the literature.
# - `kerasgen.LatentFlow(vae)` is a flow on the latents of a trained VAE.
# - `model.export(...)` serves a flow as any other model (tutorial 6).
