"""What extraction makes of one file."""

from collections.abc import Callable

from kodit.domain.code.chunking import snippets_of
from kodit.domain.code.classification import readable
from kodit.domain.code.extracted import ExtractedFile, FileContent
from kodit.domain.code.language import language_of_text
from kodit.domain.sources.file import SkipReason
from kodit.infrastructure.treesitter.definitions import found_in
from kodit.infrastructure.treesitter.grammars import PARSED_LANGUAGES, tree_of
from kodit.infrastructure.treesitter.references import used
from kodit.infrastructure.treesitter.symbols import symbols_of

FileFunction = Callable[[FileContent], ExtractedFile]


def extract_file(file: FileContent) -> ExtractedFile:
    """The snippets of one file and what it defines, uses and imports, or why there is nothing."""
    text = readable(file.path, file.content)
    if isinstance(text, SkipReason):
        return ExtractedFile(path=file.path, skip_reason=text)
    language = language_of_text(file.path, text)
    if language not in PARSED_LANGUAGES:
        return ExtractedFile(path=file.path, language=language, snippets=snippets_of(file.path, language, text))
    root, source = tree_of(language, text)
    found = found_in(language, root, source)
    symbols = symbols_of(language, found, source)
    references, imports = used(language, root, source, symbols)
    return ExtractedFile(
        path=file.path,
        language=language,
        snippets=snippets_of(file.path, language, text, found.parsed),
        symbols=symbols,
        references=references,
        imports=imports,
    )
