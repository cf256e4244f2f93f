"""The variable that names the machines, checked before TensorFlow reads it."""

import json

_EXAMPLE = (
    '{"cluster": {"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]}, '
    '"task": {"type": "worker", "index": 0}}'
)
_LOOPBACK = {"localhost": "127.0.0.1", "[::1]": "127.0.0.1"}


def check_tf_config(text):
    """Raises unless a text names the machines, and which of them is this.

    Args:
        text: str, the variable `TF_CONFIG`.

    Raises:
        ValueError: says what is wrong with it.
    """
    try:
        config = json.loads(text)
    except ValueError as error:
        raise _wrong(text, f"is no JSON ({error})") from error
    if not isinstance(config, dict):
        raise _wrong(text, "is no object")
    for key in ("cluster", "task"):
        if not isinstance(config.get(key), dict) or not config[key]:
            raise _wrong(text, f"has no object {key!r}")
    _check_cluster(text, config["cluster"])
    _check_task(text, config["cluster"], config["task"])


def _check_cluster(text, cluster):
    named = {}
    for job, addresses in cluster.items():
        if not isinstance(addresses, list) or not addresses:
            raise _wrong(text, f"has no list of addresses for {job!r}")
        for index, address in enumerate(addresses):
            place = f"{job} {index}"
            other = named.setdefault(_plain(text, address), place)
            if other != place:
                raise _wrong(text, f"names {address!r} for {other} and {place}")
    if len(cluster.get("chief", [])) > 1:
        raise _wrong(text, "names more than one chief")


def _plain(text, address):
    """An address, in one way where there are several to write it."""
    host, _, port = address.rpartition(":") if _is_text(address) else ("",) * 3
    if not host or not (port.isdecimal() and 0 < int(port) < 2**16):
        raise _wrong(
            text,
            f"names {address!r}, which is no host:port with a port from 1 to "
            f"{2**16 - 1}",
        )
    host = host.lower()
    return _LOOPBACK.get(host, host), int(port)


def _check_task(text, cluster, task):
    job, index = task.get("type"), task.get("index")
    if not _is_text(job) or job not in cluster:
        raise _wrong(
            text,
            f"has the task type {job!r}, and only {list(cluster)} machines",
        )
    number = len(cluster[job])
    if type(index) is not int or not 0 <= index < number:
        raise _wrong(
            text,
            f"has the task index {index!r}, and {number} machines of {job!r}, "
            f"from 0 to {number - 1}",
        )


def _is_text(value):
    return isinstance(value, str)


def _wrong(text, what):
    return ValueError(
        f"The variable TF_CONFIG must name each machine once, and which of "
        f"them this is, such as {_EXAMPLE}. Received: {text}, which {what}."
    )
