"""Which adapter a setting stands for. Only the chosen one is imported: each brings libraries that start slowly."""

from datetime import timedelta
from pathlib import Path

from kodit.domain.enrichment.ports import Describer
from kodit.domain.errors import InvalidInput
from kodit.domain.search.ports import Embedder
from kodit.infrastructure import clock
from kodit.settings import Settings


def chosen_embedder(settings: Settings) -> Embedder:
    """Raises InvalidInput for a model that is missing or cannot be used."""
    if settings.embedder == "sentence-transformers":
        from kodit.infrastructure.sentence_transformers.embedder import SentenceTransformersEmbedder

        if settings.embedder_model is None:
            raise InvalidInput("the sentence-transformers embedder needs a model", remedy="set KODIT_EMBEDDER_MODEL")
        return SentenceTransformersEmbedder(settings.embedder_model)
    from kodit.infrastructure.static_model.embedder import StaticEmbedder

    return StaticEmbedder(Path(settings.embedder_model) if settings.embedder_model else None)


def chosen_describer(settings: Settings) -> Describer:
    """Raises InvalidInput for an endpoint that is missing or makes no sense."""
    if settings.describer == "embedded":
        from kodit.infrastructure.embedded.describer import EmbeddedDescriber

        return EmbeddedDescriber(settings.workers)
    from kodit.infrastructure.openai.describer import Endpoint, OpenAiDescriber

    if settings.openai_base_url is None or settings.openai_model is None:
        raise InvalidInput(
            "the openai describer needs an endpoint and a model",
            remedy="set KODIT_OPENAI_BASE_URL and KODIT_OPENAI_MODEL",
        )
    endpoint = Endpoint(
        base_url=settings.openai_base_url,
        model=settings.openai_model,
        api_key=settings.openai_api_key.get_secret_value() if settings.openai_api_key else None,
        timeout=timedelta(seconds=settings.openai_seconds),
        concurrency=settings.openai_concurrency,
    )
    return OpenAiDescriber(endpoint, now=clock.now)
