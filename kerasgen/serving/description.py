"""What the inputs and outputs of signatures mean, in words and in a file.

A SavedModel has no place for words; they stand in `assets.extra/kerasgen.json`,
which servers pass over. The kinds stand in the graph too, for clients.
"""

import math
import pathlib

from kerasgen.serving import kinds
from kerasgen.serving import signature_specs
from kerasgen.serving import strict_json
from kerasgen.utils import files
from kerasgen.version import __version__

FILE = pathlib.PurePath("assets.extra", "kerasgen.json")

# `_words` says what stands for the names in braces.
SIGNATURES = {
    "serving_default": "Latents to {rows}; no randomness.",
    "generate": "Seed rows to {rows} and their latents.",
    "generate_png": "Seed rows to {rows} as PNG files.",
    "encode": "{Rows} to latents.",
    "decode": "Latents to {rows}.",
    "reconstruct": "{Rows} to what the model makes of them.",
    "log_likelihood": "{Rows} to a lower bound on log p(x).",
    "anomaly_score": "{Rows} to how abnormal they are.",
    "is_anomaly": "{Rows} to whether they are above the threshold.",
    "assign": "{Rows} to their clusters.",
    "classes": "Labels to the names of all classes.",
    "next_token": "{Rows} to what may come next.",
}
# A name means the same in every signature.
FIELDS = {
    "latents": "latents, as {sources} them",
    "seeds": "a pair of integers from 0 to 2**31 - 1 for each {row}, which "
    "alone decides it; (s, i) is {row} i of `model.generate(seed=s)`",
    "uniforms": "uniform numbers in (0, 1), from which each {row} is drawn",
    "prompts": "how {rows} begin, with any token after that",
    "prompt_lengths": "how many tokens of each prompt there are",
    "labels": "the class of each {row}, from 0{to_last}{named}",
    "png_bytes": "a PNG file for each {row}; base64 over REST",
    "log_likelihood": "nats for each {row}",
    "token_log_likelihoods": "nats for each token after those before it, 0 "
    "after the end; they sum to `log_likelihood`",
    "token_bytes": "the bytes of each token, empty after the end; over REST "
    '`{{"b64": ...}}`, in base64',
    "scores": "higher the more abnormal",
    "is_anomaly": "1 above the threshold, 0 below",
    "clusters": "the most probable cluster of each {row}, from 0",
    "probabilities": "of each {possibility}",
    "class_names_bytes": "in each row all of them, empty where they have none",
}


def write(folder, about):
    """Describes the signatures of a version, in its graph and in a file of it.

    Args:
        folder: `pathlib.Path` of the version.
        about: dict of what else stands in the file. Its `signatures`, where it
            has them, say the kinds of inputs and outputs by signature: dicts
            with `inputs` and `outputs`, dicts from name to what
            `kerasgen.data.kinds.Kind.describe` returns.
    """
    # It imports TensorFlow, without which a client looks names up.
    from kerasgen.serving.saved_model import SavedModel
    from kerasgen.serving.saved_model import name_batch_axes

    defs = SavedModel(folder).signature_defs()
    signatures = signature_specs.from_metadata(defs, about.get("num_classes"))
    _take_kinds(signatures, about.get("signatures", {}))
    name_batch_axes(folder, signatures)
    (folder / FILE).parent.mkdir(exist_ok=True)
    files.write_json(folder / FILE, described(signatures, about))


def described(signatures, about):
    """What stands in the file.

    Args:
        signatures: dict, as `signature_specs.from_metadata` returns it.
        about: see `write`.

    Returns:
        dict of JSON values.
    """
    words = _words(about, signatures)
    found = {
        name: {
            "description": _meaning(name, signature, words),
            "inputs": _fields(signature["inputs"], words),
            "outputs": _fields(signature["outputs"], words),
            **_tolerance(about.get("signatures", {}).get(name, {})),
        }
        for name, signature in signatures.items()
    }
    return {"kerasgen": __version__, **about, "signatures": found}


def _tolerance(stated):
    """What is kept of how far answers may be off; nothing where it is 1."""
    value = stated.get("tolerance", 1.0)
    return {} if value == 1.0 else {"tolerance": value}


def tolerances(folder):
    """How far the answers of each signature of a version may be off."""
    return tolerances_in(read(folder) or {})


def tolerances_in(about):
    """How far the answers of each signature may be off.

    Args:
        about: dict, as `described` returns it.

    Returns:
        dict from signature name to a float, of those where it is not 1.

    Raises:
        ValueError: if the file is a stranger's, and says something else.
    """
    signatures = about.get("signatures", {})
    found = {
        name: signature["tolerance"]
        for name, signature in signatures.items()
        if isinstance(signature, dict) and "tolerance" in signature
    }
    for name, value in found.items():
        if not isinstance(value, (int, float)) or not 0 < value < math.inf:
            raise ValueError(
                f"`tolerance` of {name!r} must be a number above 0 in "
                f"its description. Received: {value!r:.50}."
            )
    return found


