"""A network between workers and PostgreSQL that can be cut, frozen or made to swallow everything."""

import asyncio
import ctypes
import socket
import struct
from contextlib import suppress

SO_ATTACH_FILTER = 26
_DROP_ALL = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
"""A packet filter of one instruction, `return 0`: no packet arrives, and the kernel acknowledges none."""


class Line:
    """One connection through the proxy."""

    def __init__(self, near, far):
        self._near = near
        self._far = far
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def carry(self):
        (near_reader, near_writer), (far_reader, far_writer) = self._near, self._far
        pumps = [
            asyncio.ensure_future(self._pump(near_reader, far_writer)),
            asyncio.ensure_future(self._pump(far_reader, near_writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self.cut()

    def cut(self):
        """End it without a word; what is under way is lost."""
        for _, writer in (self._near, self._far):
            writer.transport.abort()

    def freeze(self):
        """Carry nothing, and lose nothing."""
        self._flowing.clear()

    def thaw(self):
        self._flowing.set()

    def mute(self):
        """Be as a machine that lost its power: nothing arrives from here any more, and no packet is acknowledged."""
        self.freeze()
        held = self._near[1].get_extra_info("socket")
        with suppress(OSError):
            program = struct.pack("HL", 1, ctypes.addressof(_DROP_ALL))
            held.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)

    async def _pump(self, reader, writer):
        with suppress(OSError):
            while some := await reader.read(65536):
                await self._flowing.wait()
                writer.write(some)
                await writer.drain()


class Proxy:
    """Listens on a port of this machine and carries everything to a socket file."""

    def __init__(self, target):
        self._target = target
        self._server = None
        self._tasks = set()
        self.lines = set()
        self.port = 0

    async def open(self):
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self):
        self._server.close()
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, *near):
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            far = await asyncio.open_unix_connection(self._target)
        except OSError:
            near[1].transport.abort()
            self._tasks.discard(task)
            return
        line = Line(near, far)
        self.lines.add(line)
        try:
            await line.carry()
        except asyncio.CancelledError:
            line.cut()
        finally:
            self.lines.discard(line)
            self._tasks.discard(task)
