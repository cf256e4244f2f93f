"""The contracts of models that find clusters, and what only they do."""

import sys

import keras
import numpy as np
import pytest
import scipy.special
import scipy.stats
import tensorflow as tf

import kerasgen
from kerasgen import data
from kerasgen import metrics
from tests.model_contract import ModelContract
from tests.model_contract import assert_same_weights

SMALL = {
    "latent_dim": 5,
    "num_clusters": 4,
    "pretraining_epochs": 1,
    "network": "mlp",
    "network_options": {"hidden_units": [24, 16], "activation": "tanh"},
}


OTHER = {
    **SMALL,
    "pretraining_epochs": 2,
    "network": "dcgan",
    "network_options": {"filters": 4},
}


class ClusteringContract(ModelContract):
    # The second phase has to begin within the epochs of the tests.
    arguments = {
        "pretraining_epochs": 1,
        "network_options": {"hidden_units": [24, 16]},
    }
    draws_noise = False  # While pretraining.

    def optimizers_of_a_first_epoch(self, model):
        # The other one is that of the second phase.
        return model.optimizers[:1]


class TestDECContract(ClusteringContract):
    model_class = kerasgen.DEC
    # Named, as it is only imported where clusters are placed.
    config_arguments = {
        **OTHER,
        "loss": "binary_cross_entropy",
        "initialization": "umap",
    }
    metric_names = {"loss", "reconstruction_loss", "clustering_loss"}


class TestIDECContract(ClusteringContract):
    model_class = kerasgen.IDEC
    config_arguments = {**OTHER, "gamma": 0.3}
    metric_names = {"loss", "reconstruction_loss", "clustering_loss"}


class TestVaDEContract(ClusteringContract):
    model_class = kerasgen.VaDE
    config_arguments = {**OTHER, "beta": 0.5, "kl_annealing_steps": 3}
    metric_names = {"loss", "reconstruction_loss", "kl_loss", "elbo"}
    # A Gaussian that is narrow has steep gradients.
    replica_rate = 0.0002


def trained(name, images, epochs=2, **options):
    keras.utils.set_random_seed(0)
    model = getattr(kerasgen, name)((8, 8, 1), **{**SMALL, **options}, seed=0)
    model.compile()
    model.fit(images, epochs=epochs, verbose=0)
    return model


def test_loss_of_dec_by_hand(digits):
    model = trained("DEC", digits)
    latents = model.encode(digits).astype(np.float64)
    centroids = np.asarray(model.centroids, np.float64)
    distances = ((latents[:, None] - centroids) ** 2).sum(axis=2)
    q = 1 / (1 + distances)
    q /= q.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(digits), q, rtol=1e-4)
    np.testing.assert_array_equal(model.predict(digits), q.argmax(axis=1))
    p = q**2 / np.asarray(model.frequencies, np.float64)
    p /= p.sum(axis=1, keepdims=True)
    expected = scipy.stats.entropy(p, q, axis=1).mean()
    found = model.evaluate(digits, verbose=0, return_dict=True)
    np.testing.assert_allclose(found["clustering_loss"], expected, rtol=1e-4)
    np.testing.assert_allclose(found["loss"], expected, rtol=1e-4)


def test_loss_of_idec_has_both(digits):
    model = trained("IDEC", digits, gamma=0.5)
    found = model.evaluate(digits, verbose=0, return_dict=True)
    expected = found["reconstruction_loss"] + 32 * found["clustering_loss"]
    np.testing.assert_allclose(found["loss"], expected, rtol=1e-5)


def test_the_target_has_no_gradient(digits):
    """d KL / d z is 2 sum_j (p_j - q_j) (z - mu_j) / (1 + |z - mu_j|^2)."""
    model = trained("DEC", digits)
    latents = tf.constant(model.encode(digits[:6]))
    with tf.GradientTape() as tape:
        tape.watch(latents)
        q = model.cluster_probabilities(latents)
        loss = tf.reduce_sum(model._divergence(q))
    found = tape.gradient(loss, latents)
    q = q.numpy()
    p = q**2 / model.frequencies.numpy()
    p /= p.sum(axis=1, keepdims=True)
    offset = latents.numpy()[:, None] - model.centroids.numpy()
    similarity = 1 / (1 + (offset**2).sum(axis=2))
    expected = 2 * ((p - q) * similarity)[..., None] * offset
    np.testing.assert_allclose(
        found, expected.sum(axis=1), rtol=1e-3, atol=1e-6
    )


