"""What is held back."""

from collections.abc import Sequence

from kodit.application.tasks.statistics import QueueStatistics
from kodit.domain.tasks.claim import EVERYTHING, Control
from kodit.domain.tasks.task_type import AnyTaskType
from kodit.interfaces.cli.rendering.figures import counted
from kodit.interfaces.cli.rendering.streams import document, notice, say


def tell_control(kind: AnyTaskType, controls: Sequence[Control], *, as_json: bool) -> None:
    """How a type, or everything, is held back after somebody changed that; `controls` are all that there are."""
    held = {control.type: control for control in controls}
    control = held.get(kind, Control(type=kind))
    name = named(kind)
    if as_json:
        document({"type": name, "paused": control.paused, "limit": control.most})
        return
    if control.paused:
        again = "kodit queue resume" if kind == EVERYTHING else f"kodit queue resume {name}"
        say(f"{name} is paused; what runs already is carried out to its end. To go on: {again}")
    if control.most is not None:
        say(f"of {name}, at most {counted(control.most, 'task')} run{'s' * (control.most == 1)} at a time")
    if control == Control(type=kind):
        say("the queue as a whole is not paused" if kind == EVERYTHING else f"{name} is not held back")
    others = [named(other.type) for other in controls if other.paused and other.type != kind]
    if others and not control.paused:
        notice(f"still paused: {', '.join(others)}")


def held_back(queue: QueueStatistics) -> str:
    """`ENRICH paused, SYNC at most 2 at a time`; `-` for nothing."""
    said = (
        ["everything paused"] if queue.all_paused else [f"{one.type.name} paused" for one in queue.types if one.paused]
    )
    said += [f"{one.type.name} at most {one.most:,} at a time" for one in queue.types if one.most is not None]
    return ", ".join(said) or "-"


def named(kind: AnyTaskType) -> str:
    """What a control is about."""
    return "everything" if kind == EVERYTHING else kind.name
