"""When somebody should look at the queue, and what they can do."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from kodit.application.tasks.statistics import HeldTasks, QueueStatistics, ReadyTasks, TypeStatistics
from kodit.domain.tasks.claim import ANYWHERE
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import FREE_FROM, AnyTaskType

DEPTH = 100
"""More waiting tasks than this are a backlog."""
ERROR_RATE = 0.1
"""A larger share of failed attempts than this is no accident."""
ATTEMPTS = 10
"""A share of fewer attempts than this says nothing."""
UNSERVED = timedelta(minutes=1)
"""How long a task may be ready before it matters that no worker takes it."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that somebody should look at; `name` never changes, `message` tells the numbers."""

    name: str
    message: str
    remedy: str


ALERTS = ("backlog", "errors", "no worker", "silent worker", "paused")
"""The name of every alert about the queue. There may be several of one name, each with a remedy of its own."""


def alerts(queue: QueueStatistics) -> Sequence[Alert]:
    """What is wrong with the queue now."""
    return [*_backlog(queue), *_errors(queue), *_no_worker(queue), *_silent_worker(queue), *_paused(queue)]


def _backlog(queue: QueueStatistics) -> Iterator[Alert]:
    if queue.depth > DEPTH:
        most = max(queue.types, key=lambda one: one.waiting).type
        remedy = f"start another worker: {who_handles(most)}"
        yield Alert("backlog", f"{queue.depth:,} tasks wait, more than {DEPTH}", remedy)


def _errors(queue: QueueStatistics) -> Iterator[Alert]:
    if queue.attempts < ATTEMPTS or queue.error_rate <= ERROR_RATE:
        return
    worst = max(queue.types, key=lambda one: one.failed)
    rate = f"{queue.error_rate:.0%} of {queue.attempts:,} attempts within the hour failed"
    yield Alert("errors", f"{rate}, most at {worst.type.name}", f"see why: {_where_errors_are(worst)}")


def _where_errors_are(worst: TypeStatistics) -> str:
    """The lists that are not empty: what failed may be dead, wait for another try, or have succeeded at last."""
    which = f"--type {worst.type.name}"
    lists = {
        TaskState.DEAD: f"kodit queue dead {which}",
        TaskState.SCHEDULED: f"kodit queue list {which} --state scheduled",
    }
    found = [command for state, command in lists.items() if worst.by_state.get(state)]
    over = f"kodit queue list {which} --state all, and kodit queue show TASK for one with several attempts"
    return ", and ".join(found) or over


def _no_worker(queue: QueueStatistics) -> Iterator[Alert]:
    """What is ready and finds no worker, by what can be done about it."""
    left = [ready for ready in queue.unserved if queue.at - ready.oldest_at >= UNSERVED]
    others = [ready for ready in left if not _is_kodits(ready.type)]
    kodits = [ready for ready in left if _is_kodits(ready.type)]
    here = [ready for ready in kodits if ready.place in (ANYWHERE, queue.here)]
    away = [ready for ready in kodits if ready not in here]
    if here:
        bound = all(ready.place for ready in here)
        none = "none is" if not queue.workers else "none on this machine is" if bound else "none of kodit's is"
        yield Alert("no worker", f"ready for a worker: {_number(here):,}, and {none} alive", "kodit worker")
    if away:
        places = {ready.place: _machine(queue, ready.place) for ready in away}
        told = ", ".join(f"{_number(r for r in away if r.place == place):,} on {places[place]}" for place in places)
        where = f"on {', '.join(places.values())}"
        hint = "" if places.keys() <= queue.hosts.keys() else " (kodit status there tells the machine's id)"
        yield Alert("no worker", f"ready where no worker is alive: {told}", f"{where}: kodit worker{hint}")
    if others:
        names = ", ".join(dict.fromkeys(ready.type.name for ready in others))
        message = f"ready: {_number(others):,} of {names}, and no worker that is alive handles that"
        first = others[0].type.name
        yield Alert("no worker", message, f"start {_program(names)}; what they are: kodit queue list --type {first}")


def _silent_worker(queue: QueueStatistics) -> Iterator[Alert]:
    """What runs only on paper."""
    stranded = queue.stranded
    if not stranded:
        return
    names = ", ".join(dict.fromkeys(_holder(queue, held) for held in stranded))
    until = max(held.leased_until for held in stranded)
    held = sum(held.number for held in stranded)
    ends = "ends" if until > queue.at else "ended"
    message = f"held by a worker that is dead or silent: {held:,} ({names}); the lease {ends} at {until:%H:%M:%S} UTC"
    yield Alert("silent worker", message, _taking_over(queue, stranded, over=until <= queue.at))


def _taking_over(queue: QueueStatistics, stranded: Iterable[HeldTasks], *, over: bool) -> str:
    """On its own machine a worker is known to be dead at once, elsewhere when its lease has ended."""
    there = ", ".join(dict.fromkeys(f"on {_machine(queue, one.machine)}: {who_handles(one.type)}" for one in stranded))
    if over:
        return "a worker takes over within seconds" if queue.workers else "on any machine: kodit worker"
    return f"a worker takes over then, or at once {there}" if queue.workers else f"{there}; or elsewhere after that"


def _paused(queue: QueueStatistics) -> Iterator[Alert]:
    if queue.all_paused and queue.depth:
        yield Alert("paused", f"the whole queue is paused; waiting: {queue.depth:,}", "kodit queue resume")
        return
    held = [one for one in queue.types if one.paused and one.waiting]
    if held:
        names = ", ".join(one.type.name for one in held)
        message = f"paused: {names}; waiting there: {sum(one.waiting for one in held):,}"
        yield Alert("paused", message, f"kodit queue resume {held[0].type.name}")


def _is_kodits(kind: AnyTaskType) -> bool:
    return kind < FREE_FROM


def who_handles(kind: AnyTaskType) -> str:
    """The program to be started for tasks of a type."""
    return "kodit worker" if _is_kodits(kind) else _program(kind.name)


def _program(names: str) -> str:
    return f"the program that handles {names}, which kodit worker does not"


def _number(ready: Iterable[ReadyTasks]) -> int:
    return sum(one.number for one in ready)


def _machine(queue: QueueStatistics, machine: str) -> str:
    """What a person calls a machine, its id where no worker of it told its name."""
    if machine == queue.here:
        return "this machine"
    return queue.hosts.get(machine, f"machine {machine}")


def _holder(queue: QueueStatistics, held: HeldTasks) -> str:
    return f"{held.host}:{held.pid}" if held.host is not None else f"one of {_machine(queue, held.machine)}"
