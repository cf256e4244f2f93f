"""TensorFlow Serving's rules for versions and labels, without its models."""

import re

from kerasgen.serving.versions import versions


class LabelServer:
    """A server with `--allow_version_labels_for_unavailable_models`.

    Two things happen every few seconds, in either order: the folder is looked
    at for versions, and `models.config` is read. A configuration is refused
    whole if it moves a label, one that is in use, to a version that is not
    loaded; versions are loaded by the last one that was not refused.

    Args:
        config: `pathlib.Path` of `models.config`.
        path: `pathlib.Path` of the versions.
    """

    def __init__(self, config, path):
        self.config, self.path = config, path
        self.labels, self.loaded = {}, set()
        self.poll_config()
        self.poll_folder()

    def poll_config(self):
        """Reads the configuration; returns whether it was taken."""
        lines = self.config.read_text().splitlines()
        text = "\n".join(line.partition("#")[0] for line in lines)
        pairs = re.findall(r'key: "(\w+)"\s+value: (\d+)', text)
        labels = {label: int(version) for label, version in pairs}
        assert labels
        for label, version in labels.items():
            if label in self.labels and version not in self.loaded:
                return False
        self.labels, self._policy = labels, text
        return True

    def poll_folder(self):
        """Loads and unloads versions by the configuration that was taken."""
        there = set(versions(self.path))
        if re.search(
            r"model_version_policy\s*{\s*all\s*{\s*}\s*}", self._policy
        ):
            self.loaded = there
        elif "specific" in self._policy:
            chosen = re.findall(r"versions: (\d+)", self._policy)
            self.loaded = there & set(map(int, chosen))
        else:  # The newest, by default.
            self.loaded = {max(there)}

    def settle(self):
        """Lets it poll until nothing changes; whether its file was taken."""
        for _ in range(3):
            self.poll_folder()
            taken = self.poll_config()
        return taken

    def ask(self, label=None):
        """The version that answers.

        Raises:
            LookupError: 404, if there is none.
        """
        version = max(self.loaded) if label is None else self.labels[label]
        if version not in self.loaded:
            raise LookupError(f"{label} is {version}, which is not loaded")
        return version
