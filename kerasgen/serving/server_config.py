"""What a TensorFlow Serving server needs besides the models."""

import json
import os
import pathlib
import re

from kerasgen.serving import description
from kerasgen.serving import warmup
from kerasgen.serving.versions import versions
from kerasgen.utils import files

MAX_BATCH_SIZE = 64
# Longer payloads of the README's requests stand in files.
_MAX_INLINE = 300

_PNG_TO_FILE = (
    " \\\n  | jq --raw-output '.outputs[0].b64' | base64 --decode > image.png"
)
_MODELS = """\
# Versions and labels change together, when the server reads this file anew.
model_config_list {{
  config {{
    name: "{name}"
    base_path: "/models/{name}"
    model_platform: "tensorflow"
    model_version_policy {{ specific {{ {served} }} }}
    version_labels {{ key: "stable" value: {stable} }}
    version_labels {{ key: "canary" value: {canary} }}
  }}
}}
"""
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
      - "{path}:/models/{name}:ro"
      - "./:/config:ro"
    command:
{flags}
"""
_README = """\
# Serving `{name}`

Start TensorFlow Serving in this folder, by one of these:

```sh
docker compose up
```

```sh
docker run --rm -p 8500:8500 -p 8501:8501 \\
  -v "$PWD/{path}:/models/{name}:ro" -v "$PWD:/config:ro" \\
  tensorflow/serving \\
{flags}
```

REST is at port 8501, gRPC at 8500. Is it there?

```sh
curl http://localhost:8501/v1/models/{name}
```

## Requests

Each is for one row; inputs of several rows are lists of them, up to
{max_batch_size} at a time. Those with long inputs stand in `requests/`.

{requests}
The same by rows instead of columns:

```sh
{by_rows}
```

From Python:

```python
import kerasgen

client = kerasgen.serving.Client("http://localhost:8501", "{name}")
images = {call}
```

## Versions

`stable` is version {stable} and `canary`, the newest, version {canary}, as
`models.config` says; the server reads it anew every ten seconds.
`kerasgen export --serving-config` makes a new version the canary and leaves
`stable` where it is; `--stable N` moves it. To promote a canary or to roll back
without an export, edit `models.config`: `versions` are those of the labels.

```sh
curl http://localhost:8501/v1/models/{name}/labels/stable/metadata
```

