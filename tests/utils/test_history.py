import numpy as np
import pytest

from kerasgen.utils import history


def test_history_is_read_without_empty_columns(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,loss,val_loss,val_other\n0,2.5,NA,NA\n1,2,3,NA\n")
    columns = history.read_history(path)
    assert list(columns) == ["epoch", "loss", "val_loss"]
    assert columns["loss"] == [2.5, 2.0]
    np.testing.assert_array_equal(columns["val_loss"], [np.nan, 3.0])
    path.write_text("")
    assert history.read_history(path) == {}


def test_there_need_be_no_history(tmp_path):
    assert history.read_history(tmp_path / "history.csv") == {}
    assert history.keep_epochs_before(tmp_path / "history.csv", 3) == []


def test_a_row_without_an_end_counts_as_none(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,loss\n0,2.5\n1,2")
    assert history.read_history(path) == {"epoch": [0.0], "loss": [2.5]}


def test_values_that_are_lists_are_one_column(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text('epoch,matrix\n0,"[1, 2]"\n1,"[3, 4]"\n')
    assert history.keep_epochs_before(path, 1) == ["epoch", "matrix"]
    assert path.read_text() == 'epoch,matrix\n0,"[1, 2]"\n'


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"epoch,loss\n0,1\nsix,1\n", "line 3"),
        (b"epoch,loss\n0,1\n1\n2,1\n", "line 3"),
        (b"epoch,loss\n0,1\n\n2,1\n", "line 3"),
        (b"epoch,loss\n0,1\n" + bytes(8) + b"\n2,1\n", "line 3"),
        (b"epoch,loss\n\xff\xfe,1\n", "line 2"),
        (b"epoch,loss\n0,1,2\n", "line 2"),
        (b"0,1\n1,1\n", "line 1"),
        (bytes(40), "line 1"),
        (b"\x89PNG\r\n\x1a\n", "line 1"),
    ],
)
def test_damage_is_told_and_nothing_is_changed(tmp_path, content, place):
    path = tmp_path / "history.csv"
    path.write_bytes(content)
    for function in (
        history.read_history,
        lambda path: history.keep_epochs_before(path, 1),
    ):
        with pytest.raises(ValueError, match="history.csv is damaged") as error:
            function(path)
        assert place in str(error.value)
        assert "move it away" in str(error.value)
    assert path.read_bytes() == content


def test_what_is_no_number_is_told(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,loss\n0,1\n1,two\n")
    with pytest.raises(ValueError, match="'two' is no number"):
        history.read_history(path)


def test_epochs_that_are_missing_are_told(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,loss\n0,1.0\n1,0.5\n")
    with pytest.warns(UserWarning, match="no numbers of epochs 3 to 5"):
        history.keep_epochs_before(path, 5)
    assert path.read_text().splitlines()[-1] == "1,0.5"
