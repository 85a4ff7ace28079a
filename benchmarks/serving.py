"""A server under load: searches a second and their latency, idle and while it indexes, and its memory meanwhile.

    python -m benchmarks.serving [--seconds N] [--connections N] [--requests N] [--light]

Needs wrk, unless --light is given: then one client asks now and then, and it is told how long it waits, idle and until
all is indexed. Uses the loopback interface. The standard library's packages are searched; all of it is indexed
meanwhile by the same server. --requests asks for so many searches over one connection after another, and tells how
much memory the server took before and after.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx

from benchmarks.corpus import QUESTIONS, standard_library

SEARCHED = ("asyncio", "email", "http", "json", "unittest", "urllib", "xml")
ASKED_BETWEEN = 25
PAUSE = 0.01
"""Seconds between what a light client asks."""
KODIT = (sys.executable, "-m", "kodit")
LUA = """
local paths = { %s }
local at = 0
request = function()
  at = at %% #paths + 1
  return wrk.format("GET", paths[at])
end
done = function(summary, latency, _)
  local failed = summary.errors.status + summary.errors.timeout + summary.errors.connect + summary.errors.read
  io.write(string.format("result %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration, failed,
    latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk measured."""

    per_second: float
    p50_ms: float
    p99_ms: float
    requests: int
    failed: int

    def __str__(self) -> str:
        return (
            f"{self.per_second:8.1f} /s  p50 {self.p50_ms:7.1f} ms  p99 {self.p99_ms:7.1f} ms  "
            f"{self.requests} requests, {self.failed} failed"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--requests", type=int, default=0)
    parser.add_argument("--light", action="store_true")
    arguments = parser.parse_args()
    if shutil.which("wrk") is None and not arguments.light:
        raise SystemExit("wrk is not installed: apt-get install wrk")
    with tempfile.TemporaryDirectory(prefix="kodit-bench-") as scratch:
        library = standard_library(Path(scratch))
        few = Path(scratch) / "few"
        for name in SEARCHED:
            shutil.copytree(library / name, few / name)
        with served(Path(scratch) / "data") as (url, pid):
            add(url, few, wait=True)
            if arguments.light:
                light(url, arguments.seconds, library)
            else:
                measure(url, pid, arguments, Path(scratch), library)


def light(url: str, seconds: int, library: Path) -> None:
    """How long one client waits that asks now and then."""
    with httpx.Client(base_url=url, timeout=60) as client:
        until = time.monotonic() + seconds
        print(f"idle      {waited(client, lambda: time.monotonic() > until)}", flush=True)
        began, run = time.monotonic(), add(url, library, wait=False)
        print(f"indexing  {waited(client, lambda: is_over(client, run))}")
        print(f"indexed in {time.monotonic() - began:.1f} s")


def is_over(client: httpx.Client, run: int) -> bool:
    """Whether a run is over."""
    return client.get(f"/api/v1/runs/{run}").json()["run"]["state"] not in ("pending", "processing")


def waited(client: httpx.Client, over: Callable[[], bool]) -> str:
    """How long the answers took of a client that asks until it is over."""
    question = f"/api/v1/search?source=few&limit=10&mode=keyword&q={quote(QUESTIONS[0])}"
    took: dict[str, list[float]] = {"/healthz": [], question: []}
    while not over():
        for _ in range(ASKED_BETWEEN):
            for place, seconds in took.items():
                began = time.perf_counter()
                client.get(place).raise_for_status()
                seconds.append((time.perf_counter() - began) * 1000)
            time.sleep(PAUSE)
    shown = []
    for place, found in took.items():
        found.sort()
        p50, p99 = found[len(found) // 2], found[int(len(found) * 0.99)]
        shown.append(f"{place.partition('?')[0]} p50 {p50:.1f} p99 {p99:.1f} most {found[-1]:.1f} ms")
    return "; ".join(shown)


def measure(url: str, pid: int, arguments: argparse.Namespace, scratch: Path, library: Path) -> None:
    print(f"{arguments.connections} connections, {arguments.seconds} s each")
    for mode in ("keyword", "hybrid"):
        script = written(scratch / f"{mode}.lua", mode)
        asked(url, script, seconds=2, connections=arguments.connections)
        print(f"{mode:8} idle      {asked(url, script, arguments.seconds, arguments.connections)}", flush=True)
    if arguments.requests:
        flat(url, pid, written(scratch / "keyword.lua", "keyword"), arguments)
    run = add(url, library, wait=False)
    for mode in ("keyword", "hybrid"):
        script = written(scratch / f"{mode}.lua", mode)
        print(f"{mode:8} indexing  {asked(url, script, arguments.seconds, arguments.connections)}", flush=True)
    state = httpx.get(f"{url}/api/v1/runs/{run}").json()["run"]["state"]
    print(f"the run that was indexing meanwhile is {state}")


def flat(url: str, pid: int, script: Path, arguments: argparse.Namespace) -> None:
    """How much memory the server takes before and after so many requests."""
    before, sent = megabytes(pid), 0
    print(f"memory before {before:.1f} MB")
    while sent < arguments.requests:
        sent += asked(url, script, arguments.seconds, arguments.connections).requests
        print(f"memory after {sent:7} requests {megabytes(pid):.1f} MB", flush=True)


@contextmanager
def served(data_dir: Path) -> Iterator[tuple[str, int]]:
    """A server of its own, and its process."""
    command = [*KODIT, "serve", "--port", "0", "--data-dir", str(data_dir), "--no-watch", "--no-scheduler"]
    environment = {**os.environ, "KODIT_ADDRESS_PER_MINUTE": "0", "KODIT_CONFIG": str(data_dir.parent / "none.toml")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1], process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def add(url: str, directory: Path, *, wait: bool) -> int:
    """Have a directory indexed; gives the run."""
    run = int(httpx.post(f"{url}/api/v1/sources", json={"location": str(directory)}).json()["run"]["id"])
    while wait and httpx.get(f"{url}/api/v1/runs/{run}").json()["run"]["state"] in ("pending", "processing"):
        time.sleep(0.5)
    return run


def written(script: Path, mode: str) -> Path:
    """A script for wrk that asks one question after another, of the source that is indexed already."""
    paths = [f'"/api/v1/search?source=few&limit=10&mode={mode}&q={quote(one)}"' for one in QUESTIONS]
    script.write_text(LUA % ", ".join(paths))
    return script


def asked(url: str, script: Path, seconds: int, connections: int) -> Load:
    """What becomes of so many connections that ask for so long."""
    command = [
        "wrk",
        "-t",
        "1",
        "-c",
        str(connections),
        "-d",
        f"{seconds}s",
        "--timeout",
        "30s",
        "-s",
        str(script),
        url,
    ]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"^result (\d+) (\d+) (\d+) (\d+) (\d+)$", printed, re.MULTILINE)
    if found is None:
        raise SystemExit(printed)
    requests, microseconds, failed, p50, p99 = map(int, found.groups())
    return Load(requests / (microseconds / 1e6), p50 / 1000, p99 / 1000, requests, failed)


def megabytes(pid: int) -> float:
    """The memory of a process that is its own or shared, in millions of bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024 / 1e6  # type: ignore[index]


if __name__ == "__main__":
    main()
