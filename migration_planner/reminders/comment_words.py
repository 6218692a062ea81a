"""The sentences of a mail about comments."""

from collections.abc import Sequence

from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from migration_planner.lib.lists import grouped
from migration_planner.reminders.commented import Said


def paragraphs(comments: Sequence[Said]) -> list[str]:
    """Each comment with who wrote it; a substitute bears both names."""
    found = [_sentence(said) for said in comments]
    return [*found, _t("You can answer on your checklist.")] if found else []


def _sentence(said: Said) -> str:
    names = {"name": said.by, "lead": said.for_name, "step": said.step, "text": said.text}
    if said.for_name and said.step:
        return _t("%(name)s, for %(lead)s, writes about “%(step)s”: %(text)s") % names
    if said.for_name:
        return _t("%(name)s, for %(lead)s, writes: %(text)s") % names
    if said.step:
        return _t("%(name)s writes about “%(step)s”: %(text)s") % names
    return _t("%(name)s writes: %(text)s") % names


def waiting(people: int) -> list[str]:
    """How many of a lead's people have written something that nobody has answered; nothing when there is none."""
    words = ngettext(
        "%(n)s of your people has written a comment that nobody has answered yet; the page of the team shows it.",
        "%(n)s of your people have written comments that nobody has answered yet; the page of the team shows them.",
        people,
    )
    return [words % {"n": grouped(people)}] if people else []
