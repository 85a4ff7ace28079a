"""How the end of attempts moves a whole run. Every queue stores what is decided here."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kodit.domain.tasks.claim import Ending
from kodit.domain.tasks.policy import Done
from kodit.domain.tasks.presence import Gap
from kodit.domain.tasks.run import NewRun, Run, advanced, successor
from kodit.domain.tasks.task import WORKER_DIED, WORKER_SILENT, Task, TaskState


@dataclass(frozen=True, slots=True)
class Moved:
    """A run with all its tasks as they are now, and the run that follows it, if one was asked for meanwhile."""

    run: Run
    tasks: Sequence[Task]
    following: NewRun | None = None
    lost: frozenset[int] = frozenset()

    def readied(self, before: Iterable[Task]) -> int:
        """How many tasks can be claimed that could not before."""
        ready = {task.id for task in before if task.state is TaskState.READY}
        following = self.following.tasks if self.following else ()
        fresh = [task for task in self.tasks if task.state is TaskState.READY and task.id not in ready]
        return len(fresh) + sum(task.state is TaskState.READY for task in following)


def by_run(endings: Iterable[Ending]) -> Mapping[int, list[Ending]]:
    """The endings of each run, in the order given."""
    found: defaultdict[int, list[Ending]] = defaultdict(list)
    for ending in endings:
        found[ending.claimed.run_id].append(ending)
    return found


def ended(run: Run, tasks: Sequence[Task], endings: Sequence[Ending], *, now: datetime) -> Moved:
    """A run after attempts at its tasks ended.

    An ending whose lease is no longer the stored one changes nothing, and its task is among the `lost`.
    """
    standing = {task.id: task for task in tasks}
    lost = set()
    for ending in endings:
        held = standing.get(ending.claimed.id)
        if held is None or not held.leased_as(ending.claimed):
            lost.add(ending.claimed.id)
            continue
        standing[held.id] = ending.settled.heeding(held, now=now)
        run = run.counted(ending.outcome)
        skip = ending.outcome.skip_followers if isinstance(ending.outcome, Done) else None
        standing = {task.id: task for task in advanced(list(standing.values()), now=now, skip=skip)}
    if len(lost) == len(endings):
        return Moved(run, tasks, lost=frozenset(lost))
    return moved(run, list(standing.values()), now=now, lost=frozenset(lost))


def is_whole_end(ending: Ending, *, now: datetime) -> bool:
    """Whether nothing of a run has to be known to end it like this at `now`, if it has no other task.

    Unless somebody asked for the run again: both have succeeded, and nothing was counted.
    """
    done = isinstance(ending.outcome, Done) and not ending.outcome.counts
    return done and ending.settled.state is TaskState.SUCCEEDED and ending.settled.finished_at == now


def moved(run: Run, tasks: Sequence[Task], *, now: datetime, lost: frozenset[int] = frozenset()) -> Moved:
    """A run after some of its tasks changed: its followers, its own state, and its successor."""
    standing = advanced(tasks, now=now)
    run = run.after(standing, now=now)
    following = successor(run, standing, now=now)
    return Moved(run._replace(again=None) if following else run, standing, following, lost)


def taken_back(task: Task, *, now: datetime, gone: Collection[str], spared: Gap | None) -> Task:
    """The task as it is, unless its worker is `gone` or let its lease run out: then ready for another, or dead.

    A lease that ran out in the gap that is `spared` has not been let run out.
    """
    if task.state is not TaskState.RUNNING or task.leased_until is None:
        return task
    if task.lease_owner in gone:
        return task.lost(now=now, reason=WORKER_DIED)
    is_spared = spared is not None and spared.holds(task.leased_until)
    return task.lost(now=now, reason=WORKER_SILENT) if task.leased_until < now and not is_spared else task