def test_prior_of_vade_by_hand(digits):
    model = trained("VaDE", digits)
    latents = np.random.default_rng(0).normal(size=(7, 5)).astype("float32")
    logits, means, log_variances = (
        np.asarray(weight, np.float64)
        for weight in (
            model.mixture_logits,
            model.mixture_means,
            model.mixture_log_variances,
        )
    )
    joint = scipy.stats.norm.logpdf(
        latents[:, None], means, np.exp(log_variances / 2)
    ).sum(axis=2) + scipy.special.log_softmax(logits)
    np.testing.assert_allclose(
        model.log_prior(latents), np.logaddexp.reduce(joint, axis=1), rtol=1e-5
    )
    np.testing.assert_allclose(
        model.cluster_probabilities(latents),
        scipy.special.softmax(joint, axis=1),
        rtol=1e-4,
        atol=1e-7,
    )


def test_draws_of_vade_are_of_its_mixture(digits):
    model = trained("VaDE", digits)
    number = 5_000
    seeds = np.stack([np.zeros(number), np.arange(number)], 1).astype("int32")
    drawn = tf.function(model.latents_from_seeds)(tf.constant(seeds)).numpy()
    shares = scipy.special.softmax(model.mixture_logits.numpy())
    means = model.mixture_means.numpy()
    mean = shares @ means
    second = shares @ (means**2 + np.exp(model.mixture_log_variances.numpy()))
    deviation = np.sqrt(second - mean**2)
    np.testing.assert_allclose(
        drawn.mean(axis=0), mean, atol=4 * deviation.max() / number**0.5
    )
    np.testing.assert_allclose(drawn.std(axis=0), deviation, rtol=0.05)


@pytest.mark.parametrize("name", ["DEC", "IDEC", "VaDE"])
def test_digits_are_sorted(name):
    images, labels = data.load_arrays("digits")
    options = {
        "num_clusters": 10,
        "latent_dim": 10,
        "pretraining_epochs": 30,
        "network_options": {"hidden_units": [128, 64]},
    }
    keras.utils.set_random_seed(0)
    model = getattr(kerasgen, name)((8, 8, 1), **{**SMALL, **options}, seed=0)
    model.compile()
    model.fit(images, epochs=31, verbose=0)
    first = model.evaluate(images, verbose=0, return_dict=True)
    confidence = model.predict_proba(images).max(axis=1).mean()
    history = model.fit(images, initial_epoch=31, epochs=45, verbose=0).history
    assert len(history["loss"]) == 14
    found = model.predict(images)
    # k-means on pixels finds 0.79.
    assert metrics.clustering_accuracy(labels, found) > 0.72
    assert len(np.unique(found)) == 10
    # The second phase does what it is for: a bound grows, clusters part.
    last = model.evaluate(images, verbose=0, return_dict=True)
    if name == "VaDE":
        assert last["loss"] < 0.97 * first["loss"]
    else:
        later = model.predict_proba(images).max(axis=1).mean()
        assert later > confidence + 0.05


@pytest.mark.parametrize("kind", ["dataset", "pydataset", "split"])
def test_clusters_are_placed_among_training_images(
    kind, digits, digit_labels, monkeypatch
):
    seen = []
    place = kerasgen.DEC._place_clusters

    def spy(model, latents):
        seen.append(latents)
        place(model, latents)

    monkeypatch.setattr(kerasgen.DEC, "_place_clusters", spy)
    model = kerasgen.DEC((8, 8, 1), **SMALL, seed=0)
    model.compile()
    options = {}
    expected = len(digits)
    if kind == "dataset":
        x = data.from_arrays(digits, digit_labels, batch_size=16, seed=0)
    elif kind == "pydataset":
        x = Batches(digits)
    else:
        x, options = digits, {"validation_split": 0.25}
        expected = int(len(digits) * 0.75)
    model.fit(x, epochs=2, verbose=0, **options)
    assert model.has_clusters
    (latents,) = seen
    dropped = len(digits) % 16 if kind == "dataset" else 0
    assert len(latents) == expected - dropped


