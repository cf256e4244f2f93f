# %% [markdown]
# # 4. Clustering and representation learning
#
# An introductory article sets generative models beside clustering: a GAN and a
# VAE on MNIST, k-means and DBSCAN, and a t-SNE map. It compares them in
# adjectives: one is "more realistic", another "more stable". Here the same
# models are made to work, and the adjectives become numbers.
#
# **You will learn**
#
# - how clusters are scored against classes that the method never saw;
# - why k-means and DBSCAN do badly on pixels, and on what they do better;
# - three mistakes in a VAE that leave its latents empty, and one sign that
#   turns a GAN's contest into a conspiracy;
# - what a t-SNE map shows, and what deep embedded clustering (DEC) adds;
# - what a GAN, a VAE and k-means can each do, measured.
#
# **Time** RUNTIME

# %%
import os
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers

import kerasgen
from kerasgen import metrics
from kerasgen import plotting
from kerasgen import tasks

SMOKE = "KERASGEN_SMOKE" in os.environ  # A run of seconds, for tests.
DATASET = "digits" if SMOKE else "mnist"  # "digits" needs no network.

keras.utils.set_random_seed(0)
plt.rcParams["figure.dpi"] = 72

images, _ = kerasgen.data.load_arrays(DATASET, "train")
test_images, test_labels = kerasgen.data.load_arrays(DATASET, "test")
data_shape = images.shape[1:]
num_pixels = int(np.prod(data_shape))
# What is clustered: images that no model is trained on.
number = 300 if SMOKE else 3000
held_out, classes = test_images[:number], test_labels[:number]
print(f"{len(images)} images to train on, {number} to be clustered")

# %% [markdown]
# ## 1. How to score clusters
#
# Clusters have no names: cluster 7 may hold the twos. Three scores deal with
# that, each 1 for clusters that are the classes.
#
# - *Accuracy*: the share of images in the right class, if clusters are given to
#   classes, one each, in the best of all ways $\pi$: $\max_\pi \frac1n \sum_i
#   [\pi(c_i) = y_i]$.
# - *Normalized mutual information* (NMI): how many nats the cluster tells of
#   the class, by the mean entropy of the two, $I(c, y) / \frac12 (H(c) +
#   H(y))$.
# - *Adjusted Rand index* (ARI): for how many pairs of images clusters and
#   classes agree on "together" or "apart", moved and scaled so that chance gets
#   0.
#
# Some cases in which we know what to expect:


# %%
def scores(clusters):
    """Accuracy, NMI and ARI of clusters of the held-out images."""
    found = metrics.clustering_scores(classes, clusters)
    return np.array(list(found.values()))


def show(name, clusters):
    text = "   ".join(f"{score:6.3f}" for score in scores(clusters))
    print(f"{name:34} {text}", end="")
    kinds = len(set(clusters) - {-1})
    print(f"   {kinds:3} clusters, {np.mean(clusters == -1):4.0%} noise")


print(f"{'':34} accuracy   NMI      ARI")
generator = np.random.default_rng(0)
show("the classes, renamed", 9 - classes)
show("3, 5 and 8 together", np.where(np.isin(classes, (3, 5, 8)), 3, classes))
show("a random cluster for each image", generator.integers(0, 10, number))
show("all in one cluster", np.zeros(number, int))
show("each image its own cluster", np.arange(number))

# %% [markdown]
# SCORES_SAY
#
# ## 2. k-means and DBSCAN on pixels
#
# *k-means* looks for $k$ centres $\mu_j$, and puts each image to the nearest,
# such that $\sum_i \|x_i - \mu_{c_i}\|^2$ is small: it takes turns between
# moving images to their nearest centre and each centre to the mean of its
# images. The article's function returns the centres, though the clusters are
# what one wants; at least they can be looked at.

# %%
pixels = held_out.reshape(number, -1)
found = tasks.clusters(pixels, "kmeans", num_clusters=10, seed=0)
show("k-means on pixels", found)
centres = np.stack([held_out[found == k].mean(axis=0) for k in range(10)])
plotting.show_images(centres, 10, title="centres of k-means on pixels")
plt.show()

