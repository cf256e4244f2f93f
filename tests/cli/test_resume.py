"""What `--resume` keeps, refuses and ends, whatever the folder holds."""

import errno
import shlex
import shutil

import keras
import numpy as np
import pytest
from PIL import Image

from kerasgen.callbacks import latest_checkpoint
from kerasgen.cli import training
from kerasgen.cli.settings import command_of
from kerasgen.cli.settings import gather
from kerasgen.utils import files
from kerasgen.utils import history
from kerasgen.utils.locks import FILE as LOCK
from tests.cli.runs import content
from tests.cli.runs import resume
from tests.cli.test_cli import call


def damage_checkpoints(folder):
    for path in folder.checkpoints.iterdir():
        path.write_bytes(b"")


def remove_checkpoints(folder):
    shutil.rmtree(folder.checkpoints)


# === Nothing is lost ===


@pytest.mark.filterwarnings("ignore::kerasgen.callbacks.CheckpointWarning")
@pytest.mark.parametrize("harm", [remove_checkpoints, damage_checkpoints])
@pytest.mark.parametrize("state", ["finished", "stopped"])
def test_without_a_checkpoint_nothing_is_deleted(harm, state, request):
    folder = request.getfixturevalue(state)
    harm(folder)
    before = content(folder)
    error = resume(folder, "--epochs", 4, fails=True)
    for words in ("no whole checkpoint", "--overwrite", "history.csv"):
        assert words in error
    assert ("model.keras" in error) == (state == "finished")
    assert content(folder) == before


def test_a_run_that_has_nothing_starts_anew(stopped, no_export):
    for path in (stopped.checkpoints, stopped.sample_grids):
        shutil.rmtree(path)
    stopped.history.write_text("")
    assert "epochs 1 to 1" in resume(stopped, "--epochs", 1)


@pytest.mark.filterwarnings("ignore::kerasgen.callbacks.CheckpointWarning")
def test_the_older_checkpoint_is_used(finished, no_export):
    """Beside a link to nothing, a folder, and nothing but zeros."""
    newest = finished.checkpoints / "epoch_0003.keras"
    newest.symlink_to("nowhere")
    (finished.checkpoints / "epoch_0004.keras").mkdir()
    (finished.checkpoints / "epoch_0005.keras").write_bytes(bytes(1000))
    (finished.checkpoints / "epoch_0004.keras" / "mine").write_text("mine")
    assert "epochs 3 to 4" in resume(finished, "--epochs", 4)
    assert latest_checkpoint(finished.checkpoints)[1] == 4
    assert not newest.is_symlink()
    aside = finished.checkpoints / "epoch_0004.keras.folder"
    assert (aside / "mine").read_text() == "mine"


def test_what_a_killed_process_has_left_goes(finished):
    before = content(finished)
    for folder in (finished.path, finished.checkpoints, finished.export):
        (folder / LOCK).write_text("{")
    assert "already" in resume(finished, "--epochs", 2)
    assert content(finished) == before


# === The end of a run ===


