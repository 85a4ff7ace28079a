"""A search over packages through all of its lists, and questions about one package, on adapters in memory."""

import pytest

from kodit.application.nixpkgs.package_lookup import PackageLookup
from kodit.application.nixpkgs.package_search_service import FETCH, PackageSearchService
from kodit.domain.code.marks import Derived
from kodit.domain.code.snippet import SnippetKind
from kodit.domain.errors import InvalidInput, NotFound, NothingIndexed
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.channel import LANGUAGE
from kodit.domain.nixpkgs.nix_package import License, NixPackage
from kodit.domain.nixpkgs.package_query import PackageFilters, SearchedChannel
from kodit.domain.nixpkgs.ranking import KEYWORDS, MEANING, NAMES
from kodit.domain.search.ports import VectorKind
from kodit.domain.search.query import Document
from kodit.infrastructure.memory.embedder import HashingEmbedder
from kodit.infrastructure.memory.keyword_index import MemoryKeywordIndex
from kodit.infrastructure.memory.nix_package_search import HeldText, MemoryNixPackageSearch
from kodit.infrastructure.memory.vector_index import MemoryVectorIndex

HERE = SearchedChannel(1, "here", "25.05", is_complete=True)


def a_package(path, description=None, **changes):
    attr = AttrPath.parse(path)
    return NixPackage(attr=attr, pname=attr.name, description=description, **changes)


async def searching(*packages, channels=(HERE,), gone=()):
    """A search over packages of the first channel, indexed as the phases do it."""
    held = [HeldText(place, 1, package) for place, package in enumerate(packages, start=1)]
    keywords, vectors, embedder = MemoryKeywordIndex(), MemoryVectorIndex(), HashingEmbedder()
    documents = [
        Document(
            snippet_id=one.id,
            index_id=1,
            path=str(one.package.attr),
            language=LANGUAGE,
            symbol=str(one.package.attr),
            kind=SnippetKind.MODULE,
            content=one.package.text,
        )
        for one in held
    ]
    await keywords.update(1, add=documents, remove=())
    embedded = await embedder.embed([one.package.text for one in held])
    added = [(one.id, one.id, vector) for one, vector in zip(held, embedded, strict=True)]
    of_model = {"model": embedder.model, "dimension": embedder.dimension}
    await vectors.update(1, VectorKind.CODE, add=added, remove=(), **of_model)
    known = [one for one in held if str(one.package.attr) not in gone]
    search = PackageSearchService(
        packages=MemoryNixPackageSearch(channels, known),
        keyword_index=keywords,
        vector_index=vectors,
        embedder=embedder,
        models={Derived.CODE_VECTORS: embedder.model},
    )
    return search.search


def paths(answers):
    return [str(hit.package.attr) for hit in answers.hits]


async def test_an_answer_says_in_which_lists_it_is_and_of_which_channel():
    search = await searching(a_package("firefox", "A web browser"), a_package("w3m", "A text-mode web browser"))

    answers = await search("firefox")

    assert paths(answers)[0] == "firefox"
    assert answers.hits[0].channel == "here"
    assert answers.hits[0].ranks == {NAMES: 1, KEYWORDS: 1, MEANING: 1}
    assert answers.incomplete == []
    assert answers.took_ms > 0


async def test_filters_narrow_every_list_before_it_is_cut():
    broken = [a_package(f"web-browser-{number}", "web browser", is_broken=True) for number in range(3 * FETCH)]
    whole = a_package("other", "something that lets one browse, a browser for the web")

    answers = await (await searching(*broken, whole))("web browser", filters=PackageFilters(broken=False))

    assert paths(answers) == ["other"]
    assert answers.hits[0].ranks.keys() == {KEYWORDS, MEANING}


async def test_a_misspelt_name_is_understood_and_a_word_of_some_text_is_not_changed():
    search = await searching(a_package("python3"), a_package("cloud-init", "speaks aloud"))

    assert (await search("pyton3")).understood == {"pyton3": ("python3",)}
    assert paths(await search("pyton3"))[0] == "python3"
    assert (await search("aloud")).understood == {}
    assert (await search("cluod")).understood == {"cluod": ("cloud",)}
    assert (await search("xx")).understood == {}


async def test_it_is_told_when_no_answer_has_a_word_of_the_question():
    search = await searching(a_package("firefox", "A web browser"), a_package("python3", "A programming language"))

    nonsense = await search("qqqxxx vvvwww")

    assert nonsense.hits
    assert nonsense.by_meaning_only
    assert not (await search("qqqxxx browsers")).by_meaning_only
    assert not (await search("fire")).by_meaning_only
    assert not (await search("pyton3")).by_meaning_only
    assert not (await search(";")).by_meaning_only