# %% [markdown]
# *DBSCAN* takes no $k$. A point with enough others (here 10) within a radius
# `eps` is a core; cores within reach of one another are one cluster, with what
# is in their reach; the rest is noise. The article's function leaves the radius
# to the reader, and all depends on it. We try the radii within which a tenth, a
# fifth, and so on of all images have ten others.


# %%
def radii(features, num_radii=12):
    """Radii within which more and more rows have ten others."""
    gaps = np.square(features).sum(1)
    squares = gaps[:, None] + gaps - 2 * features @ features.T
    tenth = np.sqrt(np.maximum(np.partition(squares, 10)[:, 10], 0))
    return np.quantile(tenth, np.linspace(0.02, 0.95, num_radii))


def dbscan(features):
    """Clusters by DBSCAN for each of some radii."""
    return {
        eps: tasks.clusters(features, "dbscan", eps=eps)
        for eps in radii(features)
    }


by_radius = dbscan(pixels)
_, axes = plt.subplots(1, 3, figsize=(11, 2.8), layout="constrained")
for ax, title, values in (
    (axes[0], "share of noise", [np.mean(c == -1) for c in by_radius.values()]),
    (axes[1], "clusters", [len(set(c) - {-1}) for c in by_radius.values()]),
    (
        axes[2],
        "adjusted Rand index",
        [scores(c)[2] for c in by_radius.values()],
    ),
):
    ax.plot(list(by_radius), values, "o-")
    ax.set(title=title, xlabel="eps")
plt.show()


def best_dbscan(features):
    """The clusters of the radius that classes like best."""
    return max(dbscan(features).values(), key=lambda c: scores(c)[2])


show("DBSCAN on pixels, best radius", best_dbscan(pixels))

# %% [markdown]
# DBSCAN_SAYS
#
# ## 3. An autoencoder and a VAE
#
# Both make a few numbers of an image, here ten, and the image of them again
# (tutorial 3). The article's VAE has one hidden layer of 128 units on either
# side. Its program cannot run on TensorFlow 2, and would not learn on
# TensorFlow 1:
#
# - It trains on `np.random.normal`, that is, on noise in place of images.
# - The weights are set back to random ones before every step
#   (`tf.global_variables_initializer` inside the loop), and a new copy of the
#   network is added to the graph each time.
# - Latents should be drawn, $z = \mu + \sigma \varepsilon$ with standard normal
#   $\varepsilon$. It calls `tf.nn.batch_normalization` instead, which draws
#   nothing, and lacks two of its arguments.
# - The decoder ends in a sigmoid, and the loss takes the sigmoid again.
# - The reconstruction loss is the *mean* over the pixels, the KL divergence the
#   *sum* over the latents. They belong in one unit, nats of an image. With the
#   mean, reconstruction counts 784 times too little, as if
#
# $$\beta = 784 \quad \text{in} \quad
# -\mathbb{E}_q \log p(x | z) + \beta \, \mathrm{KL}(q(z | x) \,\|\, N(0, 1)).$$
#
# The last looks like a matter of scale. We train an autoencoder, a VAE, and one
# with the article's weights.


# %%
def networks():
    """Encoder and decoder options that all three share."""
    return {
        "network": "mlp",
        "network_options": {"hidden_units": [128]},
        "latent_dim": 10,
    }


def new_autoencoder(seed=0):
    return kerasgen.Autoencoder(data_shape, seed=seed, **networks())


def new_vae(seed=0, beta=1.0):
    return kerasgen.VAE(
        data_shape, binarization="dynamic", beta=beta, seed=seed, **networks()
    )


def train(new, epochs, seed=0, **options):
    """A trained model, and the processor seconds of an epoch."""
    keras.utils.set_random_seed(seed)
    model = new(seed=seed, **options)
    model.compile(jit_compile=True)
    start = time.process_time()
    model.fit(images, batch_size=128, epochs=epochs, verbose=0)
    return model, (time.process_time() - start) / epochs


epochs = 3 if SMOKE else 15
models, seconds = {}, {}
models["autoencoder"], seconds["autoencoder"] = train(new_autoencoder, epochs)
models["VAE"], seconds["VAE"] = train(new_vae, epochs)
models["article's VAE"], _ = train(new_vae, epochs, beta=num_pixels)

