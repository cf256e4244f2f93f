"""What the pictures hold."""

import matplotlib.axes
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from kerasgen import plotting


@pytest.fixture(autouse=True)
def close_figures():
    plt.switch_backend("agg")
    yield
    plt.close("all")


def images(number, channels=1):
    """Images of one grey each, which tells them from one another."""
    greys = np.linspace(0, 1, number, dtype="float32")
    return np.broadcast_to(
        greys[:, None, None, None], (number, 4, 4, channels)
    ).copy()


def greys_of(ax, rows, columns):
    """The grey in the middle of each image of a grid."""
    shown = ax.images[0].get_array()
    shown = shown[..., 0] if shown.ndim == 3 else shown
    height = (shown.shape[0] - 1) / rows
    width = (shown.shape[1] - 1) / columns
    return np.array(
        [
            [
                shown[int((r + 0.5) * height), int((c + 0.5) * width)]
                for c in range(columns)
            ]
            for r in range(rows)
        ]
    )


CALLS = {
    "show_images": (images(6),),
    "interpolations": (images(6).reshape(2, 3, 4, 4, 1),),
    "traversals": (images(6).reshape(2, 3, 4, 4, 1),),
    "inpainting": (images(3), np.eye(4), images(3)),
    "latent_map": (np.random.default_rng(0).normal(size=(6, 2)),),
    "cluster_samples": (images(6), np.array([0, 0, 1, 1, -1, 0])),
    "cluster_confusion": (np.arange(6) % 2, np.arange(6) % 3),
    "anomaly_roc": (np.arange(6) > 3, -np.arange(6.0)),
    "extremes": (images(6), np.arange(6.0), 2),
}


@pytest.mark.parametrize("name", CALLS)
def test_axes_are_returned_and_taken(name, tmp_path):
    function = getattr(plotting, name)
    ax = function(*CALLS[name])
    assert isinstance(ax, matplotlib.axes.Axes)
    assert plt.fignum_exists(ax.figure.number)
    _, own = plt.subplots()
    assert function(*CALLS[name], ax=own) is own
    assert own.has_data()
    path = tmp_path / "picture.png"
    plotting.save(own, path)
    with Image.open(path) as picture:
        assert min(picture.size) > 50


def test_images_are_in_order_and_in_colour():
    found = greys_of(plotting.show_images(images(6), 3), 2, 3)
    assert (np.diff(found.ravel().astype(int)) > 0).all()
    colours = images(2, 3)
    colours[..., 1:] = 0
    shown = plotting.show_images(colours, 2).images[0].get_array()
    assert shown.shape[-1] == 3
    assert shown[2, -3].tolist() == [255, 0, 0]


def test_missing_pixels_are_grey():
    mask = np.zeros((4, 4))
    ax = plotting.inpainting(images(3), mask, images(3)[::-1])
    found = greys_of(ax, 3, 3)
    assert set(found[1]) <= {127, 128}
    np.testing.assert_array_equal(found[0], found[2][::-1])


def test_map_has_a_colour_a_class_and_thumbnails():
    points = np.random.default_rng(0).normal(size=(30, 2))
    labels = np.arange(30) % 3 - 1
    ax = plotting.latent_map(points, labels, images(30), num_thumbnails=5)
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["noise", "0", "1"]
    colours = {to_hex(each.get_facecolor()[0]) for each in ax.collections}
    assert len(colours) == 3
    assert "#bbbbbb" in colours
    thumbnails = [a for a in ax.artists if hasattr(a, "offsetbox")]
    assert len(thumbnails) == 5
    # All points alike: one of them is drawn.
    ax = plotting.latent_map(np.zeros((9, 2)), images=images(9))
    assert len([a for a in ax.artists if hasattr(a, "offsetbox")]) == 1


def test_names_are_labels_too():
    points = np.random.default_rng(0).normal(size=(30, 2))
    names = np.array(["cat", "ant", "bee"])[np.arange(30) % 3]
    ax = plotting.latent_map(points, names)
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["ant", "bee", "cat"]
    assert len({to_hex(c.get_facecolor()[0]) for c in ax.collections}) == 3


def test_few_points_are_larger_and_frames_have_their_colours():
    draw = np.random.default_rng(0).normal
    sizes = [
        plotting.latent_map(draw(size=(n, 2))).collections[0].get_sizes()[0]
        for n in (300, 1000, 5000)
    ]
    assert sizes[0] > 2 * sizes[1] > 4 * sizes[2] / 1.1
    labels = np.arange(300) % 4
    ax = plotting.latent_map(draw(size=(300, 2)), labels, images(300))
    frames = [a for a in ax.artists if hasattr(a, "offsetbox")]
    assert 10 < len(frames) <= 31
    points = {to_hex(each.get_facecolor()[0]) for each in ax.collections}
    assert {to_hex(f.patch.get_edgecolor()) for f in frames} == points


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plotting.latent_map(np.zeros((5, 3))), r"\(n, 2\).*embedding"),
        (lambda: plotting.latent_map(np.zeros((5, 2)), [1, 2]), "`labels`.*5"),
        (
            lambda: plotting.latent_map(np.zeros((5, 2)), images=images(4)),
            "`images`.*4 images",
        ),
        (
            lambda: plotting.traversals(images(6).reshape(1, 2, 3, 4, 4, 1)),
            r"pass one entry, `moved\[0\]`",
        ),
    ],
)
def test_bad_shapes(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_clusters_are_rows_from_the_largest_on():
    clusters = np.array([1, 0, 1, -1, -1, -1])
    ax = plotting.cluster_samples(images(6), clusters, num_columns=2)
    assert [text.get_text() for text in ax.texts] == [
        "cluster 1\n2 images",
        "cluster 0\n1 images",
        "noise\n3 images",
    ]
    found = greys_of(ax, 3, 2)
    greys = (images(6)[:, 0, 0, 0] * 255).round()
    np.testing.assert_allclose(found[0], greys[[0, 2]], atol=1)
    np.testing.assert_allclose(found[2], greys[[3, 4]], atol=1)


def test_confusion_by_hand():
    labels = np.array([0, 0, 0, 1, 1, 1, 2])
    clusters = np.array([5, 5, 2, 2, 2, -1, -1])
    ax = plotting.cluster_confusion(labels, clusters)
    names = [text.get_text() for text in ax.get_xticklabels()]
    assert names == ["5", "2", "noise"]
    np.testing.assert_array_equal(
        ax.images[0].get_array(), [[2, 1, 0], [0, 2, 1], [0, 0, 1]]
    )


def test_area_of_anomalies():
    ax = plotting.anomaly_roc([True, False, True, False], [0.1, 0.9, 0.3, 0.2])
    assert "0.750" in ax.get_title()


def test_extremes_are_the_ends():
    found = greys_of(plotting.extremes(images(6), np.arange(6.0), 2), 4, 1)
    greys = (images(6)[:, 0, 0, 0] * 255).round()
    np.testing.assert_allclose(found[:, 0], greys[[5, 4, 0, 1]], atol=1)
