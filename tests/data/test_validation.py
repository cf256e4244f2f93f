"""What is taken for images, and how the rest is refused."""

import numpy as np
import pytest

from kerasgen.data import from_arrays
from kerasgen.data.kinds import Rows
from kerasgen.data.validation import as_array
from kerasgen.data.validation import check_images
from kerasgen.data.validation import check_latents
from kerasgen.data.validation import check_rows
from kerasgen.data.validation import float_images

IMAGES = np.random.default_rng(0).random((4, 3, 5, 1), "float32")
BYTES = np.arange(60, dtype=np.uint8).reshape(4, 3, 5, 1)


class Table:
    """What a data frame shows to numpy: columns of any kinds."""

    def __init__(self, **columns):
        self.columns = list(columns)
        self._columns = list(columns.values())

    def __array__(self, dtype=None, copy=None):
        return np.array(list(zip(*self._columns)), dtype or object)


def test_bytes_stay_bytes_until_they_are_used():
    assert check_images(BYTES) is BYTES
    found = float_images(BYTES)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, BYTES.astype("float32") / 255)
    for batch in from_arrays(BYTES, batch_size=3, shuffle=False):
        assert batch.dtype == "float32"
        assert 0 < float(np.max(batch)) < 0.2314
    first = next(iter(from_arrays(BYTES, batch_size=4, shuffle=False)))
    np.testing.assert_allclose(first, found, rtol=1e-6)


def test_bytes_that_end_at_one_are_refused():
    binary = (IMAGES > 0.5).astype("uint8")
    with pytest.raises(ValueError, match="uint8.*no value above.*float32"):
        check_images(binary)


@pytest.mark.parametrize(
    ("images", "remedy"),
    [
        (IMAGES / IMAGES.max() * 1.00001, r"np\.clip\(x, 0, 1\)"),
        (IMAGES * 1.05, r"np\.clip"),
        (IMAGES * 1.05 - 0.04, r"np\.clip"),
        (IMAGES * 255, r"x / 255"),
        (IMAGES * 65535, r"x / 65535"),
        (IMAGES * 2 - 1, r"\(x \+ 1\) / 2"),
        (BYTES.astype("int64"), r"'uint8'"),
        (IMAGES > 0.5, r"'float32'"),
        (IMAGES.astype("float64") * 1e300, "finite"),
    ],
)
def test_the_remedy_fits_the_range(images, remedy):
    with pytest.raises(ValueError, match=f"`x` must.*Received.*{remedy}"):
        check_images(images, name="x")


def test_rows_of_any_numbers_are_taken():
    rows = [[1, 2], [300, -4]]
    for kind in ("int64", "float64", "int16", "float32"):
        found = check_rows(np.array(rows, kind), 2)
        assert found.dtype.kind == "f"
        np.testing.assert_array_equal(found, rows)
    # Of rows, bytes are numbers and no pixels.
    found = Rows(2).checked_input(np.array([[0, 1], [2, 255]], np.uint8), "x")
    np.testing.assert_array_equal(found, [[0, 1], [2, 255]])
    assert found.dtype == np.float32
    (batch,) = from_arrays(np.array([[0, 1], [2, 255]], np.uint8), shuffle=0)
    np.testing.assert_array_equal(batch, [[0, 1], [2, 255]])


def test_latents_are_numbers_too():
    found = check_latents(np.arange(12).reshape(2, 2, 1, 3), (2, 1, 3))
    assert found.dtype == np.float32
    assert found.shape == (2, 2, 1, 3)
    with pytest.raises(ValueError, match="latents.*shape"):
        check_latents(np.zeros((2, 4)), (3,))


def test_tables_of_numbers_are_rows():
    table = Table(a=[1, 2], b=[0.5, None], c=[True, False])
    np.testing.assert_array_equal(
        as_array(table), np.array([[1, 0.5, 1], [2, np.nan, 0]], "float32")
    )
    with pytest.raises(ValueError, match="`x` must be finite"):
        check_rows(table, 3, "x")


@pytest.mark.parametrize(
    ("table", "received"),
    [
        (Table(age=[1, 2], name=["1", "2"]), "text in column name"),
        (Table(age=[1, 2], name=[b"a", 3]), "text in column name"),
        (Table(age=[1, 2], more=[object(), 3]), "values that are none"),
        ([["1", "2"]], "text in column 0, 1"),
    ],
)
def test_columns_of_text_are_named(table, received):
    with pytest.raises(ValueError, match=f"`x` must hold numbers.*{received}"):
        check_rows(table, 2, "x")


def test_data_frames_of_pandas():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})
    np.testing.assert_array_equal(check_rows(frame, 2), [[1, 0.5], [2, 1.5]])
    frame["c"] = pandas.array([1, None], dtype="Int64")
    with pytest.raises(ValueError, match="missing"):
        check_rows(frame, 3)
    frame["c"] = ["x", "y"]
    with pytest.raises(ValueError, match="column c"):
        check_rows(frame, 3)
