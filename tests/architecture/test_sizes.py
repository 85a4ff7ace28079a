"""Small files and small functions: what a reader can hold at once."""

from statistics import median, quantiles

from source_tree import length, modules

FILE_LINES = 300
FILE_STOP = 400
FUNCTION_STOP = 50

# A file may exceed FILE_LINES, and never FILE_STOP, for the reason given here.
LONGER: dict[str, str] = {}

OURS = ("src", "alembic", "scripts", "benchmarks", "examples")


def test_a_file_is_short_or_says_why_not() -> None:
    long = {module.place: module.lines for module in modules(*OURS) if module.lines > FILE_LINES}
    assert long.keys() == LONGER.keys(), long


def test_no_file_is_beyond_the_stop() -> None:
    assert {module.place: module.lines for module in modules(*OURS, "tests") if module.lines > FILE_STOP} == {}


def test_no_function_is_beyond_the_stop() -> None:
    long = {
        f"{module.place}:{function.lineno} {function.name}": length(function)
        for module in modules(*OURS, "tests")
        # A migration is a list of what it creates.
        if not module.place.startswith("alembic/versions/")
        for function in module.functions()
        if length(function) >= FUNCTION_STOP
    }
    assert long == {}


def test_functions_are_mostly_small() -> None:
    lengths = [length(function) for module in modules("src") for function in module.functions()]
    assert median(lengths) <= 7
    assert quantiles(lengths, n=10)[-1] <= 25
