"""A contender as the one sees it who gives it its turns."""

import json
import pathlib
import queue
import subprocess
import threading

FOLDER = pathlib.Path(__file__).parent


class Unavailable(Exception):
    """A contender cannot run, or no longer does."""


class Contender:
    """A process that runs `run.py`; a context, at whose end it is over.

    Args:
        command: list. Interpreter, and arguments of `run.py`.
        log: `pathlib.Path` of what it prints.
    """

    def __init__(self, command, log):
        interpreter, *arguments = map(str, command)
        self.log = log
        self._log = log.open("w")
        self._answers = queue.Queue()
        try:
            self._process = subprocess.Popen(
                [interpreter, str(FOLDER / "run.py"), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                text=True,
            )
        except OSError as error:
            self._process = None
            self._answers.put({"error": str(error)})
            return
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self._process.stdout:
            self._answers.put(json.loads(line))
        self._answers.put({"error": f"it ended; see {self.log}"})

    def answer(self, patience=None):
        """Its next answer.

        Args:
            patience: float or `None`. Seconds to wait at most.

        Raises:
            Unavailable: if it fails or takes longer.
        """
        try:
            answer = self._answers.get(timeout=patience)
        except queue.Empty:
            raise Unavailable(f"not ready after {patience:.0f} s") from None
        if "error" in answer:
            raise Unavailable(answer["error"])
        return answer

    def round(self):
        """Runs one round, and returns its answer."""
        self._process.stdin.write("round\n")
        self._process.stdin.flush()
        return self.answer()

    def close(self):
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
