"""What an evaluation judges, and what is computed of it once."""

import functools

import numpy as np

from kerasgen import metrics

# Images that Inception is given at once, of which more take gigabytes, and
# between reports of how far it is.
INCEPTION_BATCH, INCEPTION_PART = 50, 1_000


class RealImages:
    """Training and test images, and what is computed of them once."""

    def __init__(
        self,
        training,
        test,
        labels,
        network,
        classifier,
        factors=None,
        label_reader=None,
        inception=None,
    ):
        self.training = training
        self.test = test
        self.labels = labels
        self.network = network
        self.classifier = classifier
        self.factors = factors
        self.label_reader = label_reader
        self.inception = inception
        self.training_inception = None

    @functools.cached_property
    def features(self):
        """Of the test images."""
        return _predict(self.network, self.test)

    @functools.cached_property
    def training_features(self):
        return _predict(self.network, self.training)

    def take_inception(self, before):
        """Finds features of the training images by Inception, which takes long.

        Args:
            before: function that is called before each part, with a text.
        """
        parts = []
        for start in range(0, len(self.training), INCEPTION_PART):
            before(f"Inception, {start} training images done")
            images = self.training[start : start + INCEPTION_PART]
            parts.append(_predict(self.inception, images, INCEPTION_BATCH))
        self.training_inception = np.concatenate(parts)


class Samples:
    """Images that are judged: generated, or real ones in their place."""

    def __init__(self, images, labels, real, seed):
        self.images = images
        self.labels = labels
        self.real = real
        self.seed = seed

    @functools.cached_property
    def features(self):
        return _predict(self.real.network, self.images)

    @functools.cached_property
    def inception(self):
        """Their features by Inception."""
        return _predict(self.real.inception, self.images, INCEPTION_BATCH)

    @functools.cached_property
    def probabilities(self):
        return _predict(self.real.classifier, self.images)

    @functools.cached_property
    def read_labels(self):
        """By the rule of the data, -1 where it finds none."""
        return self.real.label_reader(self.images)

    @functools.cached_property
    def scores(self):
        return metrics.precision_recall_density_coverage(
            self.real.features, self.features
        )


class EvaluatedModel:
    """A model that is judged, and what is computed of it once."""

    def __init__(self, model, real, seed):
        self.model = model
        self.real = real
        self.seed = seed

    @property
    def label_kwargs(self):
        """Labels of the test images as an argument, where they are needed."""
        if not self.model.trains_on_labels:
            return {}
        return {"labels": self.real.labels}

    @functools.cached_property
    def latents(self):
        """Of the test images, a flat row each."""
        latents = self.model.encode(self.real.test, **self.label_kwargs)
        return latents.reshape(len(latents), -1)

    @functools.cached_property
    def clusters(self):
        """Of k-means on the latents, as many as classes."""
        import sklearn.cluster

        return sklearn.cluster.KMeans(
            len(np.unique(self.real.labels)),
            n_init=10,
            random_state=self.seed,
        ).fit_predict(self.latents)

    @functools.cached_property
    def code_counts(self):
        """How often each code stands for a part of a test image."""
        codes = self.model.call_endpoint("codes", self.real.test)
        kind = self.model.endpoints()["codes"].outputs["codes"]
        return np.bincount(codes.ravel(), minlength=kind.num_codes)


def _predict(network, images, batch_size=500):
    return network.predict(images, batch_size=batch_size, verbose=0)
