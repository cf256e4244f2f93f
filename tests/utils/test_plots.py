import numpy as np
from PIL import Image

from kerasgen.utils import plots


def test_history_is_read_without_empty_columns(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,loss,val_loss,val_other\n0,2.5,NA,NA\n1,2,3,NA\n")
    history = plots.read_history(path)
    assert list(history) == ["epoch", "loss", "val_loss"]
    assert history["loss"] == [2.5, 2.0]
    np.testing.assert_array_equal(history["val_loss"], [np.nan, 3.0])
    path.write_text("")
    assert plots.read_history(path) == {}


def test_curves_have_a_panel_a_metric(tmp_path):
    history = {
        "epoch": [0, 1],
        "loss": [3, 2],
        "val_loss": [3, 3],
        "kl_loss": [1, 1],
    }
    plots.save_loss_curves(tmp_path / "it.png", history)
    width, height = Image.open(tmp_path / "it.png").size
    assert (width, height) == (2 * 540, 432)
