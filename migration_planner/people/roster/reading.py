"""From a CSV file to clean cells with the line they stand on. Nothing here touches the database."""

import csv
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from itertools import chain
from typing import NamedTuple
from zoneinfo import available_timezones

from django.conf import settings
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError

REQUIRED = ("email", "name", "team")
COLUMNS = (*REQUIRED, "role", "home_team", "timezone", "language", "manager", "site", "external_id", "active")
ALIASES = {"zone": "timezone", "time_zone": "timezone", "home": "home_team"}
YES, NO = {"yes", "y", "true", "t", "1", "x"}, {"no", "n", "false", "f", "0"}
#: Control characters, marks of direction that reorder what stands around them, and marks that cannot be seen.
INVISIBLE = dict.fromkeys(
    [*range(32), *range(127, 160), 0x200B, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
LONGEST_CELL = 10_000


class Row(NamedTuple):
    line: int
    #: One clean cell for each of COLUMNS; empty where the file has none.
    cells: tuple[str, ...]
    surplus: int


class RosterFile:
    """An open CSV file: which of our columns it has, which it has besides, and its rows as a stream.

    Raises DomainError, with the line, when the file cannot be read as UTF-8 CSV with the columns asked for.
    """

    def __init__(self, raw: Iterable[bytes]) -> None:
        lines = self._lines(raw)
        first = next((line for line in lines if line.strip()), "")
        csv.field_size_limit(LONGEST_CELL)
        # Spreadsheets of many countries separate by semicolon, others by tabulator.
        self._reader = csv.reader(chain([first], lines), delimiter=max(",;\t", key=first.count), strict=True)
        headings = [_heading(cell) for cell in next(self._records(), [])]
        self._skipped = self._read - self._reader.line_num
        self._places = {name: place for place, name in enumerate(headings) if name in COLUMNS}
        self._width = len(headings)
        self.columns = [name for name in COLUMNS if name in self._places]
        self.unknown = [name for name in headings if name and name not in COLUMNS]
        _require(headings, self.columns)

    def rows(self) -> Iterator[Row]:
        places = [self._places.get(name, -1) for name in COLUMNS]
        cleaners = [CLEANERS.get(name, clean) for name in COLUMNS]
        takes = list(zip(places, cleaners, [cleaner("") for cleaner in cleaners], strict=True))
        before = self._skipped + self._reader.line_num
        for cells in self._records():
            if any(cells):
                width = len(cells)
                found = tuple(
                    [cleaner(cells[place]) if 0 <= place < width else absent for place, cleaner, absent in takes]
                )
                yield Row(before + 1, found, sum(map(bool, cells[self._width :])) if width > self._width else 0)
            before = self._skipped + self._reader.line_num

    def _lines(self, raw: Iterable[bytes]) -> Iterator[str]:
        self._read = 0
        for self._read, line in enumerate(raw, start=1):
            try:
                text = line.decode("utf-8-sig" if self._read == 1 else "utf-8")
            except UnicodeDecodeError:
                raise DomainError(
                    _t("Line %(line)d is not UTF-8. Save the roster as CSV (UTF-8).") % {"line": self._read}
                ) from None
            if "\0" in text:
                raise DomainError(_t("The file is not text. Save the roster as CSV (UTF-8)."))
            yield text

    def _records(self) -> Iterator[list[str]]:
        try:
            yield from self._reader
        except csv.Error as error:
            raise DomainError(
                _t("Line %(line)d is not CSV (%(error)s). Look for a quotation mark that is not closed.")
                % {"line": self._read, "error": error}
            ) from None


def _heading(cell: str) -> str:
    name = "_".join(clean(cell).lower().split())
    return ALIASES.get(name, name)


def _require(headings: list[str], columns: list[str]) -> None:
    if missing := [name for name in REQUIRED if name not in columns]:
        raise DomainError(
            _t("The file lacks the column %(missing)s. Its first line must name at least: email, name, team.")
            % {"missing": ", ".join(missing)}
        )
    if twice := [name for name in columns if headings.count(name) > 1]:
        raise DomainError(
            _t("The column %(twice)s stands in the file twice. Remove one of them.") % {"twice": ", ".join(twice)}
        )


def clean(cell: str) -> str:
    """One line without space around it, in composed characters, and without any that cannot be seen."""
    cell = " ".join(cell.split())
    if not cell.isascii():
        cell = unicodedata.normalize("NFC", cell)
    return cell if cell.isprintable() else " ".join(cell.translate(INVISIBLE).split())


def clean_address(cell: str) -> str:
    return clean(cell).lower()


def clean_path(cell: str) -> str:
    path = clean(cell)
    return "/".join(name.strip() for name in path.split("/")) if " /" in path or "/ " in path else path


def clean_role(cell: str) -> str:
    return clean(cell).lower() or "member"


def clean_flag(cell: str) -> str:
    """yes, no, empty; or what stands there when it is none of these."""
    word = clean(cell).lower()
    return "yes" if word in YES else "no" if word in NO else word


@lru_cache(maxsize=1000)
def clean_zone(cell: str) -> str:
    """The zone's name as the tz database writes it; what stands there when no zone is called so."""
    return _zones().get(clean(cell).lower(), clean(cell))


@lru_cache(maxsize=1000)
def clean_language(cell: str) -> str:
    """A language we speak, by its main part ("en-GB", "zh_CN"); what stands there when we do not."""
    word = clean(cell).lower().replace("_", "-")
    if word in {"zh", "zh-cn", "zh-sg"} or word.startswith("zh-hans"):
        return "zh-hans"
    ours = {code for code, _name in settings.LANGUAGES}
    return word if word in ours or word.partition("-")[0] not in ours else word.partition("-")[0]


@cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


CLEANERS: dict[str, Callable[[str], str]] = {
    "email": clean_address,
    "team": clean_path,
    "role": clean_role,
    "home_team": clean_flag,
    "timezone": clean_zone,
    "language": clean_language,
    "manager": clean_address,
    "active": clean_flag,
}
