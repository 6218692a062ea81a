"""The difference to last week in words, and as balances that add up."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from migration_planner.lib.lists import grouped, listed
from migration_planner.planning.explaining import Difference

JOINED = ngettext_lazy("%(count)s joined", "%(count)s joined", "number")
LEFT = ngettext_lazy("%(count)s left", "%(count)s left", "number")
RETURNED = ngettext_lazy("%(count)s came back", "%(count)s came back", "number")
FINISHED = ngettext_lazy("%(count)s finished", "%(count)s finished", "number")
BY_SCAN = ngettext_lazy("%(count)s reopened by a scan", "%(count)s reopened by a scan", "number")
UNDONE = ngettext_lazy(
    "%(count)s done before left or was reopened", "%(count)s done before left or were reopened", "number"
)
DONE_AGAIN = ngettext_lazy("%(count)s came back finished", "%(count)s came back finished", "number")
GRANTED = ngettext_lazy("%(count)s waiver began", "%(count)s waivers began", "number")
ENDED = ngettext_lazy("%(count)s waiver ended", "%(count)s waivers ended", "number")
WAIVED_FINISHED = ngettext_lazy("%(count)s waived finished", "%(count)s waived finished", "number")
WAIVED_LEFT = ngettext_lazy("%(count)s waived left", "%(count)s waived left", "number")
WAIVED_BACK = ngettext_lazy("%(count)s waived came back", "%(count)s waived came back", "number")

Part = tuple[Promise, int, str]


@dataclass(frozen=True)
class Balance:
    title: str
    then: int
    parts: list[str]
    now: int


def sentence(found: Difference) -> str:
    """What happened, in one line: "318 joined, 12 waivers ended and 40 finished"."""
    parts = _done(found) + _people(found) + _waived(found)
    shown = [part for part in parts if part[0] is not WAIVED_FINISHED]  # they are among the finished
    return listed(_words(shown)) + "." if any(count for _words_, count, _sign in shown) else ""


def balances(found: Difference) -> list[Balance]:
    return [
        Balance(_("People"), found.people_then, _signed(_people(found)), found.people_now),
        Balance(_("Done"), found.done_then, _signed(_done(found)), found.done_now),
        Balance(_("Waived"), found.waived_then, _signed(_waived(found)), found.waived_now),
    ]


def _people(found: Difference) -> list[Part]:
    return [(JOINED, found.joined, "+"), _net(found.left, LEFT, RETURNED)]


def _done(found: Difference) -> list[Part]:
    parts: list[Part] = [(FINISHED, found.finished, "+"), (BY_SCAN, found.reopened_by_scan, "−")]
    return [*parts, _net(found.undone, UNDONE, DONE_AGAIN)]


def _waived(found: Difference) -> list[Part]:
    parts: list[Part] = [(GRANTED, found.granted, "+"), (ENDED, found.waivers_ended, "−")]
    return [
        *parts,
        (WAIVED_FINISHED, found.waived_finished, "−"),
        _net(found.waived_otherwise, WAIVED_LEFT, WAIVED_BACK),
    ]


def _net(gone: int, went: Promise, came: Promise) -> Part:
    """What went less what came, said as the larger of both."""
    return (went, gone, "−") if gone >= 0 else (came, -gone, "+")


def _words(parts: Iterable[Part]) -> list[str]:
    return [str(words % {"number": count, "count": grouped(count)}) for words, count, _sign in parts if count]


def _signed(parts: Iterable[Part]) -> list[str]:
    return [f"{part[2]} {words}" for part in parts if part[1] for words in _words([part])]
