"""The README of a server's configuration, with requests to try."""

import json
import re

from kerasgen.serving import description
from kerasgen.serving import warmup

FILE = "README.md"
# Longer payloads of the README's requests stand in files.
_MAX_INLINE = 300

_PNG_TO_FILE = (
    " \\\n  | jq --raw-output '.outputs[0].b64' | base64 --decode > image.png"
)
_README = """\
# Serving `{name}`

Start TensorFlow Serving in this folder, by one of these:

```sh
docker compose up
```

```sh
docker run --rm -p 8500:8500 -p 8501:8501 \\
  -v "$PWD/{shell_path}:/models/{name}:ro" -v "$PWD:/config:ro" \\
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
### By rows

`generate` by rows instead of columns:

```sh
{by_rows}
```

### From Python

```python
import kerasgen

client = kerasgen.serving.Client(
    "http://localhost:8501", "{name}", label="stable"
)
images = {call}
```

## Versions

{labels}, as `models.config` says.
The requests above ask for `stable`; `labels/canary` in their addresses, or
`label="canary"`, asks for the newest. Requests without a label get the newest
version, too, from the moment that it is loaded.

```sh
curl http://localhost:8501/v1/models/{name}/labels/stable/metadata
```

The server loads every version in the folder, and reads `models.config` anew
every ten seconds. `kerasgen export --serving-config` makes a new version the
canary and leaves `stable` where it is; `--stable N` moves it. To promote a
canary or to go back without an export, edit the numbers of the labels, or call
`kerasgen.serving.write_server_config(..., stable=N)`. A label moves once its
version is loaded: until then the server goes on as before, and writes to its
log that the version is "not currently available for inference".

Each version that is kept takes its share of the server's memory.
`kerasgen export --keep N` deletes the oldest. With `--serving-config` it
refuses to delete the stable one, and spares those that a label names or has
named of late; without, it does not know which those are.

Both ways to start take the server's latest release; for `docker compose up`,
the environment variable `TENSORFLOW_SERVING_TAG` names another tag of its
image.

## Figures

Prometheus finds the server's figures at
`http://localhost:8501/monitoring/prometheus/metrics`.
"""


def texts(version, fields, flags):
    """The README and the payloads that it points to.

    Args:
        version: `pathlib.Path` of the newest version.
        fields: dict with the model's `name`, its `path` from the README's
            folder, `stable`, `canary` and `max_batch_size`.
        flags: list of str. Those of the server.

    Returns:
        dict from file to text.
    """
    name = fields["name"]
    described = description.read(version)["signatures"]
    found, sections = {}, []
    for signature, inputs in warmup.read(version):
        columns = {key: array.tolist() for key, array in inputs.items()}
        payload = _payload(signature, inputs=columns)
        data = f"'{payload}'"
        if len(payload) > _MAX_INLINE:
            file = f"requests/{signature}.json"
            found[file] = payload + "\n"
            data = f"@{file}"
        sections.append(_section(name, signature, described[signature], data))
    inputs = dict(warmup.read(version))["generate"]
    found[FILE] = _README.format(
        **fields,
        shell_path=_in_double_quotes(fields["path"]),
        labels=_labels(fields["stable"], fields["canary"]),
        flags=" \\\n".join(f"  {flag}" for flag in flags),
        requests="\n".join(sections),
        by_rows=_by_rows(name, inputs),
        call=_client_call(inputs),
    )
    return found


def _labels(stable, canary):
    if stable == canary:
        return f"`stable` and `canary`, the newest, are both version {canary}"
    return (
        f"`stable` is version {stable} and `canary`, the newest, version "
        f"{canary}"
    )


def _in_double_quotes(text):
    """Text to stand between double quotes of a shell."""
    text = re.sub(r'[\\"$`]', r"\\\g<0>", text)
    # A backslash would stay before this one, which recalls former commands.
    return text.replace("!", "\"'!'\"")


def _section(name, signature, described, data):
    """What a signature is for, its fields, and a request to it."""
    lines = [f"### `{signature}`\n", f"{described['description']}\n"]
    for kind in ("inputs", "outputs"):
        for key, field in described[kind].items():
            sizes = ["n" if s is None else str(s) for s in field["shape"]]
            lines.append(
                f"- {kind[:-1]} `{key}`: {field['dtype']} "
                f"({', '.join(sizes)}), {field['description']}"
            )
    to_file = _PNG_TO_FILE if signature == "generate_png" else ""
    lines.append(f"\n```sh\n{_curl(name, data)}{to_file}\n```\n")
    return "\n".join(lines)


def _curl(name, data):
    address = f"http://localhost:8501/v1/models/{name}/labels/stable:predict"
    return f"curl {address} \\\n  -d {data}"


def _by_rows(name, inputs):
    """`generate` in the row format of TensorFlow Serving."""
    row = {key: array[0].tolist() for key, array in inputs.items()}
    return _curl(name, f"'{_payload('generate', instances=[row])}'")


def _client_call(inputs):
    labels = ", labels=0" if "labels" in inputs else ""
    return f"client.generate(16, seed=0{labels})"


def _payload(signature, **rows):
    return json.dumps({"signature_name": signature, **rows})
