"""What is to be built of an index, as a task's payload has it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from kodit.domain.artifacts.terms import BuildTerms, FtsTerms, HnswTerms, Targets
from kodit.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOrder:
    """Which files, and how: with vectors unless `embeddings` is False.

    `made_from` is the path of a full artifact that they are made from in place of an index.
    """

    targets: Targets
    terms: BuildTerms = field(default_factory=BuildTerms)
    embeddings: bool = True
    made_from: str | None = None

    @property
    def payload(self) -> Mapping[str, Any]:
        """The order as JSON."""
        return {
            "targets": asdict(self.targets),
            "terms": asdict(self.terms),
            "embeddings": self.embeddings,
            "made_from": self.made_from,
        }

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Self:
        """The order in a payload. Raises InvalidInput where there is none."""
        try:
            terms = payload["terms"]
            return cls(
                targets=Targets(**payload["targets"]),
                terms=BuildTerms(
                    hnsw=HnswTerms(**terms["hnsw"]) if terms["hnsw"] else None,
                    minified_hnsw=HnswTerms(**terms["minified_hnsw"]) if terms["minified_hnsw"] else None,
                    fts=FtsTerms(**terms["fts"]),
                ),
                embeddings=payload["embeddings"],
                made_from=payload.get("made_from"),
            )
        except (KeyError, TypeError) as error:
            raise InvalidInput(f"the task does not say what is to be exported: {error}") from None
