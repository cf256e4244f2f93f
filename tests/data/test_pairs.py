import numpy as np
import pytest
from PIL import Image

from kerasgen import data
from kerasgen.data import streams
from kerasgen.data.batch_source import counters_of
from kerasgen.data.epochs import SetEpoch

# Sources hold their number in all pixels, targets theirs plus a half.
SOURCES = np.full((50, 1, 1, 1), 1 / 100) * np.arange(50).reshape(50, 1, 1, 1)
TARGETS = (SOURCES[:20] + 0.5).repeat(3, axis=3).repeat(2, axis=1)


def numbers(dataset, epoch=None):
    """The places of sources and of targets, in order."""
    if epoch is not None:
        SetEpoch(counters_of(dataset)).on_epoch_begin(epoch)
    rows = [
        (round(float(one.mean()) * 100), round(float(other.mean()) * 100) - 50)
        for source, target in dataset.as_numpy_iterator()
        for one, other in zip(source, target)
    ]
    return tuple(np.transpose(rows).tolist())


def test_unpaired():
    pairs = data.load_pairs(SOURCES, TARGETS, batch_size=10, seed=1)
    assert len(pairs) == 5
    shapes = tuple(spec.shape for spec in pairs.element_spec)
    assert shapes == ((10, 1, 1, 1), (10, 2, 1, 3))
    epochs = [numbers(pairs, epoch) for epoch in range(3)]
    for sources, targets in epochs:
        assert sorted(sources) == list(range(50))
        # Each twice before one comes for the third time.
        assert sorted(targets[:20]) == sorted(targets[20:40]) == list(range(20))
        assert targets[:20] != targets[20:40]
        assert len(set(targets[40:])) == 10
    # Who meets whom is decided by seed and epoch alone.
    partners = {tuple(zip(*epoch)) for epoch in epochs}
    assert len(partners) == 3
    again = data.load_pairs(SOURCES, TARGETS, batch_size=10, seed=1)
    assert numbers(again, 2) == epochs[2]
    assert numbers(again, 0) == epochs[0]
    other = data.load_pairs(SOURCES, TARGETS, batch_size=10, seed=2)
    assert numbers(other, 0) != epochs[0]


def test_one_order_says_nothing_of_the_other():
    pairs = data.load_pairs(SOURCES, SOURCES + 0.5, batch_size=50, seed=0)
    epochs = np.array([numbers(pairs, epoch) for epoch in range(40)])
    sources, targets = epochs[:, 0], epochs[:, 1]
    # A partner by chance once an epoch.
    assert 20 <= np.sum(sources == targets) <= 65


def test_in_order():
    pairs = data.load_pairs(SOURCES, TARGETS, batch_size=16, shuffle=False)
    assert [len(source) for source, _ in pairs] == [16, 16, 16, 2]
    sources, targets = numbers(pairs)
    assert sources == list(range(50))
    assert targets == [place % 20 for place in range(50)]


def test_paired():
    pairs = data.load_pairs(
        SOURCES, SOURCES + 0.5, paired=True, batch_size=10, seed=1
    )
    orders = [numbers(pairs, epoch) for epoch in range(2)]
    assert all(sources == targets for sources, targets in orders)
    assert orders[0] != orders[1]
    with pytest.raises(ValueError, match="50 and 20"):
        data.load_pairs(SOURCES, TARGETS, paired=True)


def test_file_of_pairs(tmp_path):
    path = tmp_path / "pairs.npz"
    np.savez(path, source_train=SOURCES, target_train=SOURCES + 0.5)
    sources, targets = numbers(data.load_pairs(path, batch_size=10, seed=0))
    assert sources == targets
    with pytest.raises(ValueError, match="holds source_train, target_train"):
        data.load_pairs(path, split="test")
    with pytest.raises(ValueError, match="target=None, source=ndarrays"):
        data.load_pairs(SOURCES)


def test_named_data_and_arrays():
    pairs = data.load_pairs(
        "digits", TARGETS, batch_size=360, seed=0, source_size=12
    )
    source, target = next(iter(pairs))
    assert source.shape == (360, 12, 12, 1)
    assert target.shape == (360, 2, 1, 3)
    for name in ({"split": "test"}, {"source_size": 12}):
        with pytest.raises(ValueError, match="for images in an array"):
            data.load_pairs(SOURCES, TARGETS, **name)


@pytest.mark.parametrize("memory", [streams.MEMORY_LIMIT, 0])
def test_folders(tmp_path, monkeypatch, memory):
    monkeypatch.setattr(streams, "MEMORY_LIMIT", memory)
    for name, lightness, side in (("sources", 0, 4), ("targets", 128, 6)):
        (tmp_path / name).mkdir()
        for place in range(10):
            levels = np.full((side, side), lightness + 12 * place, np.uint8)
            Image.fromarray(levels).save(tmp_path / name / f"{place}.png")
    folders = str(tmp_path / "sources"), str(tmp_path / "targets")
    pairs = data.load_pairs(*folders, paired=True, batch_size=9, seed=0)
    ((source, target),) = pairs
    assert source.shape == (9, 4, 4, 1)
    assert target.shape == (9, 6, 6, 1)
    np.testing.assert_allclose(
        target[:, 0, 0, 0] - source[:, 0, 0, 0], 128 / 255, atol=1e-6
    )
    assert len(np.unique(source)) == 9
    (tmp_path / "targets" / "3.png").rename(tmp_path / "targets" / "3b.png")
    with pytest.raises(ValueError, match="1 in the source alone, the first 3"):
        data.load_pairs(*folders, paired=True)
    (tmp_path / "sources" / "3.png").unlink()
    with pytest.raises(ValueError, match="in the target alone, the first 3b"):
        data.load_pairs(*folders, split="all", paired=True)
    assert len(data.load_pairs(*folders, batch_size=9)) == 1
