"""The README of a server's configuration, with requests to try."""

import json
import re

from kerasgen.serving import description
from kerasgen.serving import kinds
from kerasgen.serving import signature_specs
from kerasgen.serving import warmup
from kerasgen.serving.saved_model import SavedModel

FILE = "README.md"
_DEFAULT = "serving_default"
# Inputs that a client completes by itself.
_SHORT = ("labels", "seeds")
# Longer payloads of the README's requests stand in files.
_MAX_INLINE = 300

_TO_FILE = (
    " \\\n  | jq --raw-output '.outputs[0].b64' | base64 --decode > {file}"
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

`{first}` by rows instead of columns:

```sh
{by_rows}
```

### From Python

```python
import kerasgen

client = kerasgen.serving.Client(
    "http://localhost:8501", "{name}", label="stable"
)
{call}
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
    about = description.read(version)
    described = about["signatures"]
    signatures = signature_specs.from_metadata(
        SavedModel(version).signature_defs(), about.get("num_classes")
    )
    payloads, sections = _Payloads(), []
    for signature, inputs in warmup.read(version):
        columns = {key: _as_json(array) for key, array in inputs.items()}
        data = payloads.add(signature, signature, inputs=columns)
        request = _curl(name, data) + _to_file(signatures[signature])
        sections.append(_section(signature, described[signature], request))
    first = _first(signatures)
    inputs = dict(warmup.read(version))[first]
    row = {key: _as_json(array)[0] for key, array in inputs.items()}
    by_rows = payloads.add("by_rows", first, instances=[row])
    payloads.files[FILE] = _README.format(
        **fields,
        shell_path=_in_double_quotes(fields["path"]),
        labels=_labels(fields["stable"], fields["canary"]),
        flags=" \\\n".join(f"  {flag}" for flag in flags),
        requests="\n".join(sections),
        first=first,
        by_rows=_curl(name, by_rows),
        call=_client_call(first, signatures[first]),
    )
    return payloads.files


def _as_json(array):
    if array.dtype.kind == "S":
        return [text.decode() for text in array]
    return array.tolist()


class _Payloads:
    """Payloads of requests; the long ones stand in files."""

    def __init__(self):
        self.files = {}

    def add(self, name, signature, **rows):
        """What `curl` sends as data."""
        payload = json.dumps({"signature_name": signature, **rows})
        if len(payload) <= _MAX_INLINE:
            return f"'{payload}'"
        file = f"requests/{name}.json"
        self.files[file] = payload + "\n"
        return f"@{file}"


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


def _first(signatures):
    """The signature that most users ask first."""
    others = [name for name in signatures if name != _DEFAULT]
    return next((n for n in ("generate", *others) if n in others), _DEFAULT)


def _section(signature, described, request):
    """What a signature is for, its fields, and a request to it."""
    lines = [f"### `{signature}`\n", f"{described['description']}\n"]
    for kind in ("inputs", "outputs"):
        for key, field in described[kind].items():
            sizes = ["n" if s is None else str(s) for s in field["shape"]]
            line = f"- {kind[:-1]} `{key}`: {field['dtype']}"
            words = field["description"] and f", {field['description']}"
            lines.append(f"{line} ({', '.join(sizes)}){words}")
    lines.append(f"\n```sh\n{request}\n```\n")
    return "\n".join(lines)


def _to_file(signature):
    """What writes the first answer to a file, where answers are files."""
    found = signature["outputs"][kinds.result(signature["outputs"])]
    if found["kind"] != "files":
        return ""
    return _TO_FILE.format(file=f"image.{found.get('format', 'bin')}")


def _curl(name, data):
    address = f"http://localhost:8501/v1/models/{name}/labels/stable:predict"
    return f"curl {address} \\\n  -d {data}"


def _client_call(name, signature):
    """How the client asks for a signature, a line of Python."""
    inputs, outputs = signature["inputs"], signature["outputs"]
    labels = kinds.of_kind(inputs, "labels")
    given = [*(f"{label}=0" for label in labels)]
    if name == "generate":
        arguments = ", ".join(["16", "seed=0", *given])
        return f"{kinds.result(outputs)} = client.generate({arguments})"
    if kinds.of_kind(inputs, "seeds"):
        given.append("seed=0")
    rows = [key for key in inputs if inputs[key]["kind"] not in _SHORT]
    arguments = ", ".join(
        [
            repr(name).replace("'", '"'),
            *(f"{key}={key}" for key in rows),
            *given,
        ]
    )
    return f"{kinds.result(outputs)} = client.call({arguments})"
