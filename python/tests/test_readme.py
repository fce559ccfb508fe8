"""The tables of python/README.md name what there is, and nothing else."""

import pathlib
import re
import sys

import pytest
import sysvitals

README = pathlib.Path(__file__).resolve().parents[1] / "README.md"

COLUMNS = [
    ("linux", "Linux"),
    ("win32", "Windows"),
    ("darwin", "macOS"),
    ("freebsd", "FreeBSD"),
    ("openbsd", "OpenBSD"),
    ("netbsd", "NetBSD"),
    ("sunos", "SunOS"),
    ("aix", "AIX"),
]


@pytest.fixture(scope="module")
def column():
    """The name of this platform's column."""
    return next(name for prefix, name in COLUMNS if sys.platform.startswith(prefix))


def table(heading):
    """The rows of the table below a heading: names and cells by column."""
    section = README.read_text(encoding="utf-8").partition(f"\n### {heading}\n")[2]
    lines = [line for line in section.partition("\n#")[0].splitlines() if line.startswith("|")]
    columns, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    for row in rows:
        yield re.findall(r"`([^`]+)`", row[0]), dict(zip(columns, row))


def check(heading, column, owner, names):
    told = set()
    for found, cells in table(heading):
        (name,) = found
        told.add(name)
        if cells[column] != "?":
            assert hasattr(owner, name) == (cells[column] == "y"), name
    assert names <= told


def test_functions(column):
    functions = {
        name
        for name in sysvitals.__all__
        if callable(getattr(sysvitals, name)) and not isinstance(getattr(sysvitals, name), type)
    }
    check("Functions", column, sysvitals, functions)


def test_methods(column):
    names = {name for name in dir(sysvitals.Process) if not name.startswith("_")}
    check("`Process`", column, sysvitals.Process, names)


def test_the_rest(column):
    told = set()
    for names, cells in table("Classes, exceptions and constants"):
        here = cells["Where"] == "everywhere" or column in cells["Where"].split(", ")
        for name in names:
            assert hasattr(sysvitals, name) == here, name
            told.add(name)
    functions = {name for names, _ in table("Functions") for name in names}
    assert set(sysvitals.__all__) <= told | functions


def test_more_than_psutil():
    for names, _ in table("More than psutil 7.2.2"):
        for name in names:
            _, _, method = name.partition("Process.")
            assert hasattr(sysvitals.Process() if method else sysvitals, method or name), name
            assert name not in sysvitals.__all__
