"""What a what-if comes to: the forecast before and after, and the mails day by day. Nothing is written."""

from copy import copy
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from migration_planner.lib import zones
from migration_planner.lib.errors import DomainError
from migration_planner.planning import waves
from migration_planner.planning.models import Ban
from migration_planner.planning.proposing import Wish
from migration_planner.reminders import foreseeing, previewing
from migration_planner.reminders.foreseeing import Day, Foreseen
from migration_planner.steering.what_if import Compared, Outlook


@dataclass(frozen=True)
class Part:
    """One change on its own: its title, the forecast before and after it (None when there is none), and the mail."""

    title: str
    compared: Compared | None
    foreseen: Foreseen | None = None
    #: Of a draft: the mails of the days whose number changes.
    days: tuple[Day, ...] = ()


def parts(ban: Ban, wish: Wish, *, now: datetime) -> list[Part]:
    """What each part of a wish would do by itself. Raises DomainError for a date that cannot be."""
    if ban.is_draft:
        return [_of_draft(ban, wish, now)] if wish.cutoff else []
    outlook = Outlook(ban)
    found = []
    if wish.cutoff:
        found.append(_of_cutoff(ban, wish, outlook, now))
    if wish.wave:
        found.append(_of_wave(ban, wish, outlook, now))
    if wish.waivers:
        found.append(_of_waivers(ban, wish, outlook, now))
    return found


def _of_cutoff(ban: Ban, wish: Wish, outlook: Outlook, now: datetime) -> Part:
    assert wish.cutoff  # noqa: S101 - the caller asked
    cutoff_at = zones.instant(*wish.cutoff)
    last = ban.waves.order_by("-cutoff_at").first()
    if last and last.cutoff_at >= cutoff_at and not (wish.wave and wish.wave[0] == last):
        raise DomainError(_("A wave would end after the new cutoff. Move that wave first."))
    return Part(
        _("The cutoff moves"), outlook.of_audience(wish.cutoff[0]), foreseeing.of_cutoff(ban, cutoff_at, now=now)
    )


def _of_wave(ban: Ban, wish: Wish, outlook: Outlook, now: datetime) -> Part:
    assert wish.wave  # noqa: S101 - as above
    wave, day, at = wish.wave
    wave.ban = ban
    after = zones.instant(day, at, ban.cutoff_zone)
    if not wish.cutoff:
        waves.of_date(wave, day, at, now=now)  # which refuses what cannot be
    figures = next(row.figures for row in waves.rows(ban) if row.wave == wave)
    compared = outlook.of_wave(wave, figures, day)
    title = _("%(wave)s moves") % {"wave": wave.name}
    return Part(title, compared, foreseeing.of_wave(ban, wave.cutoff_at, after, now=now))


def _of_waivers(ban: Ban, wish: Wish, outlook: Outlook, now: datetime) -> Part:
    every = [waiver.pk for waiver in wish.waivers if waiver.for_all]
    cutoff = ban.cutoff_date
    compared = outlook.of_audience(cutoff, waived=len(every)) if cutoff else None
    return Part(_("The waivers are granted"), compared, foreseeing.of_waivers(ban, every, now=now))


def _of_draft(ban: Ban, wish: Wish, now: datetime) -> Part:
    assert wish.cutoff  # noqa: S101 - as above
    moved = copy(ban)
    moved.set_cutoff(*wish.cutoff)
    if moved.cutoff_at is None or moved.cutoff_at <= now:
        raise DomainError(_("That date has passed already. Choose a later one."))
    before = dict(previewing.calendar(ban, now=now)) if ban.cutoff_at else {}
    after = dict(previewing.calendar(moved, now=now))
    days = [Day(day, before.get(day, 0), after.get(day, 0)) for day in sorted({*before, *after})]
    return Part(_("The cutoff moves"), None, days=tuple(days))