Prometheus finds the server's figures at
`http://localhost:8501/monitoring/prometheus/metrics`.
"""


def write_server_config(folder, path, name=None, stable=None):
    """Writes a folder that TensorFlow Serving is started from.

    It has `models.config` (with the labels `canary`, the newest version, and
    `stable`), `batching.config`, `monitoring.config` (Prometheus),
    `docker-compose.yml`, and a `README.md` with requests to try.

    Args:
        folder: str or `pathlib.Path`.
        path: str or `pathlib.Path`. Folder of the model's versions.
        name: str. What clients call the model. Defaults to the name of `path`.
        stable: int. The version that is `stable`. Defaults to the one that is
            so in `folder`, and at first to the one before the newest.

    Returns:
        `pathlib.Path` of the README.

    Raises:
        FileNotFoundError: if `path` has no versions, or not the stable one.
        ValueError: if the newest version was not written by `export`, or
            `name` has other than letters, digits, `_`, `-` and `.`.

    Example:

    ```python
    model.export("exports/vae_mnist")
    kerasgen.serving.write_server_config("serving", "exports/vae_mnist")
    ```
    """
    folder, path = pathlib.Path(folder), pathlib.Path(path).resolve()
    name = name or path.name
    check_name(name)
    found = versions(path)
    if not found:
        raise FileNotFoundError(
            f"Argument `path` must be a folder of versions, as `export` writes "
            f"them. Received: path={path}, which has none."
        )
    canary = max(found)
    if stable is None:
        stable = stable_version(folder) or list(found)[-2:][0]
    if stable not in found:
        raise FileNotFoundError(
            f"Argument `stable` must be one of the versions in {path}, "
            f"{', '.join(map(str, found))}. Received: stable={stable}."
        )
    relative = pathlib.PurePath(os.path.relpath(path, folder.resolve()))
    fields = {
        "name": name,
        # Compose takes a name without a dot for a volume of its own.
        "path": f"./{relative.as_posix()}",
        "canary": canary,
        "stable": stable,
        "served": " ".join(f"versions: {v}" for v in sorted({stable, canary})),
        "max_batch_size": MAX_BATCH_SIZE,
    }
    newest = found[canary]
    if description.read(newest) is None:
        raise ValueError(
            f"{newest} was not written by kerasgen, and says too little of "
            "itself for requests to it to be shown."
        )
    texts = {
        "models.config": _MODELS.format(**fields),
        "batching.config": _BATCHING.format(**fields),
        "monitoring.config": _MONITORING,
        "docker-compose.yml": _COMPOSE.format(
            **fields, flags="\n".join(f"      - {flag}" for flag in _FLAGS)
        ),
    }
    requests, payloads = _requests(newest, name)
    texts |= payloads
    texts["README.md"] = _README.format(
        **fields,
        flags=" \\\n".join(f"  {flag}" for flag in _FLAGS),
        requests=requests,
        by_rows=_by_rows(newest, name),
        call=_client_call(newest),
    )
    for file, text in texts.items():
        with files.atomic_path(folder / file) as scratch:
            scratch.write_text(text)
    return folder / "README.md"


def check_name(name):
    """Raises for what cannot be a model's name on a server."""
    if not re.fullmatch(r"[\w.-]+", name, re.ASCII):
        raise ValueError(
            "Argument `name` must be letters, digits, '_', '-' and '.', as it "
            f"is part of addresses. Received: name={name!r}."
        )


def stable_version(folder):
    """The version that is `stable` in a written configuration, or `None`."""
    file = pathlib.Path(folder) / "models.config"
    if not file.is_file():
        return None
    found = re.search(r'key: "stable" value: (\d+)', file.read_text())
    return int(found[1]) if found else None


def _requests(version, name):
    """A section for each signature, and the files of long payloads."""
    described = description.read(version)["signatures"]
    sections, payloads = [], {}
    for signature, inputs in warmup.read(version):
        payload = _json(
            {
                "signature_name": signature,
                "inputs": {key: a.tolist() for key, a in inputs.items()},
            }
        )
        if len(payload) > _MAX_INLINE:
            file = f"requests/{signature}.json"
            payloads[file] = payload + "\n"
            data = f"@{file}"
        else:
            data = f"'{payload}'"
        of = described[signature]
        lines = [f"### `{signature}`\n", f"{of['description']}\n"]
        for kind in ("inputs", "outputs"):
            for key, field in of[kind].items():
                shape = ", ".join(
                    "n" if s is None else str(s) for s in field["shape"]
                )
                lines.append(
                    f"- {kind[:-1]} `{key}`: {field['dtype']} ({shape}), "
                    f"{field['description']}"
                )
        to_file = ""
        if signature == "generate_png":
            to_file = _PNG_TO_FILE
        lines.append(f"\n```sh\n{_curl(name, data)}{to_file}\n```\n")
        sections.append("\n".join(lines))
    return "\n".join(sections), payloads


def _curl(name, data):
    return (
        f"curl http://localhost:8501/v1/models/{name}:predict \\\n  -d {data}"
    )


def _by_rows(version, name):
    """`generate` in the row format of TensorFlow Serving."""
    inputs = dict(warmup.read(version))["generate"]
    row = {key: array[0].tolist() for key, array in inputs.items()}
    payload = {"signature_name": "generate", "instances": [row]}
    return _curl(name, f"'{_json(payload)}'")


def _client_call(version):
    inputs = dict(warmup.read(version))["generate"]
    labels = ", labels=0" if "labels" in inputs else ""
    return f"client.generate(16, seed=0{labels})"


def _json(value):
    return json.dumps(value, separators=(", ", ": "))
