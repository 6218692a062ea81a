"""The sentences about waivers in a mail, in the reader's language."""

from collections.abc import Sequence
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext, pgettext

from migration_planner.planning import behalf
from migration_planner.reminders.waiver_facts import WaiverNews

#: As many are named; the rest is a number.
SHOWN = 8


def _day(day: date) -> str:
    return date_format(day, pgettext("format of a short date", "j M Y"))


def fact(news: Sequence[WaiverNews], tool: str) -> str:
    """The subject: of one's own waiver, else of how many end."""
    mine = next((each for each in news if each.is_mine), None)
    if mine:
        words = {
            "granted": _t("Your waiver for %(tool)s is granted until %(day)s"),
            "refused": _t("Your waiver for %(tool)s is refused"),
            "questioned": _t("A question about your waiver for %(tool)s"),
            "revoked": _t("Your waiver for %(tool)s is revoked"),
        }.get(mine.word, _t("Your waiver for %(tool)s ends on %(day)s"))
        return words % {"tool": tool, "day": _day(mine.until)}
    ending = sum(each.ends for each in news)
    if ending:
        return ngettext("%(n)d waiver for %(tool)s ends soon", "%(n)d waivers for %(tool)s end soon", ending) % {
            "n": ending,
            "tool": tool,
        }
    return ngettext(
        "%(n)d waiver for %(tool)s was decided about", "%(n)d waivers for %(tool)s were decided about", len(news)
    ) % {"n": len(news), "tool": tool}


def paragraphs(news: Sequence[WaiverNews], tool: str) -> tuple[str, ...]:
    """To the person, about their own."""
    return tuple(filter(None, (text for each in news if each.is_mine for text in _mine(each, tool))))


def _mine(each: WaiverNews, tool: str) -> list[str]:
    names = {"tool": tool, "day": _day(each.until), "name": behalf.names(each.by, each.for_name)}
    said = _t("%(name)s: %(words)s") % {"name": each.by, "words": each.words} if each.words else ""
    if each.ends:
        return [
            _t(
                "Your waiver for %(tool)s ends with %(day)s. From the day after, the steps you have left are asked of you again."
            )
            % names,
            _t("Finish them before that, or ask for an extension if you cannot."),
        ]
    words = {
        "granted": _t(
            "%(name)s has granted your waiver for %(tool)s: up to and including %(day)s nothing is asked of you that it covers."
        ),
        "refused": _t("%(name)s has refused your waiver for %(tool)s. The steps of your checklist are asked of you as before."),
        "questioned": _t("%(name)s has a question about your waiver for %(tool)s. It waits for your answer."),
        "revoked": _t(
            "%(name)s has revoked your waiver for %(tool)s. The steps of your checklist are asked of you again from now on."
        ),
    }.get(each.word, "")  # fmt: skip
    return [words % names, said]


def lines(news: Sequence[WaiverNews]) -> tuple[tuple[str, ...], str]:
    """About others, a line each, and how many more there are."""
    others = [each for each in news if not each.is_mine]
    shown = tuple(_line(each) for each in others[:SHOWN])
    left = len(others) - len(shown)
    return shown, ngettext("and %(n)d more", "and %(n)d more", left) % {"n": left} if left else ""


def _line(each: WaiverNews) -> str:
    words = {
        "granted": _t("%(person)s: granted until %(day)s by %(name)s"),
        "refused": _t("%(person)s: refused by %(name)s. %(words)s"),
        "questioned": _t("%(person)s: a question by %(name)s. %(words)s"),
        "revoked": _t("%(person)s: revoked by %(name)s. %(words)s"),
    }.get(each.word, _t("%(person)s: ends with %(day)s"))
    by = behalf.names(each.by, each.for_name)
    return words % {"person": each.name, "day": _day(each.until), "name": by, "words": each.words}
