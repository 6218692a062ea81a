"""Rows that PostgreSQL hands over finished, by COPY: a long list costs Python a few blocks of bytes and no object a row."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db import connection
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.expressions import Case, Combinable, When

#: Bytes that are passed on in one go, at least: a block for each row would cost more than the row.
BLOCK = 1 << 16
#: Between these marks of CSV text may hold whatever JSON and XML hold, for neither has them: COPY leaves it as it is.
UNTOUCHED = "(FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')"

Cell = str | Combinable
#: The bytes of a file, block by block, and in the end the number of its rows.
Blocks = Generator[bytes, None, int]


class Kind(Enum):
    """What the values of a column are, as far as files tell them apart. Whatever is not known here is text."""

    TEXT = "text"
    NUMBER = "number"
    TRUTH = "truth"
    DAY = "day"
    MOMENT = "moment"


#: Object ids of PostgreSQL's types, which are the same everywhere (pg_type.dat).
KINDS = {
    16: Kind.TRUTH, 20: Kind.NUMBER, 21: Kind.NUMBER, 23: Kind.NUMBER, 701: Kind.NUMBER, 1082: Kind.DAY, 1184: Kind.MOMENT,
}  # fmt: skip


@dataclass(frozen=True)
class Statement:
    """A SELECT with its parameters. Its rows are those of a file, in its order."""

    sql: str
    parameters: Sequence[Any] | Mapping[str, Any] = ()


@dataclass(frozen=True)
class Column:
    """A column of a statement: its name there, how `written` refers to it, and its kind."""

    name: str
    alias: str
    kind: Kind


def of(rows: QuerySet[Any, Any], *cells: Cell) -> Statement:
    """The rows of a QuerySet, in its order, with a column for each field or expression."""
    named = {f"cell_{number}": F(cell) if isinstance(cell, str) else cell for number, cell in enumerate(cells)}
    return Statement(*rows.annotate(**named).values_list(*named).query.sql_with_params())


def columns(statement: Statement) -> list[Column]:
    """The columns of a statement. It is planned for that, and not run."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({statement.sql}) AS given LIMIT 0", statement.parameters)  # noqa: S608 - ours
        return [
            Column(found.name, f"given.c{number}", KINDS.get(found.type_code, Kind.TEXT))
            for number, found in enumerate(cursor.description)
        ]


def written(statement: Statement, found: Iterable[Column], cells: str, how: str = UNTOUCHED) -> Blocks:
    """What COPY makes of `cells`, SQL over the aliases of the columns that were `found`: a line a row, in blocks.

    Nothing is asked before the first block is. Whoever stops early ends the statement: the connection is free again.
    """
    names = ", ".join(column.alias.partition(".")[2] for column in found)
    block = bytearray()
    with connection.cursor() as cursor:
        filled_in = cursor.mogrify(statement.sql, statement.parameters)
        copied = f"COPY (SELECT {cells} FROM ({filled_in}) AS given({names})) TO STDOUT WITH {how}"  # noqa: S608 - ours
        with cursor.copy(copied) as copy:
            for row in copy:
                block += row
                if len(block) >= BLOCK:
                    yield bytes(block)
                    block.clear()
        rows = int(cursor.rowcount)
    if block:
        yield bytes(block)
    return rows


def in_words(field: str, words: Iterable[tuple[Any, Any]]) -> Case:
    """The word for each value of a field of text, such as its choices; any other value as it is."""
    cases = (When(**{field: value, "then": Value(str(word))}) for value, word in words)
    return Case(*cases, default=F(field), output_field=CharField())


def either(field: str, yes: Any, no: Any) -> Case:
    """One word where a field is true, the other where it is false."""
    return Case(When(**{field: True, "then": Value(str(yes))}), default=Value(str(no)), output_field=CharField())


def word_of(column: str, words: Iterable[tuple[str, Any]], parameters: dict[str, Any]) -> str:
    """SQL for the same over a column of a bare statement; the words go to its parameters."""
    cases = []
    for number, (value, word) in enumerate(words):
        parameters |= {f"{column}_{number}": value, f"{column}_{number}_said": str(word)}
        cases.append(f"WHEN %({column}_{number})s THEN %({column}_{number}_said)s")
    return f"CASE {column}::text {' '.join(cases)} ELSE {column}::text END"
