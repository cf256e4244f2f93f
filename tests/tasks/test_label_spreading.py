"""Labels that spread from few rows to all."""

import numpy as np
import pytest
import scipy.spatial
import sklearn.datasets

from kerasgen import tasks


class TestSpreadLabels:
    def test_two_moons(self):
        points, classes = sklearn.datasets.make_moons(
            400, noise=0.05, random_state=0
        )
        labels = np.full(400, -1)
        for each in (0, 1):
            labels[np.flatnonzero(classes == each)[0]] = each
        found = tasks.spread_labels(points, labels)
        assert (found == classes).mean() > 0.99

    def test_flow_by_hand(self):
        """Its fixed point is (1 - alpha) (I - alpha S)^-1 Y (Zhou et al.)."""
        points = np.random.default_rng(0).normal(size=(30, 2))
        labels = np.full(30, -1)
        labels[:4] = [3, 5, 3, 5]
        distances = scipy.spatial.distance.cdist(points, points)
        order = distances.argsort(axis=1)[:, 1:6]
        scale = np.take_along_axis(distances, order, axis=1)[:, -1]
        weights = np.zeros((30, 30))
        for row in range(30):
            for other in order[row]:
                weights[row, other] = weights[other, row] = np.exp(
                    -(distances[row, other] ** 2) / (scale[row] * scale[other])
                )
        degree = weights.sum(axis=1) ** -0.5
        flow = np.linalg.inv(
            np.eye(30) - 0.9 * degree[:, None] * weights * degree
        )
        expected = flow @ np.stack([labels == 3, labels == 5], axis=1)
        found = tasks.spread_labels(points, labels, num_neighbors=5, alpha=0.9)
        np.testing.assert_array_equal(
            found, np.where(expected[:, 0] > expected[:, 1], 3, 5)
        )

    def test_rows_that_no_label_reaches(self):
        points = np.array([0, 0.1, 0.2, 9, 9.1, 9.2])[:, None]
        labels = np.array([1, -1, -1, -1, -1, -1])
        found = tasks.spread_labels(points, labels, num_neighbors=2)
        np.testing.assert_array_equal(found, [1, 1, 1, -1, -1, -1])

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"alpha": 1.0}, "alpha"),
            ({"alpha": 0}, "alpha"),
            ({"num_neighbors": 0}, "num_neighbors"),
            ({"unlabeled": 4}, "stands for no label"),
        ],
    )
    def test_bad_arguments(self, options, message):
        with pytest.raises(ValueError, match=message):
            tasks.spread_labels(np.zeros((3, 1)), np.full(3, 4), **options)
