"""Forms that are drawn, and their factors, which are found again."""

import numpy as np
import pytest

from kerasgen import data
from kerasgen.data import shapes


def by_many_points(factors, size, points=16):
    """Cover of each pixel, by a grid of points in it."""
    fine = shapes.coverage(factors, (size * points, size * points)) > 0.5
    blocks = fine.reshape(-1, size, points, size, points)
    return blocks.mean(axis=(2, 4))


def test_pixels_are_covered_as_many_points_in_them_are():
    _, factors = data.draw_shapes(50, seed=3)
    found = shapes.coverage(factors, (32, 32))
    expected = by_many_points(factors, 32)
    assert np.abs(found - expected).mean() < 0.002
    assert np.abs(found - expected).max() < 0.35  # At the points of stars.
    # The scale is the radius of a disc of the same area.
    area = np.pi * np.square(32 * factors["scale"])
    np.testing.assert_allclose(found.sum(axis=(1, 2)), area, rtol=0.03)


def test_forms_by_hand():
    """A square and the arms of a cross that are not turned."""
    middle = {"x": 0.5, "y": 0.5, "rotation": 0.0, "scale": 0.2}
    known = {**middle, "colour": "red", "ground": "slate"}
    images, _ = data.draw_shapes(
        2, image_size=64, factors={**known, "form": ["square", "cross"]}
    )
    red = images[..., 0] > 150
    side = 0.2 * 64 * np.sqrt(np.pi)
    assert red[0].any(axis=0).sum() == pytest.approx(side, abs=1)
    assert red[0].sum() == pytest.approx(side**2, rel=0.07)
    # Of five squares of equal size, in a cross.
    arm = np.sqrt(0.2**2 * 64**2 * np.pi / 5)
    assert red[1].any(axis=1).sum() == pytest.approx(3 * arm, abs=1)
    assert red[1, :, 32].sum() == pytest.approx(3 * arm, abs=1)
    assert not red[1, 32 - int(arm), 32 - int(arm)]
    np.testing.assert_array_equal(images[0, 0, 0], [51, 59, 71])
    np.testing.assert_array_equal(images[0, 32, 32], [230, 41, 41])


def test_an_image_is_a_function_of_its_seed_and_number():
    many, factors = data.draw_shapes(2000, seed=7)
    few, of_few = data.draw_shapes(30, seed=7)
    np.testing.assert_array_equal(few, many[:30])
    assert {n: v.tolist() for n, v in of_few.items()} == {
        n: v[:30].tolist() for n, v in factors.items()
    }
    other, _ = data.draw_shapes(30, seed=8)
    assert not (other == few).all(axis=(1, 2, 3)).any()
    # Factors are even, in their ranges, and independent.
    for name, words in shapes.NAMED.items():
        assert np.bincount(factors[name]).min() > 2000 / len(words) - 90
    for name, (low, high) in shapes.RANGES.items():
        assert low <= factors[name].min() < factors[name].max() <= high
        middle = (low + high) / 2
        assert factors[name].mean() == pytest.approx(
            middle, abs=0.03 * (high - low)
        )
    correlations = np.corrcoef(list(factors.values())) - np.eye(7)
    assert np.abs(correlations).max() < 0.09


@pytest.mark.parametrize("size", [32, (64, 48)])
def test_factors_are_found_again(size):
    images, factors = data.draw_shapes(300, seed=1, image_size=size)
    found = data.measure_shapes(images.astype(np.float32) / 255)
    assert list(found) == [*factors, "error"]
    for name in shapes.NAMED:
        np.testing.assert_array_equal(found[name], factors[name])
    for name, tolerance in (("scale", 0.005), ("x", 0.005), ("y", 0.005)):
        np.testing.assert_allclose(found[name], factors[name], atol=tolerance)
    turned = np.abs(found["rotation"] - factors["rotation"])
    assert turned.max() < 6
    assert np.sqrt(np.mean(turned**2)) < 1.2
    assert found["error"].max() < 0.2


def test_what_shows_no_form_has_no_label():
    read = data.label_reader("shapes")
    images, labels = data.load_arrays("shapes", "test[:200]")
    np.testing.assert_array_equal(read(images), labels)
    noise = np.random.default_rng(0).normal(0, 0.02, images.shape)
    noisy = np.clip(images + noise, 0, 1).astype(np.float32)
    np.testing.assert_array_equal(read(noisy), labels)
    assert (read(np.full((3, 32, 32, 3), 0.4, np.float32)) == -1).all()
    # Two forms in one image.
    halves = np.concatenate([images[:100, :, :16], images[100:, :, 16:]], 2)
    assert (read(halves) == -1).mean() > 0.9
    assert data.label_reader("digits") is None


def test_load_by_name():
    assert data.num_classes("shapes") == 30
    assert data.class_names("shapes")[:2] == ["red ellipse", "yellow ellipse"]
    assert data.is_here("shapes")
    assert data.splits("shapes") == ["train", "test"]
    images, labels = data.load_arrays("shapes", "test[:60]", image_size=16)
    assert images.shape == (60, 16, 16, 3)
    assert images.dtype == np.float32
    assert 0 <= images.min() < images.max() <= 1
    factors = data.load_factors("shapes", "test[:60]")
    assert list(factors) == data.factor_names("shapes")
    expected = [
        f"{list(shapes.COLOURS)[colour]} {shapes.FORMS[form]}"
        for form, colour in zip(factors["form"], factors["colour"])
    ]
    names = data.class_names("shapes")
    assert [names[label] for label in labels] == expected
    # A slice may start anywhere, and be longer than the split.
    later = data.load_factors("shapes", "test[40:60]")
    assert later["x"].tolist() == factors["x"][40:].tolist()
    assert len(data.load_factors("shapes", "train[:70000]")["x"]) == 70_000
    train = data.load_factors("shapes", "train")
    assert len(train["x"]) == 50_000
    assert not set(train["x"].tolist()) & set(factors["x"].tolist())
    dataset = data.load("shapes", "test[:60]", batch_size=20, labels=True)
    assert len(dataset) == 3
    assert dataset.class_names == names
    assert dataset.element_spec[0].shape == (20, 32, 32, 3)


def test_refusals():
    with pytest.raises(ValueError, match="split.*'train\\[:1000\\]'"):
        data.load_arrays("shapes", "validation")
    with pytest.raises(ValueError, match="split"):
        data.load_factors("shapes", "test[9:9]")
    with pytest.raises(ValueError, match="form.*'circle'"):
        data.draw_shapes(2, factors={"form": "circle"})
    with pytest.raises(ValueError, match="'rotation'.*'angle'"):
        data.draw_shapes(2, factors={"angle": 3})
    with pytest.raises(ValueError, match="rotation.*30"):
        data.draw_shapes(2, factors={"rotation": 90})
    with pytest.raises(ValueError, match=r"one an image.*\(3,\)"):
        data.draw_shapes(2, factors={"form": [0, 1, 2]})
    with pytest.raises(ValueError, match="in colour"):
        data.measure_shapes(np.zeros((2, 8, 8, 1), np.float32))
    with pytest.raises(ValueError, match="factors are known.*'digits'"):
        data.load_factors("digits")