some = test_images[:12]
rows = [some, *(model.reconstruct(some) for model in models.values())]
plotting.show_images(
    np.concatenate(rows), 12, title="test images, " + ", ".join(models)
)
plt.show()
for name, model in models.items():
    latents = model.encode(held_out)
    print(f"{name:14} deviation of latents over images", end=" ")
    print(f"{latents.std(axis=0).min():.3f} to {latents.std(axis=0).max():.3f}")
    show("  k-means on latents", tasks.clusters(latents, seed=0))

# %% [markdown]
# VAE_SAYS
#
# ## 4. A GAN
#
# The article's GAN has layers of 128 and 128 units on either side. Besides what
# its VAE has wrong, too, the losses get images where they want the answers
# "real" or "generated": `labels=x_real`. TensorFlow says no:

# %%
try:
    tf.nn.sigmoid_cross_entropy_with_logits(
        labels=tf.zeros((64, num_pixels)), logits=tf.zeros((64, 1))
    )
except ValueError as error:
    print(error)

# %% [markdown]
# There is one thing more, in the article's equations, that no error tells of.
# It says that the discriminator $D$ maximizes
#
# $$\mathbb{E} \log D(x) + \mathbb{E} \log (1 - D(G(z))),$$
#
# which is right, and that the generator $G$ minimizes *minus the same*. Then
# both want the same. There is no contest: $G$ helps $D$ to tell its images from
# real ones. What it should minimize is the term itself (the *minimax* loss),
# or, with stronger gradients at the start, $-\mathbb{E} \log D(G(z))$
# (*non-saturating*). We train both ways.


# %%
def article_networks():
    leaky = layers.LeakyReLU
    generator = keras.Sequential(
        [
            keras.Input((100,)),
            *(layers.Dense(128), leaky(), layers.Dense(128), leaky()),
            layers.Dense(num_pixels, activation="sigmoid"),
            layers.Reshape(data_shape),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input(data_shape),
            layers.Flatten(),
            *(layers.Dense(128), leaky(), layers.Dense(128), leaky()),
            layers.Dense(1),
        ]
    )
    return generator, discriminator


def play(generator_loss, num_steps):
    """Plain training; what D says of generated images at each step."""
    keras.utils.set_random_seed(0)
    generator, discriminator = article_networks()
    optimizers = [keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in range(2)]
    networks = discriminator, generator

    @tf.function(jit_compile=True)
    def step(real, noise):
        with tf.GradientTape(persistent=True) as tape:
            logits = discriminator(generator(noise))
            log_real = tf.math.log_sigmoid(discriminator(real))
            log_fake = tf.math.log_sigmoid(-logits)  # log(1 - D(G(z)))
            value = tf.reduce_mean(log_real) + tf.reduce_mean(log_fake)
            losses = -value, generator_loss(value, logits)
        for network, loss, optimizer in zip(networks, losses, optimizers):
            weights = network.trainable_variables
            optimizer.apply(tape.gradient(loss, weights), weights)
        return tf.reduce_mean(tf.sigmoid(logits))

    for optimizer, network in zip(optimizers, networks):
        optimizer.build(network.trainable_variables)
    draw = np.random.default_rng(0)
    answers = []
    for _ in range(num_steps):
        real = images[draw.integers(0, len(images), 128)]
        noise = draw.normal(size=(128, 100)).astype("float32")
        answers.append(float(step(real, noise)))
    return generator, answers


ways = {
    "as printed": lambda value, logits: -value,
    "non-saturating": lambda value, logits: (
        -tf.reduce_mean(tf.math.log_sigmoid(logits))
    ),
}
num_steps = 100 if SMOKE else 4000
noise = np.random.default_rng(1).normal(size=(24, 100)).astype("float32")
_, axes = plt.subplots(1, 3, figsize=(11, 3), layout="constrained")
for ax, (way, loss) in zip(axes[1:], ways.items()):
    played, answers = play(loss, num_steps)
    axes[0].plot(answers, linewidth=0.5, label=way)
    plotting.show_images(played(noise).numpy(), 8, title=way, ax=ax)
    print(f"{way:15} at the end, D(G(z)) is {np.mean(answers[-100:]):.4f}")
axes[0].set(title="D's answer to generated images", xlabel="step")
axes[0].legend(frameon=False)
plt.show()

