"""The parts of a draft in their order: where the reader is, what is complete, what is still missing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from migration_planner.planning import publishing
from migration_planner.planning.models import Ban

PARTS = [
    ("basics", _("What is banned")),
    ("audience", _("Audience")),
    ("cutoff", _("Cutoff")),
    ("steps", _("Steps")),
    ("ladder", _("Reminders")),
    ("preview", _("Preview and publish")),
]


@dataclass(frozen=True)
class Part:
    key: str
    title: "str | Promise"
    url: str
    is_current: bool
    lacks: list[str]

    @property
    def is_complete(self) -> bool:
        """The preview is never complete: publishing ends the draft."""
        return not self.lacks and self.key != "preview"


@dataclass(frozen=True)
class Flow:
    parts: list[Part]

    @property
    def current(self) -> Part:
        return next(part for part in self.parts if part.is_current)

    @property
    def next(self) -> Part | None:
        place = self.parts.index(self.current)
        return self.parts[place + 1] if place + 1 < len(self.parts) else None

    @property
    def unfinished(self) -> list[Part]:
        return [part for part in self.parts if part.lacks]


def url(part: str, ban: Ban) -> str:
    return reverse(f"ban-{part}", args=[ban.pk])


def after(part: str, ban: Ban) -> str:
    """Where one goes on from a part."""
    keys = [key for key, _title in PARTS]
    return url(keys[min(keys.index(part) + 1, len(keys) - 1)], ban)


def flow(ban: Ban, current: str, *, now: datetime) -> Flow:
    lacks = publishing.lacks(ban, now=now)
    return Flow(
        [
            Part(key, title, url(key, ban), key == current, [lack.sentence for lack in lacks if lack.part == key])
            for key, title in PARTS
        ]
    )


def frame(ban: Ban, part: str, *, now: datetime) -> dict[str, Any]:
    """The frame of a page that serves drafts and bans in force alike, with what that frame prints."""
    if ban.is_draft:
        return {"frame": "bans/_draft.html", "flow": flow(ban, part, now=now)}
    return {"frame": "bans/_live.html", "heading": dict(PARTS)[part]}
