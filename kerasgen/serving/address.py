"""Addresses of servers, whose passwords are told to nobody but the server."""

import base64
import dataclasses
import urllib.parse


@dataclasses.dataclass(frozen=True)
class ServerAddress:
    """Where a server is, and how to prove who asks.

    `str()` and `repr()` are without the password.

    Attributes:
        scheme: str. `"http"`, `"https"` or `"grpc"`.
        host: str. A name or an address; of IPv6 without brackets.
        port: int, or `None` for the scheme's own.
        path: str, without a slash at its end.
        authorization: str. The header of basic authentication, or `None`.
    """

    scheme: str
    host: str
    port: int | None
    path: str
    authorization: str | None = dataclasses.field(repr=False)

    @property
    def place(self):
        """Host and port, as they stand in an address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    def __str__(self):
        return f"{self.scheme}://{self.place}{self.path}"


def parse_address(url, schemes, name, example):
    """Reads an address, in which `user:password@` may stand.

    Args:
        url: str.
        schemes: tuple of str. Those that are allowed.
        name: str. What the caller calls the argument.
        example: str. What the argument should look like.

    Returns:
        `ServerAddress`.

    Raises:
        ValueError: if it is no such address, without its password.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname, parts.port
    except (AttributeError, TypeError, ValueError):
        host = None
    if not host or parts.scheme not in schemes:
        # Not from the error above, whose words may have the password.
        raise ValueError(
            f"Argument `{name}` must be {example}. "
            f"Received: {name}={_shown(url)!r}."
        ) from None
    return ServerAddress(
        parts.scheme,
        host,
        port,
        parts.path.rstrip("/"),
        _authorization(parts.username, parts.password),
    )


def _shown(url):
    """An address that cannot be read, without what may be a password."""
    if not isinstance(url, str):
        return url
    scheme, separator, rest = url.rpartition("://")
    *secret, rest = rest.rpartition("@")
    if any(secret):  # The scheme too: a password may have `://` in it.
        scheme, separator, rest = "", "", "..." + secret[-1] + rest
    return scheme + separator + rest.split("?")[0].split("#")[0]


def _authorization(username, password):
    if username is None:
        return None
    user, word = (
        urllib.parse.unquote(part or "") for part in (username, password)
    )
    return "Basic " + base64.b64encode(f"{user}:{word}".encode()).decode()
