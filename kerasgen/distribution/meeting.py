"""Where workers wait until all of them are there.

TensorFlow would wait too, but in a call in which Python runs nothing, and takes
SIGTERM for a notice that it notes and goes on: a worker whose peers never come
could not be ended but by SIGKILL. So they wait here, where it ends them.
"""

import socket
import time

# Seconds between two looks for a peer, and for one to answer.
_INTERVAL = 0.3
_PATIENCE = 5


def wait_for_peers(resolver):
    """Returns once each other machine of a cluster answers at its address.

    Args:
        resolver: `tf.distribute.cluster_resolver.ClusterResolver`.

    Raises:
        ValueError: if another process has the port of this machine.
    """
    addresses = {
        (job, index): address
        for job, its in resolver.cluster_spec().as_dict().items()
        for index, address in enumerate(its)
    }
    own = addresses.pop((resolver.task_type, resolver.task_id))
    with _listening(own):
        # A peer that is further answers by TensorFlow's server.
        for address in addresses.values():
            while not _answers(address):
                time.sleep(_INTERVAL)


def _listening(address):
    """A socket at the port of an address, for peers to find."""
    port = _parts(address)[1]
    dual = socket.has_dualstack_ipv6()
    try:
        return socket.create_server(
            ("", port),
            family=socket.AF_INET6 if dual else socket.AF_INET,
            backlog=128,
            dualstack_ipv6=dual,
        )
    except OSError as error:
        raise ValueError(
            f"The port of this worker, {address}, must be free. Received: "
            f"{error}. End what has it, or name another in TF_CONFIG."
        ) from error


def _answers(address):
    try:
        socket.create_connection(_parts(address), _PATIENCE).close()
    except OSError:
        return False
    return True


def _parts(address):
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