# %% [markdown]
# SIGN_SAYS
#
# `kerasgen.GAN` with these networks and the default loss is the right one of
# the two; we train it longer.


# %%
def new_gan(seed=0):
    generator, discriminator = article_networks()
    return kerasgen.GAN(
        data_shape,
        100,
        generator=generator,
        discriminator=discriminator,
        seed=seed,
    )


gan_epochs = 3 if SMOKE else 30
models["GAN"], seconds["GAN"] = train(new_gan, gan_epochs)
plotting.show_images(models["GAN"].generate(32, seed=0), 16, title="GAN")
plt.show()

# %% [markdown]
# ## 5. What to cluster: pixels, codes, features, maps
#
# The VAE gives its means, the autoencoder its codes. A GAN has no encoder, but
# its discriminator has looked hard at digits: `tasks.LatentFeatures` takes the
# outputs of its last hidden layer. And there is *t-SNE*: it places the images
# on a plane so that neighbours stay neighbours. With $p_{ij}$, how near $i$ and
# $j$ are in the space that they come from, by a Gaussian, and $q_{ij}$, how
# near on the plane, by $1 / (1 + d^2)$, it minimizes
#
# $$\mathrm{KL}(P \,\|\, Q) =
# \sum_{i \ne j} p_{ij} \log \frac{p_{ij}}{q_{ij}} .$$
#
# It learns no function: a new image cannot be put on the map. The article takes
# it of reconstructions, and of a network that was never trained; we take it of
# the latents, and add the untrained encoder as a baseline.

# %%
keras.utils.set_random_seed(0)
untrained = new_vae()
spaces = {
    "pixels": pixels,
    "untrained encoder": untrained.encode(held_out),
    "autoencoder": models["autoencoder"].encode(held_out),
    "VAE": models["VAE"].encode(held_out),
    "GAN's discriminator": tasks.LatentFeatures(models["GAN"])
    .fit(held_out)
    .transform(held_out),
}
for name in ("pixels", "autoencoder", "VAE"):
    spaces[f"map of {name}"] = tasks.embedding(spaces[name], "tsne", seed=0)

print(f"{'':34} accuracy   NMI      ARI")
table = {}
for name, features in spaces.items():
    table[name, "k-means"] = tasks.clusters(features, "kmeans", seed=0)
    table[name, "DBSCAN"] = best_dbscan(features)
    for method in ("k-means", "DBSCAN"):
        show(f"{method}, {name}", table[name, method])

# %%
ax = plotting.new_axes((8, 3.5))
places = np.arange(len(spaces))
for offset, method in ((0.2, "k-means"), (-0.2, "DBSCAN")):
    heights = [scores(table[name, method])[1] for name in spaces]
    ax.barh(places + offset, heights, 0.38, label=method)
ax.set_yticks(places, spaces)
ax.invert_yaxis()
ax.set(xlabel="normalized mutual information with the classes", xlim=(0, 1))
ax.legend(frameon=False, loc="upper right")
plt.show()

# %% [markdown]
# SPACES_SAY

# %%
_, axes = plt.subplots(1, 2, figsize=(14, 7), layout="constrained")
for ax, name in zip(axes, ("map of pixels", "map of VAE")):
    plotting.latent_map(spaces[name], classes, held_out, title=name, ax=ax)
plt.show()

# %% [markdown]
# MAPS_SAY
#
# ## 6. Clusters that shape the latents: DEC
#
# So far a representation was learned, and then clustered. *Deep embedded
# clustering* (Xie et al. 2016) does both at once. An autoencoder is trained,
# $k$ centres $\mu_j$ are put among its latents by k-means, and then encoder and
# centres learn to be surer of what they are fairly sure of: with
#
# $$q_{ij} \propto \frac{1}{1 + \|z_i - \mu_j\|^2}, \qquad
# p_{ij} \propto \frac{q_{ij}^2}{\sum_i q_{ij}},$$
#
# the loss is $\mathrm{KL}(P \,\|\, Q)$, as in t-SNE, but of images to centres,
# and for a network that takes new images. `fit` does all three.

