"""The distribution `kerasgen` of another author is told, and no other."""

import os
import pathlib
import subprocess
import sys

import pytest

import kerasgen

CHECKOUT = pathlib.Path(kerasgen.__file__).parents[1]
# What each installs as a command, if anything.
OTHER = ""
OURS = "[console_scripts]\nkerasgen = kerasgen.cli:main\n"


def warnings_of_import(folder):
    """What `import kerasgen` writes, with a folder of installed packages."""
    # Without the packages of this environment, which may have one of the name.
    code = f"import sys; sys.path[:0] = [{str(CHECKOUT)!r}, {str(folder)!r}]\n"
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"{code}import kerasgen"],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": ""},
    )
    assert result.returncode == 0, result.stderr
    return result.stderr


@pytest.mark.parametrize(
    ("name", "version", "commands", "is_told"),
    [
        ("kerasgen", "0.1.3", OTHER, True),
        # Earlier versions of this package.
        ("kerasgen", "0.1.0.dev0", OURS, False),
        ("kerasgen_zoo", "0.2.0", OURS, False),
        ("kerasgen_tools", "1.0", OTHER, False),
    ],
)
def test_the_other_package_is_told(tmp_path, name, version, commands, is_told):
    info = tmp_path / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    )
    (info / "entry_points.txt").write_text(commands)
    found = warnings_of_import(tmp_path)
    if is_told:
        assert "`kerasgen` 0.1.3 of another author" in found
        assert "pip uninstall kerasgen" in found
        # The line that is shown is the user's.
        assert found.startswith("<string>:")
    else:
        assert not found
