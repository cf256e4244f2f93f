from PIL import Image

from kerasgen.utils import plots


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
