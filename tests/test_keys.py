"""The reference of keys is that of the records which read them."""

import re

import msgspec
import pytest

from grader.assignment.manifest import ManifestTable
from grader.author.keys import TABLES, kind_of, reference
from grader.model import Mistake, Source
from tests.conftest import RunCli


@pytest.mark.parametrize(("place", "table"), TABLES)
def test_every_key_is_described_and_no_other(place: str, table: type[msgspec.Struct]) -> None:
    told = TABLES[place, table]

    assert list(told) == list(table.__struct_fields__)
    assert all(told.values())


def tables_in(kind: object) -> set[type[msgspec.Struct]]:
    """Return the tables that a type of msgspec's may hold, at any depth."""
    match kind:
        case msgspec.inspect.StructType(cls=cls, fields=fields):
            return {cls}.union(*(tables_in(field.type) for field in fields))
        case msgspec.inspect.VarTupleType(item_type=inner):
            return tables_in(inner)
        case msgspec.inspect.DictType(value_type=inner):
            return tables_in(inner)
        case msgspec.inspect.UnionType(types=types):
            return set().union(*map(tables_in, types))
    return set()


@pytest.mark.parametrize("root", [ManifestTable, Mistake])
def test_every_table_is_there(root: type[msgspec.Struct]) -> None:
    found = tables_in(msgspec.inspect.type_info(root))

    assert root in found
    assert found <= {table for _, table in TABLES}


def test_the_command_prints_it(run_cli: RunCli) -> None:
    done = run_cli("new", "--keys")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == reference() + "\n"
    assert '| `points` | whole number, or text such as "1/3" | **required** |' in done.stdout
    assert '| `language` | text | `"en"` |' in done.stdout
    assert "| `case_cpu` | number | `0.5` |" in done.stdout
    assert '`"latest"` or `"best"`' in done.stdout
    cells = {len(re.findall(r"(?<!\\)\|", one)) for one in done.stdout.splitlines() if "|" in one}
    assert cells == {5}


def test_kinds_are_told_in_an_authors_words() -> None:
    assert kind_of(tuple[str, ...]) == "list of text"
    assert kind_of(str | None) == "text"
    assert kind_of(dict[Source, int]).startswith('table: whole number by `"public"` or')
