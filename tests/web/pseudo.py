"""A pseudo-language: every text that the extraction finds comes between ⟦ and ⟧. What stands outside was forgotten."""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import trans_real

from migration_planner.lib.zones import known_zones
from migration_planner.people.roster.reading import COLUMNS
from tools import texts

CODE = "zh-hans"  # a language that people may choose; its own words step back for the test
CONTEXT = "\x04"
MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
URL = re.compile(r"https?://\S+")
#: What stands between two things on a line. (A letter after a number begins a unit.)
SEPARATORS = re.compile(r"[\n:·,，、（）()→…]|(?<=\d)(?=\D)|/(?=\d)| / ")
WORD = re.compile(r"[^\W\d_]{2,}")
#: Read by nobody as a sentence: the product's name, names of languages in themselves, units of dates as Chinese has them.
ALWAYS = {"Migration Planner", "English", "简体中文", "年", "月", "日", "UTC", "CSV", "XLSX", "JSON", *COLUMNS}
ATTRIBUTES = {"aria-label", "title", "placeholder", "alt", "data-label", "label", "hx-confirm", "hx-prompt"}


class Pseudo:
    """Stands in for a language's catalogue. Texts of Django and allauth are known from their own catalogues."""

    def __init__(self) -> None:
        ours = {_key(message.context, one) for message in texts.extract() if message.id for one in _both(message.id)}
        theirs = trans_real.translation(CODE)._catalog  # type: ignore[attr-defined]
        self.known = ours | {key if isinstance(key, str) else key[0] for key in _keys(theirs)}

    def gettext(self, message: str) -> str:
        text = message.rpartition(CONTEXT)[2]
        if message not in self.known or message.startswith("format of a "):
            return message
        return f"⟦{text}⟧"

    def ngettext(self, one: str, many: str, number: int) -> str:
        if one not in self.known:
            return one if number == 1 else many
        return f"⟦{(one if number == 1 else many).rpartition(CONTEXT)[2]}⟧"

    def language(self) -> str:
        return CODE

    def to_language(self) -> str:
        return CODE


def _key(context: str | None, text: str) -> str:
    return f"{context}{CONTEXT}{text}" if context else text


def _both(ids: str | tuple[str, ...]) -> tuple[str, ...]:
    return (ids,) if isinstance(ids, str) else ids


def _keys(catalogue: Any) -> Iterator[Any]:
    for part in catalogue._catalogs:
        yield from part


class Texts(HTMLParser):
    """What people see or hear of a page: text, and the attributes that browsers and screen readers say."""

    SILENT = {"script", "style", "code", "pre"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.read: list[str] = []
        self.said: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.said += [value for name, value in attrs if name in ATTRIBUTES and value]
        if tag == "input" and named.get("type") in {"submit", "button", "reset"} and named.get("value"):
            self.said.append(named["value"] or "")
        if tag in self.SILENT or tag == "textarea":
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.read.append(data)


def forgotten(html: str, data: "Data") -> list[str]:
    """Texts of a page that are neither translated nor data. A translated sentence may hold elements."""
    reader = Texts()
    reader.feed(html)
    return [left for text in ("\n".join(reader.read), *reader.said) if (left := data.without(text))]


class Data:
    """What people and imports wrote: names, titles, addresses, sentences. It stands on pages as it is."""

    def __init__(self, more: Iterable[str] = ()) -> None:
        zones = [part for zone in known_zones() for part in _of_zone(zone)]
        self.values = {_flat(value) for value in (*ALWAYS, *zones, *more, *_written())}
        self.long = "\n".join(value for value in self.values if " " in value)

    def without(self, text: str) -> str:
        """What is left of `text` after the marked parts and the data; empty when nothing was forgotten."""
        while MARKED.search(text):
            text = MARKED.sub("\n", text)
        pieces = [piece for line in URL.sub("", text).split("\n") for piece in self._unknown(_flat(line))]
        return " | ".join(pieces)

    def _unknown(self, line: str) -> list[str]:
        if self._knows(line):
            return []
        return [part for part in map(_flat, SEPARATORS.split(line)) if WORD.search(part) and not self._knows(part)]

    def _knows(self, part: str) -> bool:
        words = WORD.findall(part)
        return part in self.values or (len(words) > 2 and part in self.long) or set(words) <= set("年月日") | ALWAYS


def _of_zone(zone: str) -> Iterator[str]:
    """A zone as lists show it: whole, by the part of the world, and by the place alone."""
    words = zone.replace("_", " ")
    yield from (zone, words, words.partition("/")[2], *words.split("/"))


def _flat(text: str) -> str:
    return " ".join(text.split()).strip(" .–-“”")


def _written() -> Iterator[str]:
    """Every text that stands in the database, but for words of our own such as states."""
    for model in apps.get_models():
        if model._meta.app_label not in {"people", "planning", "reminders"}:
            continue
        for field in model._meta.fields:
            if isinstance(field, models.CharField | models.TextField) and not field.choices and field.name != "key":
                for value in model._default_manager.values_list(field.name, flat=True):
                    yield from _parts(value)


def _parts(value: Any) -> Iterator[str]:
    if value:
        yield str(value)
        yield from re.split(r"[\n:·,，、（）()→…/]", str(value))
