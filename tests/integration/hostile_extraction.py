"""What a worker process may be made to do by one file. A module of its own: worker processes import it by name."""

import mmap
import os
import signal
import socket
import sys

from kodit.domain.code.extracted import ExtractedFile, FileContent


def extract(file: FileContent) -> ExtractedFile:
    """Do what the file's name says; its content is the port of whoever wants to know."""
    if file.path == "crash":
        os._exit(7)
    if file.path == "bloat":
        bytearray(2**30)
    if file.path in ("SIGABRT", "SIGSEGV"):
        os.kill(os.getpid(), signal.Signals[file.path])
    if file.path == "reserve":
        mmap.mmap(-1, 2**31, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ)
    if file.path == "error":
        raise ValueError("a hostile file")
    if file.path == "hang":
        with socket.create_connection(("127.0.0.1", int(file.content))):
            while True:
                pass
    return ExtractedFile(path=file.path, problem=str(os.getpid()))


def hang_at_once(file: FileContent) -> ExtractedFile:
    """Hang without telling anybody."""
    while file.path == "hang":
        pass
    return ExtractedFile(path=file.path)


def imported(file: FileContent) -> ExtractedFile:
    """Tell which modules the worker process has imported."""
    return ExtractedFile(path=file.path, problem=" ".join(sys.modules))
