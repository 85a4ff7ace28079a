"""The table task type -> handler, and how a handler gets what it asks for."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from inspect import Parameter, signature
from typing import Any

from kodit.application.artifacts.export import export
from kodit.application.artifacts.publish import publish
from kodit.application.channels.enrich import enrich_channel
from kodit.application.channels.extract import extract_channel
from kodit.application.channels.sync import sync_channel
from kodit.application.indexing.bm25 import bm25
from kodit.application.indexing.code_embeddings import code_embeddings
from kodit.application.indexing.enrich import enrich
from kodit.application.indexing.extract import extract
from kodit.application.indexing.sync import sync
from kodit.application.tasks.work import Handlers, Work
from kodit.domain.sources.source import SourceKind
from kodit.domain.tasks.policy import Outcome
from kodit.domain.tasks.task_type import AnyTaskType, TaskType

Unbound = Callable[..., Awaitable[Outcome]]

HANDLERS: Mapping[AnyTaskType, Unbound] = {
    TaskType.SYNC: sync,
    TaskType.EXTRACT: extract,
    TaskType.BM25_INDEX: bm25,
    TaskType.CODE_EMBEDDINGS: code_embeddings,
    TaskType.ENRICH: enrich,
    TaskType.EXPORT: export,
    TaskType.PUBLISH: publish,
}

CHANNEL_HANDLERS: Mapping[AnyTaskType, Unbound] = {
    TaskType.SYNC: sync_channel,
    TaskType.EXTRACT: extract_channel,
    TaskType.ENRICH: enrich_channel,
}
"""What is done otherwise where the source is a channel."""


def all_bound(services: Mapping[str, Any]) -> Handlers:
    """Every handler with its dependencies, for sources of any kind."""
    return by_kind(bind(HANDLERS, services), bind(CHANNEL_HANDLERS, services))


def bind(handlers: Mapping[AnyTaskType, Unbound], services: Mapping[str, Any]) -> Handlers:
    """Give each handler its keyword-only dependencies by name.

    A handler is `async def phase(work: Work, *, needs...) -> Outcome`. `storage` is the attempt's own, which only lets
    it write as long as its lease holds. A need that `services` cannot meet is a TypeError at start-up, not at the first
    task.
    """
    bound: dict[AnyTaskType, Callable[[Work], Awaitable[Outcome]]] = {}
    for task_type, handler in handlers.items():
        needs = needs_of(handler) - {"storage"}
        if missing := needs - services.keys():
            raise TypeError(f"{task_type.name} needs {sorted(missing)}")
        given = partial(handler, **{name: services[name] for name in needs})
        bound[task_type] = _with_storage(given) if "storage" in needs_of(handler) else given
    return bound


def by_kind(handlers: Handlers, of_channels: Handlers) -> Handlers:
    """`handlers`, but that tasks about a channel go to those `of_channels` where there is one."""
    return {
        task_type: _chosen(handler, of_channels[task_type]) if task_type in of_channels else handler
        for task_type, handler in handlers.items()
    }


def _chosen(
    usual: Callable[[Work], Awaitable[Outcome]], of_channels: Callable[[Work], Awaitable[Outcome]]
) -> Callable[[Work], Awaitable[Outcome]]:
    async def attempt(work: Work) -> Outcome:
        async with work.storage.read() as unit:
            kind = (await unit.sources.get(work.index_id)).kind
        return await (of_channels if kind is SourceKind.NIXPKGS_CHANNEL else usual)(work)

    return attempt


def _with_storage(handler: Unbound) -> Callable[[Work], Awaitable[Outcome]]:
    async def attempt(work: Work) -> Outcome:
        return await handler(work, storage=work.storage)

    return attempt


def needs_of(handler: Unbound) -> set[str]:
    """The names of a handler's keyword-only parameters."""
    return {p.name for p in signature(handler).parameters.values() if p.kind is Parameter.KEYWORD_ONLY}
