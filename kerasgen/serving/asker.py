"""Questions to a server, asked again where it was out of reach."""

import random
import time

from kerasgen.serving.transport import NotServedError
from kerasgen.serving.transport import listed

_FIRST_DELAY, _MAX_DELAY = 0.1, 2.0  # Seconds between tries.
_NO_LABEL = "Unrecognized servable version label"


class Asker:
    """Calls methods of a transport, several times if need be.

    Args:
        transport: `kerasgen.serving.transport.Transport`.
        model: `ModelAddress`.
        timeout: float. Seconds to wait for one answer.
        retries: int.
    """

    def __init__(self, transport, model, timeout, retries):
        self._transport = transport
        self._model = model
        self._timeout = timeout
        self._retries = retries
        # Not Python's own generator, whose seed the user may have set.
        self._random = random.Random()

    def ask(self, method, *arguments):
        """What a method of the transport returns.

        Raises:
            NotServedError: if there is no such model, with the versions that
                there are.
            ConnectionError: if the server is out of reach in the end.
        """
        for attempt in range(self._retries):
            try:
                return self._ask_once(method, *arguments)
            except ConnectionError:
                delay = min(_FIRST_DELAY * 2**attempt, _MAX_DELAY)
                # Clients that failed together should not return together.
                time.sleep(delay * self._random.uniform(0.5, 1.5))
        return self._ask_once(method, *arguments)

    def _ask_once(self, method, *arguments):
        try:
            return method(*arguments, self._timeout)
        except NotServedError as error:
            raise self._not_served(error) from error
        except ValueError as error:
            # So TensorFlow Serving calls a label, but not a version, that it
            # has not.
            if self._model.label is None or _NO_LABEL not in str(error):
                raise
            raise self._not_served(error) from error

    def _not_served(self, error):
        """An error that says which versions there are."""
        try:
            versions = self._transport.versions(self._timeout)
        except NotServedError:
            return NotServedError(f"There is no {self._model}: {error}")
        return NotServedError(
            f"There is no {self._model}: {error} Versions: {listed(versions)}."
        )
