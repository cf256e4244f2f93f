"""Processes that train, to be killed."""

import contextlib
import gc
import os
import pathlib
import signal
import subprocess
import sys
import traceback


def started(words, log):
    """A process that runs a command.

    Args:
        words: list of str.
        log: file that gets its output.
    """
    return subprocess.Popen(
        words, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
    )


def import_all():
    """Imports what forks need; TensorFlow outlives a fork until its first
    operation."""
    sys.argv = ["kerasgen"]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import matplotlib.figure  # noqa: F401
    import PIL.GifImagePlugin  # noqa: F401
    import sklearn.datasets  # noqa: F401
    import sklearn.model_selection  # noqa: F401

    import kerasgen.cli.training  # noqa: F401

    gc.freeze()


def run_command(words):
    """Does what `kerasgen` does with these words, in this process."""
    from kerasgen.cli import main

    sys.argv = ["kerasgen", *words]
    main()


class ForkedProcess:
    """What `subprocess.Popen` is, for a function in a fork.

    Args:
        function: function without arguments.
        log: file that gets its output.
    """

    def __init__(self, function, log):
        self.returncode = None
        self.pid = os.fork()
        if not self.pid:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
            self._run(function)

    def _run(self, function):
        status = 1
        try:
            function()
            status = 0
        except SystemExit as error:
            status = error.code or 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def poll(self):
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)


def kill(process, generator):
    """Kills a process, or one of its children where it has some.

    Args:
        process: `subprocess.Popen` or `ForkedProcess`.
        generator: `random.Random` that chooses one.
    """
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    found = children.read_text().split() if children.exists() else []
    # It may have ended just now.
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(generator.choice(found or [process.pid])), signal.SIGKILL)
