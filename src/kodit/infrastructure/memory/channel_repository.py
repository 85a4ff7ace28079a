"""Channels in memory: what the port promises, and no more."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.channel import Channel
from kodit.domain.nixpkgs.walk import EvaluationFailure


class MemoryChannelRepository:
    """Implements ChannelRepository."""

    def __init__(self) -> None:
        self._channels: dict[int, Channel] = {}
        self._failures: dict[int, dict[AttrPath, EvaluationFailure]] = {}

    async def of(self, index_id: int) -> Channel:
        """See the port."""
        return self._channels.get(index_id, Channel(index_id=index_id))

    async def all(self) -> Mapping[int, Channel]:
        """See the port."""
        return dict(self._channels)

    async def save(self, channel: Channel) -> None:
        """See the port."""
        self._channels[channel.index_id] = channel

    async def failures(self, index_id: int) -> Sequence[EvaluationFailure]:
        """See the port."""
        return sorted(self._failures.get(index_id, {}).values(), key=lambda failure: failure.attr)

    async def count_failures(self, index_id: int) -> int:
        """See the port."""
        return len(self._failures.get(index_id, {}))

    async def record_failures(self, index_id: int, failures: Iterable[EvaluationFailure]) -> None:
        """See the port."""
        self._failures.setdefault(index_id, {}).update({failure.attr: failure for failure in failures})

    async def keep_failures(self, index_id: int, attrs: Collection[AttrPath]) -> None:
        """See the port."""
        mine = self._failures.get(index_id, {})
        self._failures[index_id] = {attr: failure for attr, failure in mine.items() if attr in attrs}