# %%
pretraining = 2 if SMOKE else 15
keras.utils.set_random_seed(0)
dec = kerasgen.DEC(
    data_shape,
    network_options={"hidden_units": [256, 128]},
    pretraining_epochs=pretraining,
    seed=0,
)
dec.compile(jit_compile=True)
dec.fit(
    images, batch_size=256, epochs=pretraining + (1 if SMOKE else 10), verbose=0
)
show("DEC", dec.predict(held_out))
plotting.cluster_samples(held_out, dec.predict(held_out))
plt.show()

# %%
_, axes = plt.subplots(1, 2, figsize=(14, 6), layout="constrained")
plotting.latent_map(
    tasks.embedding(dec.encode(held_out), "tsne", seed=0),
    classes,
    held_out,
    title="map of DEC's latents",
    ax=axes[0],
)
plotting.cluster_confusion(classes, dec.predict(held_out), ax=axes[1])
plt.show()

# %% [markdown]
# DEC_SAYS
#
# ## 7. GAN, VAE, clustering: facts for adjectives
#
# Which is "more realistic", "blurred", "stable", "slow"? We measure
#
# - *realistic*: the Fréchet distance between 2,000 drawn and as many test
#   images, in the features of a small classifier of digits (tutorial 3); lower
#   is better;
# - *blurred*: the share of pixels between 0.1 and 0.9, neither paper nor ink;
# - *even*: the smallest share of a class among drawn images, by the same
#   classifier;
# - *useful*: NMI of k-means on its features of held-out images;
# - *stable*: the lowest and the highest of these over three seeds of training;
# - *slow*: processor seconds of an epoch.
#
# k-means can draw as well, if one wants: an image for each cluster, its centre.

# %%
num_samples = 200 if SMOKE else 2000
feature_network = metrics.feature_network(DATASET)
classifier = metrics.classifier_network(DATASET)


def features_of(drawn):
    return feature_network.predict(drawn, batch_size=500, verbose=0)


real = features_of(test_images[-num_samples:])


def measure(drawn, features):
    named = classifier.predict(drawn, batch_size=500, verbose=0).argmax(1)
    found = tasks.clusters(features, "kmeans", seed=0)
    return (
        metrics.frechet_distance(real, features_of(drawn)),
        np.mean((drawn > 0.1) & (drawn < 0.9)),
        np.bincount(named, minlength=10).min() / len(drawn),
        scores(found)[1],
    )


measured = {
    "training images": [measure(images[:num_samples], pixels)],
    "k-means on pixels": [
        measure(
            centres[np.random.default_rng(0).integers(0, 10, num_samples)],
            pixels,
        )
    ],
}
for name, new, number_of_epochs in (
    ("autoencoder", new_autoencoder, epochs),
    ("VAE", new_vae, epochs),
    ("GAN", new_gan, gan_epochs),
):
    measured[name] = []
    for seed in range(1 if SMOKE else 3):
        model = models[name]
        if seed:
            model, _ = train(new, number_of_epochs, seed)
        encoded = tasks.LatentFeatures(model).fit(held_out).transform(held_out)
        drawn = model.generate(num_samples, seed=0)
        measured[name].append(measure(drawn, encoded))

columns = "Fréchet distance", "grey pixels", "rarest class", "NMI", "s an epoch"
print(f"{'':18}" + "".join(f"{column:>18}" for column in columns))
for name, rows in measured.items():
    cells = []
    for values in zip(*rows):
        low, high = min(values), max(values)
        digits = 1 if high > 2 else 3
        text = f"{low:.{digits}f}"
        cells.append(text if len(rows) == 1 else f"{text} - {high:.{digits}f}")
    cells.append(f"{seconds[name]:.1f}" if name in seconds else "")
    print(f"{name:18}" + "".join(f"{cell:>18}" for cell in cells))
bound = models["VAE"].evaluate(
    test_images, batch_size=500, verbose=0, return_dict=True
)["elbo"]
print(f"\nVAE only: log p(x) of a test image is at least {bound:.1f} nats")

# %%
rows = [test_images[:16], centres[np.arange(16) % 10]]
rows += [
    models[name].generate(16, seed=0) for name in ("autoencoder", "VAE", "GAN")
]
plotting.show_images(
    np.concatenate(rows),
    16,
    title="test images; centres of k-means; autoencoder; VAE; GAN",
)
plt.show()

# %% [markdown]
# FACTS_SAY
