"""Storing packages where everything else finds them: each in the place of a file, with its text as the only snippet."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.domain.code.replacement import SnippetChanges, replacement
from kodit.domain.code.snippet import Snippet, SnippetKind, content_hash
from kodit.domain.nixpkgs.channel import LANGUAGE
from kodit.domain.nixpkgs.comparison import ReleaseComparison
from kodit.domain.nixpkgs.nix_package import NixPackage
from kodit.domain.nixpkgs.walk import EvaluationFailure
from kodit.domain.sources.file import File, FileStatus

LONGEST_MESSAGE = 2_000
"""Characters of what an evaluator said that are kept: its beginning, where nix names the error."""


@dataclass(frozen=True, slots=True)
class PackageStore:
    """Stores what of a release differs from what the index has, and counts it as phases count files."""

    storage: Storage
    index_id: int
    comparison: ReleaseComparison
    counts: Counter[str]

    async def add(self, packages: Sequence[NixPackage], failures: Sequence[EvaluationFailure]) -> None:
        """Take one batch of what the release has: all of it in one transaction."""
        news = [package for package in packages if self.comparison.is_news(package)]
        for failure in failures:
            self.comparison.fail(failure.attr)
        if not news and not failures:
            self.counts["files_unchanged"] += len(packages)
            return
        async with self.storage.write() as unit:
            changes = await self._store(unit, news) if news else ()
            await unit.channels.record_failures(self.index_id, map(_bounded, failures))
        known = sum(str(package.attr) in self.comparison.held for package in news)
        self.counts["files_added"] += len(news) - known
        self.counts["files_modified"] += known
        self.counts["files_unchanged"] += len(packages) - len(news)
        self.counts["packages_failed"] += len(failures)
        self._count(changes)

    async def remove(self, paths: Sequence[str]) -> None:
        """Remove packages that are gone, by their attribute paths as text, in one transaction."""
        async with self.storage.write() as unit:
            files = await unit.files.at(self.index_id, paths)
            ids = [file.id for file in files.values()]
            stored = await unit.snippets.of_files(ids)
            changes = [replacement(file_id, stored.get(file_id, ()), ()) for file_id in ids]
            await unit.snippets.apply(self.index_id, changes)
            await unit.nix_packages.remove(self.index_id, ids)
            await unit.files.save(replace(file, status=FileStatus.DELETED) for file in files.values())
        self.counts["files_deleted"] += len(paths)
        self._count(changes)

    async def _store(self, unit: UnitOfWork, news: Sequence[NixPackage]) -> Sequence[SnippetChanges]:
        await unit.files.save(self._file(package) for package in news)
        held = self.comparison.held
        new = [path for package in news if (path := str(package.attr)) not in held]
        ids = {path: file.id for path, file in (await unit.files.at(self.index_id, new)).items()}
        placed = {ids.get(path := str(package.attr)) or held[path].file_id: package for package in news}
        stored = await unit.snippets.of_files(placed)
        changes = [
            replacement(file_id, stored.get(file_id, ()), [_snippet(package)]) for file_id, package in placed.items()
        ]
        await unit.snippets.apply(self.index_id, changes)
        await unit.nix_packages.save(self.index_id, placed)
        return changes

    def _file(self, package: NixPackage) -> File:
        held = self.comparison.held.get(str(package.attr))
        return File(
            id=held.file_id if held else 0,
            index_id=self.index_id,
            path=str(package.attr),
            size=len(package.text.encode()),
            mtime_ns=0,
            content_hash=package.content_hash,
            extracted_hash=package.content_hash,
            status=FileStatus.MODIFIED if held else FileStatus.ADDED,
            language=LANGUAGE,
        )

    def _count(self, changes: Iterable[SnippetChanges]) -> None:
        for change in changes:
            self.counts["snippets_added"] += len(change.add)
            self.counts["snippets_removed"] += len(change.remove)
            self.counts["snippets_kept"] += change.kept


def _snippet(package: NixPackage) -> Snippet:
    path = symbol = str(package.attr)
    return Snippet(
        path=path,
        start_line=1,
        end_line=package.text.count("\n") + 1,
        kind=SnippetKind.MODULE,
        language=LANGUAGE,
        content=package.text,
        content_hash=content_hash(path, package.text, symbol=symbol),
        symbol=symbol,
    )


def _bounded(failure: EvaluationFailure) -> EvaluationFailure:
    return EvaluationFailure(failure.attr, failure.message[:LONGEST_MESSAGE])
