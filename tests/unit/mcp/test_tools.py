"""What assistants are told of the tools: short, complete and true."""

import jsonschema
import pytest

from kodit.interfaces.mcp.parameters import Shape
from kodit.interfaces.mcp.server import listed
from kodit.interfaces.mcp.tools import BY_NAME, INSTRUCTIONS, TOOLS

LISTED_CHARACTERS = 6_000
"""Every conversation pays for the list of tools, whether they are used or not: at about four characters a token it is
1,500 tokens, less than one in a hundred of what today's assistants keep in mind."""
LISTED_CHARACTERS_OF_ONE = 1_100

TOOLS_BY_NAME = {tool.name: tool for tool in listed().tools}


def size(model):
    return len(model.model_dump_json(by_alias=True, exclude_none=True))


def test_the_list_of_tools_is_short():
    assert size(listed()) + len(INSTRUCTIONS) <= LISTED_CHARACTERS


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_a_tool_is_told_in_few_words(name):
    tool = TOOLS_BY_NAME[name]
    assert size(tool) <= LISTED_CHARACTERS_OF_ONE
    assert tool.description.endswith(".")
    assert tool.annotations.title


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_a_schema_is_one_and_says_what_each_argument_means(name):
    schema = TOOLS_BY_NAME[name].input_schema
    jsonschema.Draft202012Validator.check_schema(schema)
    assert all(one["description"] for one in schema["properties"].values())
    for parameter in BY_NAME[name].parameters:
        if parameter.shape is Shape.NUMBER and parameter.usual is not None:
            assert parameter.least <= parameter.usual <= parameter.most


def test_only_indexing_changes_something_and_it_destroys_nothing():
    assert [tool.name for tool in TOOLS if tool.writes] == ["index_source"]
    for tool in listed().tools:
        assert tool.annotations.read_only_hint is (tool.name != "index_source")
    assert TOOLS_BY_NAME["index_source"].annotations.destructive_hint is False


def test_the_instructions_name_tools_that_there_are():
    named = {word.strip(",;.") for word in INSTRUCTIONS.split() if "_" in word}
    assert named <= BY_NAME.keys()
