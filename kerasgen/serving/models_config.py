"""Which versions a server loads, and what its labels mean.

TensorFlow Serving reads `models.config` anew every few seconds, and checks the
labels before it loads versions: one that is in use must not move to a version
that is not loaded yet, or the whole file is refused until it is. So all
versions in the folder are loaded, and an edit of labels is taken as soon as
their versions are there.
"""

import datetime
import pathlib
import re

FILE = "models.config"
# Seconds in which a server has surely read the file, and loaded a version.
_GRACE = 60
_MODELS = """\
# All versions in the folder are loaded, and labels choose among them. A label
# moves once the version that it is given to is loaded.
model_config_list {{
  config {{
    name: "{name}"
    base_path: "/models/{name}"
    model_platform: "tensorflow"
    model_version_policy {{ all {{}} }}
    version_labels {{ key: "stable" value: {stable} }}
    version_labels {{ key: "canary" value: {canary} }}
  }}
}}
"""
_BEFORE = "# Until {when} there were labels of: {versions}\n"
# Fields as protocol buffers' text has them, however they were edited by hand.
_LABEL = re.compile(
    r"""\bkey\s*:\s*["']([^"'\n]+)["'][\s,;]*value\s*:\s*(\d+)"""
)
_VERSIONS = re.compile(r"\b(?:value|versions)\s*:\s*\[?([\d,\s]+)")
_COMMENT = re.compile(r"""("[^"\n]*"|'[^'\n]*')|#.*""")


def text(folder, name, stable, canary):
    """The new content of the file.

    What the labels were before stands in comments, for `named_versions`.

    Args:
        folder: `pathlib.Path` of the configuration that is replaced, if any.
        name: str. The model's.
        stable: int. The version of this label.
        canary: int. The version of this label.
    """
    old = _read(folder)
    now = datetime.datetime.now(datetime.UTC)
    before, named = _before(old), _named(old)
    if named and named != {stable, canary}:
        before.append((now, named))
    older = [each for each in before[:-1] if _is_recent(each[0], now)]
    comments = (
        _BEFORE.format(
            when=when.isoformat(timespec="seconds"),
            versions=" ".join(map(str, sorted(versions))),
        )
        for when, versions in older + before[-1:]
    )
    return "".join(comments) + _MODELS.format(
        name=name, stable=stable, canary=canary
    )


def labels(folder):
    """dict from label to version; empty where there is no such file.

    Raises:
        ValueError: if the file has labels that cannot be read.
    """
    found = _LABEL.findall(_without_comments(_read(folder)))
    return {label: int(version) for label, version in found}


def named_versions(folder):
    """Versions that a running server may have labels of, a set.

    They are those that the file names, those that it named before, and all
    that it named in the last minute: a server may not have read it yet.
    """
    content = _read(folder)
    now = datetime.datetime.now(datetime.UTC)
    before = _before(content)
    recent = [each for each in before[:-1] if _is_recent(each[0], now)]
    named = [versions for _, versions in recent + before[-1:]]
    return _named(content).union(*named)


def _is_recent(when, now):
    return (now - when).total_seconds() < _GRACE


def _read(folder):
    """The file's text, whose labels can be read; empty where there is none."""
    file = pathlib.Path(folder) / FILE
    if not file.is_file():
        return ""
    content = file.read_text(encoding="utf-8")
    fields = _without_comments(content)
    if len(_LABEL.findall(fields)) < fields.count("version_labels"):
        raise ValueError(
            f"{file} has labels that cannot be read. Write each as "
            'version_labels { key: "stable" value: 1 }.'
        )
    return content


def _without_comments(content):
    return _COMMENT.sub(lambda found: found[1] or "", content)


def _named(content):
    """Versions in the file itself, a set."""
    found = _VERSIONS.findall(_without_comments(content))
    return set(map(int, re.findall(r"\d+", " ".join(found))))


def _before(content):
    """(time, set of versions) of former labels, the oldest first."""
    pattern = _BEFORE.format(when=r"(\S+)", versions=r"([\d ]+)")
    return [
        (datetime.datetime.fromisoformat(when), set(map(int, found.split())))
        for when, found in re.findall(pattern, content)
    ]
