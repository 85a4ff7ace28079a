"""Ends a worker process when the program that it works for is gone, however that ended and whatever it does."""

import os
import select
import sys
import threading
from multiprocessing import connection, parent_process


def follow_parent() -> None:
    """Have this process, which multiprocessing started, end when the one that asked for it does.

    Its parent to the system is the server that forked it, which lives as long as it does itself. But it has a pipe
    whose other end is open for as long as the program runs, and whoever waits at it for work sees that by itself; one
    that works, perhaps for ever, has to be told.
    """
    parent = parent_process()
    if parent is None:
        return
    if sys.platform == "linux":
        _be_signalled(parent.sentinel)
    else:
        threading.Thread(target=_wait, args=(parent.sentinel,), daemon=True).start()


if sys.platform == "linux":

    def _be_signalled(pipe: int) -> None:
        """Have the kernel kill this process when the pipe is closed, without a thread that the work could hold up."""
        import fcntl
        import signal

        fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
        poll = select.poll()
        poll.register(pipe)
        if poll.poll(0):
            # It was closed before.
            os._exit(1)


def _wait(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
