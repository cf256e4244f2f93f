"""What the transports to a server have in common."""

import dataclasses

MAX_ANSWER_BYTES = 2**28


class NotServedError(LookupError, ValueError):
    """A server has no such model, version or signature."""


@dataclasses.dataclass(frozen=True)
class ModelAddress:
    """Which model of a server is asked.

    Attributes:
        name: str.
        version: int, or `None` for the latest.
        label: str that the server knows a version by, or `None`.
    """

    name: str
    version: int | None = None
    label: str | None = None

    def __str__(self):
        if self.version is not None:
            return f"version {self.version} of model {self.name!r}"
        if self.label is not None:
            return f"label {self.label!r} of model {self.name!r}"
        return f"model {self.name!r}"


def listed(versions):
    """Versions and their states, as far as a server tells them."""
    if not isinstance(versions, list):
        versions = []
    return ", ".join(
        f"{status.get('version')} ({status.get('state')})"
        for status in versions
        if isinstance(status, dict)
    )
