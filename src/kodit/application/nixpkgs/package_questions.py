"""Everything that may be asked about packages."""

from dataclasses import dataclass

from kodit.application.nixpkgs.package_lookup import PackageLookup
from kodit.application.nixpkgs.package_search_service import PackageSearchService


@dataclass(frozen=True, slots=True)
class PackageQuestions:
    """Searches by text, and questions by name."""

    searching: PackageSearchService
    lookup: PackageLookup