def with_batch_axis(signatures, names):
    """Signatures as kinds state them, with the batch as the first axis.

    Args:
        signatures: dict from name to `inputs` and `outputs`, see `write`.
        names: those that are wanted.
    """
    return {
        name: {
            side: {
                key: {**field, "shape": [None, *field["shape"]]}
                for key, field in signatures[name][side].items()
            }
            for side in ("inputs", "outputs")
        }
        for name in names
    }


def read(folder):
    """What `write` wrote, or `None` for a SavedModel of others.

    Raises:
        ValueError: if the file is a stranger's, and does not say what `write`
            would.
    """
    file = pathlib.Path(folder) / FILE
    return parsed(file.read_bytes(), file) if file.is_file() else None


def parsed(text, file):
    """What `described` returned, from JSON.

    Args:
        text: str or bytes.
        file: where it stands, for the error.

    Raises:
        ValueError: if it is a stranger's, and does not say what that would.
    """
    try:
        about = strict_json.parse(text)
    except ValueError as error:
        raise ValueError(f"{file} is no JSON: {error}") from error
    if not isinstance(about, dict):
        raise ValueError(f"{file} must be an object. Received: {about!r:.50}.")
    for name, (expected, fits) in _CHECKED.items():
        found = about.get(name)
        if found is not None and not fits(found):
            raise ValueError(
                f"`{name}` must be {expected} in {file}. "
                f"Received: {found!r:.50}."
            )
    return about


def _is_number(value):
    return type(value) is int and value > 0


def _is_words(value):
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


# What is read of a file that may be a stranger's.
_CHECKED = {
    "model": ("a word", lambda value: isinstance(value, str)),
    "num_classes": ("a positive integer", _is_number),
    "class_names": ("a list of words", _is_words),
    "signatures": ("an object", lambda value: isinstance(value, dict)),
}


def _take_kinds(signatures, known):
    """Puts the kinds that a model states in place of those by names.

    In signatures that it does not state, such as those of a task, names mean
    what they mean in those that it does.
    """
    by_name = {
        (name, described["dtype"], tuple(described["shape"])): described
        for signature in known.values()
        for side in ("inputs", "outputs")
        for name, described in signature[side].items()
    }
    for signature, both in signatures.items():
        for side in ("inputs", "outputs"):
            for name, field in both[side].items():
                form = name, field["dtype"], (field["shape"] or ())[1:]
                own = known.get(signature, {}).get(side, {}).get(name)
                found = own or by_name.get(form, {})
                both[side][name] = {**found, **_form(field, found)}


def _form(field, found):
    """What a field keeps where its kind is known; all of it where not."""
    if not found:
        return field
    return {"dtype": field["dtype"], "shape": field["shape"]}


def _words(about, signatures):
    """What fits this model in the texts above."""
    called = kinds.words(signatures)
    returning = {
        "encode": "`encode` returns",
        "generate": "`generate` draws",
    }
    sources = " and ".join(
        text
        for name, text in returning.items()
        if "latents" in signatures.get(name, {"outputs": ()})["outputs"]
    )
    classes = about.get("num_classes")
    names = ", ".join(about.get("class_names") or [])
    return {
        "row": called.row,
        "rows": called.rows,
        "Rows": called.rows.capitalize(),
        "sources": sources,
        "possibility": "token" if "next_token" in signatures else "cluster",
        "to_last": "" if classes is None else f" to {classes - 1}",
        "named": f": {names}" if names else "",
    }


def _meaning(name, signature, words):
    """What a signature does, in a sentence."""
    known = SIGNATURES.get(name)
    is_decoder = kinds.of_kind(signature["inputs"], "latents")
    if known is None or (name == "serving_default" and not is_decoder):
        inputs, outputs = (
            " and ".join(f"`{key}`" for key in signature[side])
            for side in ("inputs", "outputs")
        )
        return f"{inputs} to {outputs}."
    if name == "log_likelihood" and not kinds.of_kind(
        signature["inputs"], "seeds"
    ):
        known = "{Rows} to log p(x)."
    if kinds.of_kind(signature["inputs"], "uniforms"):
        return f"Uniform numbers to {words['rows']}."
    if name == "generate" and "latents" not in signature["outputs"]:
        known = "Seed rows to {rows}."
        if kinds.of_kind(signature["inputs"], "texts"):
            known = "Seed rows, and how {rows} begin, to {rows}."
    return known.format(**words)


def _fields(fields, words):
    return {
        name: {
            **field,
            "description": kinds.text(field)
            or FIELDS.get(name, "").format(**words),
        }
        for name, field in fields.items()
    }
