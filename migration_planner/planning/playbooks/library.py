"""The playbooks there are: those that ship, and those that an administrator brought in. The newest version of each is current.

A version's text never changes. A ban keeps the number of the one it was drafted from, and the text is kept here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.lib.lists import listed
from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Event, PlaybookVersion
from migration_planner.planning.playbooks.kinds import Playbook, rank
from migration_planner.planning.playbooks.reading import read, read_bytes, slug_of

DATA = Path(__file__).parent / "data"

__all__ = [
    "all_playbooks",
    "bring_in",
    "find",
    "find_version",
    "keep",
    "newer_than",
    "removable",
    "remove",
    "shipped",
    "slug_of",
    "text_of",
    "versions",
]


@cache
def shipped() -> tuple[Playbook, ...]:
    """Every playbook that ships, in the order of their slugs. Raises InvalidPlaybook when a file is wrong."""
    return tuple(read(path) for path in sorted(DATA.glob("*.yaml")))


def all_playbooks() -> tuple[Playbook, ...]:
    """The current version of every playbook, in the order of their slugs. One query."""
    current = {playbook.slug: playbook for playbook in shipped()}
    for slug, version, pk in PlaybookVersion.objects.imported().values_list("slug", "version", "pk"):
        if slug not in current or rank(version) > rank(current[slug].version):
            current[slug] = _kept(pk)
    return tuple(current[slug] for slug in sorted(current))


def find(slug: str, among: Iterable[Playbook] | None = None) -> Playbook:
    """The current playbook of that slug. Raises DomainError, naming those that exist, when there is none."""
    there = tuple(all_playbooks() if among is None else among)
    for playbook in there:
        if playbook.slug == slug:
            return playbook
    known = listed(playbook.slug for playbook in there)
    raise DomainError(
        _t("There is no playbook called “%(slug)s”. Choose one of: %(known)s.") % {"slug": slug, "known": known}
    )


def find_version(slug: str, version: str) -> Playbook | None:
    """A version as it was, or None when its text is not here (any more)."""
    pk = PlaybookVersion.objects.filter(slug=slug, version=version).values_list("pk", flat=True).first()
    return _kept(pk) if pk else next((each for each in shipped() if (each.slug, each.version) == (slug, version)), None)


def newer_than(slug: str, version: str) -> Playbook | None:
    """The current version of a playbook when it is newer than `version`. One query."""
    current = next((playbook for playbook in all_playbooks() if playbook.slug == slug), None)
    return current if current and rank(current.version) > rank(version) else None


@lru_cache(maxsize=256)
def _kept(pk: int) -> Playbook:
    """A version from the table. Its text never changes, so it is read once in a process."""
    row = PlaybookVersion.objects.get(pk=pk)
    return read_bytes(row.text.encode(), f"{row.slug}.yaml")


@dataclass(frozen=True)
class Version:
    """One version of a playbook: `at` and `by` say when and by whom it was brought in; both are None when it shipped."""

    version: str
    at: datetime | None
    by: User | None


def versions(slug: str) -> list[Version]:
    """Every version whose text is here, the newest first."""
    rows = PlaybookVersion.objects.filter(slug=slug).select_related("imported_by").defer("text")
    found = {row.version: _version(row) for row in rows}
    for playbook in shipped():
        if playbook.slug == slug:
            found.setdefault(playbook.version, Version(playbook.version, None, None))
    return sorted(found.values(), key=lambda each: rank(each.version), reverse=True)


def _version(row: PlaybookVersion) -> Version:
    return Version(row.version, row.imported_at if row.imported_by else None, row.imported_by)


def text_of(slug: str, version: str) -> str | None:
    """The file of a version, as it was written; None when it is not here."""
    row = PlaybookVersion.objects.filter(slug=slug, version=version).values_list("text", flat=True).first()
    if row is not None:
        return row
    ships = any((playbook.slug, playbook.version) == (slug, version) for playbook in shipped())
    return (DATA / f"{slug}.yaml").read_text("utf-8") if ships else None


def keep(playbook: Playbook, *, now: datetime) -> None:
    """Keep the text of a version that a ban is drafted from, so that it is there when a newer one ships in its place."""
    text = text_of(playbook.slug, playbook.version)
    if text is not None:
        PlaybookVersion.objects.get_or_create(
            slug=playbook.slug, version=playbook.version, defaults={"text": text, "imported_at": now}
        )


@transaction.atomic
def bring_in(raw: bytes, name: str, *, by: User, now: datetime, today: date) -> PlaybookVersion | None:
    """Keep a file as the newest version of its playbook. None when it is here already, word by word.

    Raises InvalidPlaybook for a file that is wrong, DomainError for a version that is taken or not the newest.
    """
    playbook, text = read_bytes(raw, name, today=today), raw.decode("utf-8-sig")
    PlaybookVersion.hold()
    if text_of(playbook.slug, playbook.version) == text:
        return None
    _require_newest(playbook)
    row = PlaybookVersion.objects.create(
        slug=playbook.slug, version=playbook.version, text=text, imported_by=by, imported_at=now
    )
    data: dict[str, Any] = {"playbook": playbook.slug, "version": playbook.version}
    Event.record(Event.Verb.PLAYBOOK_IMPORTED, by=by, now=now, data=data)
    return row


@transaction.atomic
def remove(slug: str, version: str, *, by: User, now: datetime) -> bool:
    """Take away a version that somebody brought in. False when it is not here (any more).

    Raises DomainError when a ban was drafted from it: what a ban rests on stays.
    """
    PlaybookVersion.hold()
    row = PlaybookVersion.objects.imported().filter(slug=slug, version=version).first()
    if row is None:
        return False
    if Ban.objects.filter(playbook=slug, playbook_version=version).exists():
        raise DomainError(_t("A ban rests on this version, so it stays. Bring in a newer one instead."))
    row.delete()
    Event.record(Event.Verb.PLAYBOOK_REMOVED, by=by, now=now, data={"playbook": slug, "version": version})
    return True


def removable(slug: str) -> set[str]:
    """Versions of a playbook that can be taken away. One query."""
    rested_on = Ban.objects.filter(playbook=OuterRef("slug"), playbook_version=OuterRef("version"))
    rows = PlaybookVersion.objects.imported().filter(slug=slug).exclude(Exists(rested_on))
    return set(rows.values_list("version", flat=True))


def _require_newest(playbook: Playbook) -> None:
    newest = next(iter(versions(playbook.slug)), None)
    if newest and rank(newest.version) >= rank(playbook.version):
        words = _t(
            "Version %(newest)s of this playbook is here already, and the file says %(version)s. Raise its version."
        )
        raise DomainError(words % {"newest": newest.version, "version": playbook.version})
