"""Which model or rule set each derived index is made with."""

from collections.abc import Mapping

from kodit.domain.code.marks import Derived
from kodit.domain.enrichment.ports import Describer
from kodit.domain.search.ports import Embedder
from kodit.domain.search.tokens import TOKENIZER

DerivedModels = Mapping[Derived, str]


def derived_models(embedder: Embedder, describer: Describer) -> DerivedModels:
    """The models in force: what was made with others is made again."""
    return {
        Derived.KEYWORDS: TOKENIZER,
        Derived.CODE_VECTORS: embedder.model,
        Derived.TEXT_VECTORS: f"{describer.model} {embedder.model}",
    }
