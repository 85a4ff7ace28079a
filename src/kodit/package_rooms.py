"""What answers questions about packages, put together."""

from kodit.application.nixpkgs.package_lookup import PackageLookup
from kodit.application.nixpkgs.package_questions import PackageQuestions
from kodit.application.nixpkgs.package_search_service import PackageSearchService
from kodit.infrastructure.sql.nix_package_search import Rows, SqlNixPackageSearch
from kodit.rooms import Rooms


def package_questions(rooms: Rooms) -> PackageQuestions:
    """Over the packages of a database that is up to date already."""
    packages = SqlNixPackageSearch(_rows(rooms))
    searching = PackageSearchService(
        packages=packages,
        keyword_index=rooms.keyword_index,
        vector_index=rooms.vector_index,
        embedder=rooms.embedder,
        models=rooms.models,
    )
    return PackageQuestions(searching, PackageLookup(packages))


def _rows(rooms: Rooms) -> Rows:
    """What carries out statements; for SQLite, one that leaves SQLAlchemy alone as long as nothing goes wrong."""
    file = rooms.settings.database_file
    if file is None:
        return _of_any_database(rooms)
    from kodit.infrastructure.sqlite.reading import SqliteRows

    rows = SqliteRows(file, lambda: _of_any_database(rooms))
    rooms.closed_first.append(rows.close)
    return rows


def _of_any_database(rooms: Rooms) -> Rows:
    from kodit.infrastructure.sql.text_rows import DatabaseRows

    return DatabaseRows(rooms.database)