async def test_among_others_a_word_is_only_taken_for_a_name_that_begins_alike():
    search = await searching(a_package("cloud-init"), a_package("vim-fugitive"))

    assert (await search("aloud")).understood == {"aloud": ("cloud",)}
    assert (await search("read aloud")).understood == {}
    assert (await search("vim fugtive")).understood == {"fugtive": ("fugitive",)}


async def test_what_is_gone_since_it_was_indexed_is_no_answer():
    search = await searching(a_package("firefox"), a_package("firefox-esr"), gone={"firefox"})
    assert paths(await search("firefox")) == ["firefox-esr"]


async def test_a_text_without_words_finds_nothing():
    search = await searching(a_package("firefox"))
    assert paths(await search(" ;,() ")) == []
    assert paths(await search("")) == []


async def test_a_channel_that_is_not_read_to_its_end_is_told():
    channels = (HERE, SearchedChannel(2, "there"))
    search = await searching(a_package("firefox"), channels=channels)
    assert (await search("firefox")).incomplete == ["there"]
    assert paths(await search("firefox", channels=["there"])) == []


async def test_what_no_channel_has_is_an_error():
    mit = License("MIT License", "MIT", is_free=True)
    search = await searching(a_package("a", licenses=(mit,), platforms=("x86_64-linux",)))

    with pytest.raises(InvalidInput, match="no package has the licence MTI") as wrong:
        await search("a", filters=PackageFilters(licenses=frozenset({"mit", "MTI"})))
    assert wrong.value.remedy == "did you mean MIT?"
    with pytest.raises(InvalidInput, match="no package has the licence MI") as begun:
        await search("a", filters=PackageFilters(licenses=frozenset({"MI"})))
    assert begun.value.remedy == "did you mean MIT?"
    with pytest.raises(InvalidInput, match="no package has the platform linux"):
        await search("a", filters=PackageFilters(platforms=frozenset({"linux"})))
    with pytest.raises(NotFound, match="there is no channel named there"):
        await search("a", channels=["there"])
    with pytest.raises(NothingIndexed, match="there is no channel yet"):
        await (await searching(channels=()))("a")


async def test_the_platforms_that_there_are_are_told_where_none_is_spelled_alike():
    async def remedy(*platforms):
        search = await searching(a_package("a", platforms=platforms))
        with pytest.raises(InvalidInput, match="no package has the platform sparc-sunos") as wrong:
            await search("a", filters=PackageFilters(platforms=frozenset({"sparc-sunos"})))
        return wrong.value.remedy

    assert await remedy("x86_64-linux", "i686-linux") == "there are i686-linux, x86_64-linux"
    many = await remedy("x86_64-sunos", *[f"mips{number}-netbsd" for number in range(9)])
    assert many.startswith("there are x86_64-sunos, mips0-netbsd, mips1-netbsd, ")
    assert many.endswith(", mips6-netbsd, and 2 more")
    assert await remedy() == "packages that name no platforms are for all: leave the filter out"


async def test_a_package_is_found_by_its_path_in_the_case_that_was_written_first():
    held = [HeldText(1, 1, a_package("a.Git")), HeldText(2, 1, a_package("a.git")), HeldText(3, 1, a_package('"x.y"'))]
    lookup = PackageLookup(MemoryNixPackageSearch([HERE], held))

    async def shown(path):
        return [str(found.package.attr) for found in await lookup.show(path)]

    assert await shown("a.git") == ["a.git"]
    assert await shown("A.GIT") == ["a.Git", "a.git"]
    assert await shown('"x.y"') == ['"x.y"']
    with pytest.raises(NotFound) as missing:
        await lookup.show("git")
    assert missing.value.remedy == "did you mean a.Git, a.git?"
    with pytest.raises(NotFound) as unlike:
        await lookup.show("nothing-like-it")
    assert unlike.value.remedy == "search: kodit nix search nothing-like-it"


async def test_no_packages_are_looked_at_for_a_name_that_the_filters_rule_out():
    class WithoutNames(MemoryNixPackageSearch):
        async def called(self, *_, **__):
            raise AssertionError("names were looked at")

    lookup = PackageLookup(WithoutNames([HERE], [HeldText(1, 1, a_package("firefox"))]))

    assert (await lookup.has("no-such-thing")).by_filters
    with pytest.raises(AssertionError, match="names were looked at"):
        await lookup.has(" FireFox ")


async def test_without_a_filter_names_are_looked_at():
    class WithoutFilters(MemoryNixPackageSearch):
        async def name_filters(self, index_ids):
            return {}

    lookup = PackageLookup(WithoutFilters([HERE], [HeldText(1, 1, a_package("firefox"))]))

    assert (await lookup.has("Firefox")).packages == {"here": ["firefox"]}
    missing = await lookup.has("no-such-thing")
    assert not missing.exists
    assert not missing.by_filters
