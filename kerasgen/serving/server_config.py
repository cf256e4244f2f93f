"""What a TensorFlow Serving server needs besides the models."""

import json
import os
import pathlib
import re
from collections.abc import Sequence

from kerasgen.serving import configurations
from kerasgen.serving import description
from kerasgen.serving import models_config
from kerasgen.serving import server_readme
from kerasgen.serving.versions import versions
from kerasgen.utils import files
from kerasgen.utils.locks import FolderLock

MAX_BATCH_SIZE = 64
_BATCHING = """\
# Requests that arrive within a millisecond are computed together.
max_batch_size {{ value: {max_batch_size} }}
batch_timeout_micros {{ value: 1000 }}
num_batch_threads {{ value: 4 }}
max_enqueued_batches {{ value: 256 }}
"""
_MONITORING = """\
prometheus_config { enable: true path: "/monitoring/prometheus/metrics" }
"""
_FLAGS = (
    "--model_config_file=/config/models.config",
    "--model_config_file_poll_wait_seconds=10",
    "--allow_version_labels_for_unavailable_models=true",
    "--enable_batching=true",
    "--batching_parameters_file=/config/batching.config",
    "--monitoring_config_file=/config/monitoring.config",
)
_COMPOSE = """\
services:
  tensorflow-serving:
    image: tensorflow/serving:${{TENSORFLOW_SERVING_TAG:-latest}}
    restart: unless-stopped
    ports:
      - "8500:8500"  # gRPC
      - "8501:8501"  # REST
    volumes:
      - {volume}
      - "./:/config:ro"
    command:
{flags}
"""


def write_server_config(
    folder: str | os.PathLike[str],
    path: str | os.PathLike[str],
    name: str | None = None,
    stable: int | None = None,
) -> pathlib.Path:
    """Writes a folder that TensorFlow Serving is started from.

    It has `models.config` (all versions in `path`, with the labels `canary`,
    the newest, and `stable`), `batching.config`, `monitoring.config`
    (Prometheus), `docker-compose.yml`, and a `README.md` with requests to try.
    A running server takes a new configuration within seconds. A hidden file in
    `path` notes where the configuration is: `export` leaves the versions that
    it names.

    Args:
        folder: str or `pathlib.Path`.
        path: str or `pathlib.Path`. Folder of the model's versions.
        name: str. What clients call the model. Defaults to the name of `path`.
        stable: int. The version that is `stable`. Defaults to the one that is
            so in `folder`, and at first to the one before the newest, or to
            the only one.

    Returns:
        `pathlib.Path` of the README.

    Raises:
        FileNotFoundError: if `path` has no versions, or not the stable one.
        ValueError: if the newest version was not written by `export`, `name`
            has other than letters, digits, `_`, `-` and `.`, `folder` or
            `path` has a colon, or the labels in `folder` cannot be read.
        BlockingIOError: if another process is writing to `folder`.

    Example:

    ```python
    model.export("exports/vae_mnist")
    kerasgen.serving.write_server_config("serving", "exports/vae_mnist")
    ```
    """
    folder, path = pathlib.Path(folder), pathlib.Path(path).resolve()
    name = name or path.name
    check_name(name)
    check_paths(folder, path)
    with lock(folder):
        _write(folder, path, name, stable)
    return folder / server_readme.FILE


def _write(folder, path, name, stable):
    found = versions(path)
    if not found:
        raise FileNotFoundError(
            f"Argument `path` must be a folder of versions, as `export` writes "
            f"them. Received: path={path}, which has none."
        )
    canary = max(found)
    if description.read(found[canary]) is None:
        raise ValueError(
            f"{found[canary]} was not written by kerasgen, and says too little "
            "of itself for requests to it to be shown."
        )
    fields = {
        "name": name,
        "path": pathlib.Path(
            os.path.relpath(path, folder.resolve())
        ).as_posix(),
        "canary": canary,
        "stable": stable_version(folder, found, stable),
        "max_batch_size": MAX_BATCH_SIZE,
    }
    # Before there are labels that a deletion must know of.
    configurations.remember(path, folder)
    texts = _configuration(folder, fields)
    texts |= server_readme.texts(found[canary], fields, _FLAGS)
    for file, text in texts.items():
        with files.atomic_path(folder / file) as scratch:
            scratch.write_text(text, encoding="utf-8")


def lock(folder: str | os.PathLike[str]) -> FolderLock:
    """A lock of a configuration, without which its labels may move."""
    return FolderLock(folder, "a server's configuration")


def _configuration(folder, fields):
    """What the server itself reads, and Compose: texts by file."""
    # Compose takes a name without a dot for a volume of its own, and reads
    # variables after a dollar sign.
    is_above = fields["path"].startswith("../")
    path = ("" if is_above else "./") + fields["path"].replace("$", "$$")
    return {
        models_config.FILE: models_config.text(
            folder, fields["name"], fields["stable"], fields["canary"]
        ),
        "batching.config": _BATCHING.format(**fields),
        "monitoring.config": _MONITORING,
        "docker-compose.yml": _COMPOSE.format(
            # JSON's strings are YAML's, too.
            volume=json.dumps(
                f"{path}:/models/{fields['name']}:ro", ensure_ascii=False
            ),
            flags="\n".join(f"      - {flag}" for flag in _FLAGS),
        ),
    }


def check_name(name: str) -> None:
    """Raises for what cannot be a model's name on a server."""
    if not re.fullmatch(r"[\w.-]+", name, re.ASCII):
        raise ValueError(
            "Argument `name` must be letters, digits, '_', '-' and '.', as it "
            f"is part of addresses. Received: name={name!r}."
        )


def check_paths(
    folder: str | os.PathLike[str], path: str | os.PathLike[str]
) -> None:
    """Raises for paths that Docker does not take."""
    for name, value in (("folder", folder), ("path", path)):
        value = pathlib.Path(value).resolve()
        if ":" in str(value):
            raise ValueError(
                f"Argument `{name}` must be a path without ':', which Docker "
                f"takes for the end of one. Received: {value}. Rename what has "
                "it."
            )


def stable_version(
    folder: str | os.PathLike[str],
    numbers: Sequence[int],
    stable: int | None = None,
) -> int:
    """Which version is to be `stable`.

    Args:
        folder: str or `pathlib.Path`. Of the configuration.
        numbers: the versions there are, or will be, ints.
        stable: int. The one that is asked for.

    Returns:
        int. Where none is asked for, the one that is so in `folder`, and at
        first the one before the newest, or the only one.

    Raises:
        FileNotFoundError: if it is none of the versions.
    """
    source = ""
    if stable is None:
        stable = models_config.labels(folder).get("stable")
        source = f" from {pathlib.Path(folder) / models_config.FILE}"
    if stable is None:
        return sorted(numbers)[-2:][0]
    if stable not in numbers:
        raise FileNotFoundError(
            "Argument `stable` must be one of the versions "
            f"{', '.join(map(str, sorted(numbers)))}. Received: "
            f"stable={stable}{source}. Choose one of them."
        )
    return stable
