"""What is written into a room: figures of the team and dates, in the room's language, and no name of any person.

Texts that owners wrote are left to the page, since they may name somebody.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Min, Q, Sum
from django.utils import translation
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from migration_planner.lib.languages import spoken
from migration_planner.lib.lists import grouped
from migration_planner.planning.models import Ban, Migration
from migration_planner.planning.progress import Figures
from migration_planner.reminders.links import url
from migration_planner.reminders.models import Room, RoomMessage
from migration_planner.reminders.rooms_services import Words
from migration_planner.reminders.words import Clock, sums

#: Stands at the end of every message: robots that take nothing without a keyword can be given this one.
SIGNATURE = "Migration Planner"
COUNTED = ("people", "done", "started", "blocked", "waived")


@dataclass(frozen=True)
class Standing:
    """A team with all below it under one ban: its people by state, the nearest deadline of the unfinished, its page."""

    figures: Figures
    deadline: datetime | None
    has_page: bool


def standing_of(room: Room, ban: Ban) -> Standing:
    """In one query."""
    behind = Q(people__gt=F("done") + F("waived"))
    found = (
        Migration.objects.filter(ban=ban)
        .below(room.team.path)
        .aggregate(
            deadline=Min("deadline_at", filter=behind),
            own=Min("pk", filter=Q(team=room.team_id)),
            **{f"all_{name}": Sum(name, default=0) for name in COUNTED},
        )
    )
    figures = Figures(**{name: found[f"all_{name}"] for name in COUNTED})
    return Standing(figures, found["deadline"] or ban.cutoff_at, found["own"] is not None)


def words_of(message: RoomMessage, *, now: datetime) -> Words | None:
    """The words of a message as things stand; None when there is nothing left to say to this team."""
    standing = standing_of(message.room, message.ban)
    if not standing.figures.unfinished:
        return None
    with translation.override(spoken(message.room.language)):
        clock = Clock(message.room.zone, now)
        write = _announcement if message.kind == RoomMessage.Kind.ANNOUNCEMENT else _figures
        return write(message, standing, clock)


def words_of_test(room: Room) -> Words:
    with translation.override(spoken(room.language)):
        title = _t("A test: this room hears how %(team)s moves.") % {"team": room.team.name}
        return Words(title, (_t("Once a week with figures, never with names."), SIGNATURE), url("home"))


def _announcement(message: RoomMessage, standing: Standing, clock: Clock) -> Words:
    names = {"tool": message.ban.tool.name, "replacement": message.ban.replacement.name}
    people = standing.figures.people
    title = _t("%(tool)s is banned: move to %(replacement)s") % names
    concerned = ngettext(
        "It concerns %(count)s person of %(team)s.", "It concerns %(count)s people of %(team)s.", people
    ) % {"count": grouped(people), "team": message.room.team.name}
    more = _t("Why, and what is asked of you, stands here:")
    return Words(title, (_deadline(standing, clock), concerned, SIGNATURE, more), url("ban", message.ban.pk))


def _figures(message: RoomMessage, standing: Standing, clock: Clock) -> Words:
    figures = standing.figures
    title = _t("%(team)s: %(unfinished)s of %(people)s people still to move off %(tool)s") % {
        "team": message.room.team.name,
        "unfinished": grouped(figures.unfinished),
        "people": grouped(figures.people),
        "tool": message.ban.tool.name,
    }
    page = url("team", message.ban.pk, message.room.team_id) if standing.has_page else url("ban", message.ban.pk)
    return Words(title, (sums(figures), _deadline(standing, clock), SIGNATURE), page)


def _deadline(standing: Standing, clock: Clock) -> str:
    if standing.deadline is None:
        return ""
    is_ahead = standing.deadline > clock.now
    words = _t("The deadline is %(when)s.") if is_ahead else _t("The deadline was %(when)s.")
    return words % {"when": clock.words_of(standing.deadline)}
