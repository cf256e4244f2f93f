"""Small runs that are resumed."""

from tests.cli.test_cli import call

SMALL = ["--set", "hidden_units=[16]", "--set", "latent_dim=3"]


def resume(folder, *words, fails=False):
    words = ["train", "vae", *SMALL, "--run-dir", folder.path, *words]
    return call(*words, "--resume", fails=fails)


def content(folder):
    """What stands in each file."""
    return {
        path: path.read_bytes()
        for path in folder.path.rglob("*")
        if path.is_file()
    }
