"""The playground as files, for web hosts that run nothing.

`playground.html` asks a worker in place of a server. The worker runs ONNX files
by ONNX Runtime Web, of a version whose checksums stand here: what a page loads
is what was tried, wherever it comes from.
"""

import base64
import hashlib
import pathlib
import shutil

from kerasgen.serving import playground
from kerasgen.serving import strict_json

PACKAGE = "onnxruntime-web"
VERSION = "1.30.0"
# Files of the package that are loaded, with their checksums as browsers take
# them (https://www.w3.org/TR/sri): one thread, no graphics card.
_DIST = {
    "script": (
        "ort.wasm.bundle.min.mjs",
        "sha384-PLWz+nHEVHpjwBsO0YVdvQj6n5814Iv8E3b8FG0Rp/uIAtjFMCKOpP66iPze"
        "drIG",
    ),
    "wasm": (
        "ort-wasm-simd-threaded.wasm",
        "sha384-vjBJ1z7qrhkTyYsNqKeF6c7N+nOJSU94czEo+tvZcu8G75JparGq9kB+kTnE"
        "UNVM",
    ),
}
# A public copy of what is on npm, byte by byte.
PUBLIC = f"https://cdn.jsdelivr.net/npm/{PACKAGE}@{VERSION}/dist/"
_WORKER = pathlib.Path(__file__).parent / "in_browser"
# A static host sends no policy, so the page says it itself. What the worker
# loads it does not concern.
_POLICY = (
    "default-src 'none'; worker-src 'self'; img-src 'self' data: blob:; "
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'"
)


def write(folder, described, drawn_shape, onnxruntime_web=None):
    """Writes all of the page but its ONNX files, which are there already.

    Args:
        folder: `pathlib.Path` that has them: `draw.onnx`, and `decode.onnx`
            where the model has a decoder.
        described: dict of JSON values, as `ExportedModel.describe` returns it.
        drawn_shape: tuple of int. Shape of the uniform numbers that a row is
            drawn from.
        onnxruntime_web: dict, as `find_runtime` returns it, or `None` for the
            public copy.
    """
    runtime = {
        part: {"url": PUBLIC + name, "integrity": integrity}
        for part, (name, integrity) in _DIST.items()
    }
    for part, file in (onnxruntime_web or {}).items():
        shutil.copyfile(file, folder / file.name)
        runtime[part]["url"] = file.name
    files = sorted(file.stem for file in folder.glob("*.onnx"))
    in_browser = {"drawn_shape": drawn_shape, "files": files, **runtime}
    (folder / "model.json").write_bytes(
        strict_json.dump({**described, "in_browser": in_browser})
    )
    for script in _WORKER.glob("*.js"):
        shutil.copyfile(script, folder / script.name)
    (folder / "index.html").write_text(_page(), encoding="utf-8")


def _page():
    """The playground's page, told to ask its worker."""
    page = playground.PAGE.read_text(encoding="utf-8")
    for place, found in (
        (
            "<head>",
            '<head>\n<meta http-equiv="Content-Security-Policy" '
            f'content="{_POLICY}">',
        ),
        ("<body>", '<body data-worker="worker.js">'),
    ):
        before, after = page.split(place)
        page = before + found + after
    return page


def find_runtime(folder):
    """The files of a copy of ONNX Runtime Web.

    Args:
        folder: str or `pathlib.Path`. The package of npm, its `dist`, or a
            `node_modules` that has it.

    Returns:
        dict from `"script"` and `"wasm"` to `pathlib.Path`.

    Raises:
        FileNotFoundError: if they are not there.
        ValueError: if they are those of another version.
    """
    folder = pathlib.Path(folder)
    places = (folder, folder / "dist", folder / PACKAGE / "dist")
    found = {}
    for part, (name, integrity) in _DIST.items():
        file = next((p / name for p in places if (p / name).is_file()), None)
        if file is None:
            raise FileNotFoundError(
                f"Argument `onnxruntime_web` must be a folder of {PACKAGE} "
                f"{VERSION}, with {name}. Received: {folder}. "
                f"`npm pack {PACKAGE}@{VERSION}` fetches it, a .tgz to unpack."
            )
        if _integrity(file) != integrity:
            raise ValueError(
                f"Argument `onnxruntime_web` must be a folder of {PACKAGE} "
                f"{VERSION}. Received: {folder}, whose {file.name} is another. "
                f"`npm pack {PACKAGE}@{VERSION}` fetches it, a .tgz to unpack."
            )
        found[part] = file
    return found


def _integrity(file):
    digest = hashlib.sha384(file.read_bytes()).digest()
    return f"sha384-{base64.b64encode(digest).decode()}"
