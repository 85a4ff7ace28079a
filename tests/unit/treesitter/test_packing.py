"""What travels from a worker process arrives as it was."""

from pathlib import Path

import pytest

from kodit.domain.code.extracted import ExtractedFile, FileContent
from kodit.domain.code.reference import Binding, Import, Reference, ReferenceKind
from kodit.domain.code.symbol import Symbol, SymbolKind, Visibility
from kodit.domain.sources.file import SkipReason
from kodit.infrastructure.treesitter.file_extraction import extract_file
from kodit.infrastructure.treesitter.packing import packed, unpacked

SAMPLES = sorted((Path(__file__).parents[2] / "contracts" / "samples").iterdir())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_what_is_found_in_a_sample_arrives_as_it_was(sample):
    result = extract_file(FileContent(path=sample.name, content=sample.read_bytes()))
    assert unpacked(packed([result, result])) == [result, result]


def test_every_field_arrives_with_its_type():
    symbol = Symbol(
        name="f", qualified_name="C.f", kind=SymbolKind.METHOD, start_line=1, end_line=2, head_line=1, parent=0
    )
    reference = Reference(ReferenceKind.CALL, "f", "self", 1, 2, None)
    imported = Import(module="x", line=1, level=2, bindings=(Binding("a", "b"),), exported=True)
    file = ExtractedFile(
        path="ä.py", language="python", symbols=(symbol,), references=(reference,), imports=(imported,)
    )

    [found] = unpacked(packed([file]))

    assert found == file
    assert type(found.references[0]) is Reference
    assert found.references[0].kind is ReferenceKind.CALL
    assert found.symbols[0].visibility is Visibility.PUBLIC
    assert type(found.imports[0].bindings[0]) is Binding


def test_a_file_without_anything_and_a_failed_one_arrive_too():
    files = [ExtractedFile(path="a"), ExtractedFile(path="b", skip_reason=SkipReason.FAILED, problem="it died")]
    assert unpacked(packed(files)) == files
    assert unpacked(packed([])) == []