@pytest.mark.parametrize("epochs", [1, 2])
def test_a_stopped_run_is_ended_as_it_is(stopped, no_export, epochs):
    # An epoch without a checkpoint.
    row = stopped.history.read_bytes().splitlines(keepends=True)[-1]
    with open(stopped.history, "ab") as stream:
        stream.write(b"2" + row[1:])
    assert "Done" in resume(stopped, "--epochs", epochs)
    assert stopped.is_finished()
    assert stopped.losses.exists()
    assert stopped.record()["settings"]["epochs"] == 2
    assert history.read_history(stopped.history)["epoch"] == [0, 1]
    path, _ = latest_checkpoint(stopped.checkpoints)
    model, kept = map(keras.saving.load_model, (stopped.model, path))
    for a, b in zip(model.weights, kept.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    assert "already" in resume(stopped)


def test_a_run_without_a_history_is_ended_too(stopped, no_export):
    stopped.history.unlink()
    assert "Done" in resume(stopped, "--epochs", 2)
    assert stopped.is_finished()


def test_a_run_is_trained_less_than_planned(stopped, no_export):
    assert "epochs 3 to 3," in resume(stopped, "--epochs", 3)
    assert stopped.record()["settings"]["epochs"] == 3


def killed(monkeypatch, folder, *words):
    """A run that is trained longer, and killed before its results."""
    with monkeypatch.context() as patch:
        patch.setattr(training, "_write_results", lambda *_: None)
        resume(folder, *words)


def test_results_stay_until_there_are_new_ones(
    finished, no_export, monkeypatch
):
    results = (finished.model, finished.samples, *finished.export.rglob("*"))
    before = {path: path.read_bytes() for path in results if path.is_file()}
    killed(monkeypatch, finished, "--epochs", 3)
    assert {path: path.read_bytes() for path in before} == before
    assert not finished.is_finished()
    for command in ("generate", "reconstruct", "embed", "check-export"):
        output = call(command, finished.path)
        assert "2 of 3 epochs" in output
        assert f"--run-dir {finished.path} --resume" in output
    # All epochs are trained; their results are not written.
    assert "Done" in resume(finished)
    assert finished.is_finished()
    assert finished.model.read_bytes() != before[finished.model]
    # Of the double of an export.
    assert not list((finished.export / "1").iterdir())
    output = call("reconstruct", finished.path)
    assert "epochs" not in output
    assert "3 epochs already" in resume(finished)


def test_a_failed_end_leaves_the_results(finished, monkeypatch):
    def export(model, path):
        raise OSError(errno.ENOSPC, "full")

    before = content(finished)
    monkeypatch.setattr("kerasgen.VAE.export", export)
    resume(finished, "--epochs", 3, fails=True)
    after = content(finished)
    for path in before:
        if path == finished.model or finished.export in path.parents:
            assert after[path] == before[path]
    assert not finished.is_finished()


def test_versions_of_the_user_stay(finished, monkeypatch):
    def export(model, path):
        new = path / "3"
        new.mkdir()
        return new

    monkeypatch.setattr("kerasgen.VAE.export", export)
    shutil.copytree(finished.export / "1", finished.export / "2")
    before = content(finished)
    assert str(finished.export / "3") in resume(finished, "--epochs", 3)
    after = content(finished)
    for path in before:
        if finished.export in path.parents:
            assert after[path] == before[path]
    assert finished.is_finished()


def test_epochs_that_are_dropped_leave_no_trace(
    stopped, no_export, monkeypatch
):
    """Neither a grid of samples, nor a learning rate."""
    rate = stopped.record()["settings"]["learning_rate"]
    record = stopped.record()
    record["settings"]["learning_rate"] = 0.5
    record["learning_rates"].append({"from_epoch": 3, "value": 0.5})
    files.write_json(stopped.config, record)
    grids = sorted(stopped.sample_grids.glob("epoch_*.png"))
    for name in ("epoch_0003.png", "epoch_10000.png"):
        shutil.copy(grids[-1], stopped.sample_grids / name)
    assert "Done" in resume(stopped, "--epochs", 2)
    record = stopped.record()
    assert record["learning_rates"] == [{"from_epoch": 1, "value": rate}]
    assert record["settings"]["learning_rate"] == rate
    assert sorted(stopped.sample_grids.glob("epoch_*.png")) == grids
    with Image.open(stopped.animation) as image:
        assert image.n_frames == len(grids)


def test_without_epochs_the_run_s_own_are_trained(stopped, no_export):
    """Not those of the recipe."""
    assert "epochs 3 to 4," in resume(stopped)


def test_an_end_does_not_shorten_a_finished_run(finished):
    before = content(finished)
    assert "2 epochs already" in resume(finished, "--epochs", 1)
    assert content(finished) == before


def test_another_learning_rate_is_recorded(stopped, no_export, monkeypatch):
    faster = ["--set", "learning_rate=0.005"]

    def rates_of(folder):
        path, _ = latest_checkpoint(folder.checkpoints)
        model = keras.saving.load_model(path)
        return [float(each.learning_rate) for each in model.optimizers]

    before = stopped.record()["settings"]["learning_rate"]
    first = {"from_epoch": 1, "value": before}
    assert stopped.record()["learning_rates"] == [first]
    with monkeypatch.context() as patch:
        patch.setattr(training, "_write_results", lambda *_: None)
        resume(stopped, "--epochs", 3, *faster)
        assert rates_of(stopped) == [pytest.approx(0.005)]
        second = {"from_epoch": 3, "value": 0.005}
        assert stopped.record()["learning_rates"] == [first, second]
        # The run's own from now on, unless it is said.
        resume(stopped, "--epochs", 4)
        assert rates_of(stopped) == [pytest.approx(0.005)]
        assert stopped.record()["learning_rates"] == [first, second]
        assert stopped.record()["settings"]["learning_rate"] == 0.005
        # Nothing is trained with another.
        resume(stopped, "--epochs", 4, "--set", "learning_rate=0.1")
    assert stopped.record()["learning_rates"] == [first, second]
    assert stopped.record()["settings"]["learning_rate"] == 0.005


@pytest.mark.parametrize(
    "value", ["-1", "fast", "0", "True", "inf", "nan", "1e999"]
)
def test_a_learning_rate_that_is_none(stopped, value):
    before = content(stopped)
    error = resume(stopped, "--set", f"learning_rate={value}", fails=True)
    assert "learning_rate" in error
    assert content(stopped) == before


# === The command that goes on ===


@pytest.mark.parametrize(
    "command",
    [
        ["generate"],
        ["reconstruct"],
        ["evaluate"],
        ["embed"],
        ["cluster"],
        ["interpolate"],
        ["inpaint"],
        ["anomalies", "--normal", "0-4"],
        ["playground"],
        ["check-export"],
        ["export"],
    ],
)
def test_commands_name_what_finishes_a_run(stopped, command, tmp_path):
    name, *options = command
    if name == "export":
        options = [tmp_path / "exports"]
    error = call(name, stopped.path, *options, fails=True)
    assert "2 of 4 epochs" in error
    assert "--epochs 2" in error
    command = (
        "kerasgen train vae --dataset digits --set latent_dim=3 --set "
        f"'hidden_units=[16]' --run-dir {stopped.path} --resume"
    )
    assert command in error
    assert not (tmp_path / "exports").exists()


@pytest.mark.parametrize(
    "changed", [{"dataset": "gone/photos"}, {"model": "of_another_version"}]
)
def test_a_run_whose_data_are_gone_is_still_told(stopped, changed):
    record = stopped.record()
    record["settings"] |= changed
    files.write_json(stopped.config, record)
    settings = record["settings"]
    for name in ("generate", "embed", "playground"):
        error = call(name, stopped.path, fails=True)
        assert "2 of 4 epochs" in error
        assert (
            f"kerasgen train {settings['model']} --dataset "
            f"{settings['dataset']} --run-dir {stopped.path} --resume" in error
        )
        # What stands in the way.
        assert f"'{next(iter(changed.values()))}'" in error


@pytest.mark.parametrize(
    ("model", "dataset", "sizes", "assignments"),
    [
        ("vae", "digits", (None, None, 0), []),
        ("gan", "mnist", (16, 32, 5), ["network=dcgan", "filters=4"]),
        ("dcgan", "photos/my cat", (32, None, 0), ["learning_rate=0.1"]),
        ("vqvae", "digits", (None, 8, 0), ["num_embeddings=7"]),
        ("infogan", "digits", (None, None, 1), []),
        ("vae", "digits", ("30x50", None, 0), ["network=dcgan"]),
    ],
)
def test_the_command_gives_the_same_settings(
    model, dataset, sizes, assignments, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos" / "my cat").mkdir(parents=True)
    image_size, batch_size, seed = sizes
    settings = gather(
        model, dataset, image_size, 9, batch_size, seed, assignments
    )
    settings.arguments["dtype"] = "mixed_bfloat16"
    words = shlex.split(command_of(settings.flat(), "runs/my run"))
    assert words[:5] == ["kerasgen", "train", model, "--dataset", dataset]
    assert words[-3:] == ["--run-dir", "runs/my run", "--resume"]
    options = list(zip(words[5:-3:2], words[6:-3:2], strict=True))
    given = dict(options)
    again = gather(
        model,
        dataset,
        given.get("--image-size"),
        9,
        int(given["--batch-size"]) if "--batch-size" in given else None,
        int(given.get("--seed", 0)),
        [value for name, value in options if name == "--set"],
    )
    again.arguments["dtype"] = f"mixed_{given['--precision']}"
    again.learning_rate = settings.learning_rate
    assert again.flat() == settings.flat()
