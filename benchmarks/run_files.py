"""The folder of a run as others see it, and whether two hold the same."""

import io
import zipfile


class Run:
    """The folder of a run, seen from outside."""

    def __init__(self, path):
        self.path = path

    def epochs(self):
        """Epochs of the newest checkpoint; -1 before the first."""
        found = self.path.glob("checkpoints/epoch_*.keras")
        return max((int(path.stem[6:]) for path in found), default=-1)

    def scratch(self, *folders):
        """What is being written, or was when a process was killed."""
        patterns = [f"{folder}/.partial-*" for folder in folders or (".", "*")]
        return {path for each in patterns for path in self.path.glob(each)}

    def files(self):
        """All that is to be equal, and all that should not be there."""
        # Logs tell the time, and are one more after each start.
        paths = [
            path for path in self.path.rglob("*") if "logs" not in path.parts
        ]
        return {
            path.relative_to(self.path): path
            for path in paths
            if path.is_file() or path.name.startswith(".")
        }


def differences(expected, found):
    """Lines about the files of two runs, of which there should be none."""
    expected, found = expected.files(), found.files()
    lines = [f"{name} is missing" for name in expected.keys() - found.keys()]
    lines += [f"{name} is left over" for name in found.keys() - expected.keys()]
    for name in expected.keys() & found.keys():
        first, second = content(expected[name]), content(found[name])
        if first.keys() != second.keys():
            lines.append(f"{name} has other parts")
        else:
            lines += [
                f"{name} differs{part and ' in '}{part}"
                for part in first
                if first[part] != second[part]
            ]
    return sorted(lines)


def content(path):
    """Bytes of the parts of a file that say what was learned."""
    # A graph's nodes come in any order, and its variables. They were compared
    # with the model when they were exported.
    if path.suffix == ".pb" or path.parent.name == "variables":
        return {}
    if path.suffix != ".keras":
        return {"": path.read_bytes()}
    with zipfile.ZipFile(path) as archive:
        weights = archive.read("model.weights.h5")
        return {"config": archive.read("config.json"), **tensors(weights)}


def tensors(weights):
    """Weights, slots of optimizers and metrics: name -> kind and bytes."""
    import h5py

    found = {}

    def add(name, item):
        if isinstance(item, h5py.Dataset):
            values = item[()]
            found[name] = (values.dtype, values.shape, values.tobytes())

    with h5py.File(io.BytesIO(weights)) as file:
        file.visititems(add)
    return found