class Batches(keras.utils.PyDataset):
    def __init__(self, images):
        super().__init__()
        self.images = images

    def __len__(self):
        return 2

    def __getitem__(self, index):
        half = len(self.images) // 2
        return self.images[index * half : (index + 1) * half]


@pytest.mark.parametrize("name", ["DEC", "VaDE"])
def test_a_backup_goes_on_in_its_phase(name, digits, tmp_path):
    """Restored clusters are not placed anew, and the right loss is trained."""

    def new_model():
        keras.utils.set_random_seed(0)
        model = getattr(kerasgen, name)((8, 8, 1), **SMALL, seed=0)
        model.compile()
        return model

    whole = new_model()
    whole.fit(digits, epochs=4, verbose=0)
    stopped = new_model()
    backup = keras.callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)
    stopped.fit(digits, epochs=3, verbose=0, callbacks=[backup])
    resumed = new_model()
    again = keras.callbacks.BackupAndRestore(tmp_path)
    resumed.fit(digits, epochs=4, verbose=0, callbacks=[again])
    assert_same_weights(whole, resumed)


def test_weights_of_another_phase_are_traced_anew(digits):
    model = trained("DEC", digits, epochs=1)
    model.set_weights(trained("DEC", digits, epochs=2).get_weights())
    before = model.evaluate(digits, verbose=0, return_dict=True)
    assert before["clustering_loss"] > 0


def test_annealing_starts_with_the_clusters(digits):
    model = trained("VaDE", digits, epochs=1, kl_annealing_steps=100)
    steps = int(model.training_steps.numpy())
    model.start_clustering(digits)
    assert float(model._kl_weight()) == 0
    model.fit(digits, batch_size=len(digits), initial_epoch=1, epochs=2)
    assert int(model.training_steps.numpy()) == steps + 1
    assert float(model._kl_weight()) == pytest.approx(0.01)


def test_fewer_images_than_clusters(digits):
    model = kerasgen.DEC((8, 8, 1), **SMALL, seed=0)
    model.compile()
    with pytest.raises(ValueError, match="at least 4 images"):
        model.fit(digits[:3], epochs=2, verbose=0)


def test_initialization_by_map():
    """Two rings that k-means cuts across are two clusters on a map."""
    pytest.importorskip("umap")
    generator = np.random.default_rng(0)
    angle = generator.uniform(0, 2 * np.pi, 400)
    radius = np.repeat([1.0, 3.0], 200) + generator.normal(0, 0.05, 400)
    rings = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    rings[200:] += [9.0, 0.0]
    rings = rings.astype("float32")
    model = kerasgen.DEC(
        (8, 8, 1),
        **{**SMALL, "latent_dim": 2, "num_clusters": 2},
        initialization="umap",
        seed=0,
    )
    model._place_clusters(rings)
    centroids = np.sort(model.centroids.numpy(), axis=0)
    np.testing.assert_allclose(centroids, [[0, 0], [9, 0]], atol=0.6)


def test_only_initialization_needs_the_package(digits, monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    model = kerasgen.DEC((8, 8, 1), **SMALL, initialization="umap", seed=0)
    model.compile()
    with pytest.raises(ImportError, match=r"kerasgen-zoo\[umap\]"):
        model.fit(digits, epochs=2, verbose=0)
    assert not model.training_steps.numpy()
    placed = trained("DEC", digits)
    placed.initialization = "umap"
    placed.fit(digits, epochs=3, initial_epoch=2, verbose=0)


def test_data_that_cannot_be_gone_through_again_are_refused(digits):
    model = trained("DEC", digits)
    with pytest.raises(ValueError, match="data set with an end"):
        model.fit(iter([digits]), epochs=1)
    endless = tf.data.Dataset.from_tensors(digits).repeat()
    with pytest.raises(ValueError, match="data set with an end"):
        model.fit(endless, epochs=1)


def test_served_clusters_are_those_of_keras(digits, tmp_path):
    model = trained("VaDE", digits)
    folder = model.export(tmp_path / "vade")
    served = tf.saved_model.load(str(folder)).signatures["assign"]
    found = served(images=tf.constant(digits))
    np.testing.assert_array_equal(found["clusters"], model.predict(digits))
    np.testing.assert_allclose(
        found["probabilities"], model.predict_proba(digits), atol=1e-5
    )
