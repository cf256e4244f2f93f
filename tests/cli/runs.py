"""Small runs that are resumed."""

import contextlib

import pytest

from tests.cli.test_cli import call

SMALL = ["--set", "hidden_units=[16]", "--set", "latent_dim=3"]


def resume(folder, *words, fails=False):
    words = ["train", "vae", *SMALL, "--run-dir", folder.path, *words]
    return call(*words, "--resume", fails=fails)


@contextlib.contextmanager
def without_export():
    """A scope in which runs end with an empty export.

    One takes seconds, and those of all models are tested elsewhere.
    """

    def export(model, path):
        (path / "1").mkdir(parents=True)
        return path / "1"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kerasgen.models.GenerativeModel.export", export)
        yield


def content(folder):
    """What stands in each file."""
    return {
        path: path.read_bytes()
        for path in folder.path.rglob("*")
        if path.is_file()
    }
