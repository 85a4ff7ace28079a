"""Storing packages where everything else finds them: each in the place of a file, with its text as the only snippet."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
        news = {str(package.attr): package for package in packages if self.comparison.is_news(package)}
        for failure in failures:
            self.comparison.fail(failure.attr)
        if not news and not failures:
            self.counts["files_unchanged"] += len(packages)
            return
        async with self.storage.write() as unit:
            changes = await self._store(unit, news) if news else ()
            await unit.channels.record_failures(self.index_id, map(_bounded, failures))
        known = sum(path in self.comparison.held for path in news)
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

    async def _store(self, unit: UnitOfWork, news: Mapping[str, NixPackage]) -> Sequence[SnippetChanges]:
        """Store packages by their attribute paths as text."""
        held = self.comparison.held
        snippets = {path: _snippet(path, package) for path, package in news.items()}
        await unit.files.save(self._file(snippets[path], package) for path, package in news.items())
        new = await unit.files.at(self.index_id, [path for path in news if path not in held])
        ids = {path: held[path].file_id if path in held else new[path].id for path in news}
        stored = await unit.snippets.of_files(ids.values())
        changes = [replacement(ids[path], stored.get(ids[path], ()), [snippet]) for path, snippet in snippets.items()]
        await unit.snippets.apply(self.index_id, changes)
        await unit.nix_packages.save(self.index_id, {ids[path]: package for path, package in news.items()})
        return changes

    def _file(self, snippet: Snippet, package: NixPackage) -> File:
        held = self.comparison.held.get(snippet.path)
        content_hash = package.content_hash
        return File(
            id=held.file_id if held else 0,
            index_id=self.index_id,
            path=snippet.path,
            size=len(snippet.content.encode()),
            mtime_ns=0,
            content_hash=content_hash,
            extracted_hash=content_hash,
            status=FileStatus.MODIFIED if held else FileStatus.ADDED,
            language=LANGUAGE,
        )

    def _count(self, changes: Iterable[SnippetChanges]) -> None:
        for change in changes:
            self.counts["snippets_added"] += len(change.add)
            self.counts["snippets_removed"] += len(change.remove)
            self.counts["snippets_kept"] += change.kept


def _snippet(path: str, package: NixPackage) -> Snippet:
    text = package.text
    return Snippet(
        path=path,
        start_line=1,
        end_line=text.count("\n") + 1,
        kind=SnippetKind.MODULE,
        language=LANGUAGE,
        content=text,
        content_hash=content_hash(path, text, symbol=path),
        symbol=path,
    )


def _bounded(failure: EvaluationFailure) -> EvaluationFailure:
    return EvaluationFailure(failure.attr, failure.message[:LONGEST_MESSAGE])
