"""How a contender is told to run a round, and tells how long it took.

Whoever started it writes a line for each turn to its standard input, and reads
a line of JSON for each from its standard output. Nothing else may be printed
there. A contender that waits for its turn costs no time.
"""

import json
import os
import resource
import sys
import time

# The last of a turn is timed: memory and caches of a process that has waited
# are cold, and in its very first turn it compiles.
_ROUNDS_A_TURN = 2


class Rounds:
    """Takes turns with the other contenders; the first is not waited for."""

    def __init__(self):
        self._left = _ROUNDS_A_TURN
        self._answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
        # What libraries print goes where errors go.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def answer(self, **values):
        self._answers.write(json.dumps(values) + "\n")
        self._answers.flush()

    def begin(self):
        """Waits for the next turn; ends the process after the last."""
        if not self._left:
            if not sys.stdin.readline():
                # Not `sys.exit`, which libraries may catch.
                os._exit(0)
            self._left = _ROUNDS_A_TURN
        self._start = time.perf_counter()

    def end(self, **values):
        """Tells how a round went.

        Args:
            **values: what else is to be known of the round.
        """
        seconds = time.perf_counter() - self._start
        self._left -= 1
        if self._left:
            return
        # Kilobytes, but for macOS.
        unit = 1 if sys.platform == "darwin" else 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
        self.answer(seconds=seconds, peak_megabytes=peak / 1e6, **values)
