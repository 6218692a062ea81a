from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.lib.commands import count
from migration_planner.reminders.gates import LANE
from migration_planner.reminders.rehearsing import Rehearsed, due, rehearse
from migration_planner.reminders.resting import at_rest, domain_of
from migration_planner.reminders.restoring import open_restore

#: So many mails are composed at once.
BATCH = 100


class Command(BaseCommand):
    help = (
        "Show what would go out now: whom to, in which words, and what would keep it back. Changes nothing and sends nothing. "
        "Looks at what is planned; the planner adds to that every minute. With --json one object a line."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=count, default=1000, metavar="N", help="At most so many mails (1000).")
        parser.add_argument("--text", action="store_true", help="With the text of each.")
        self.add_json(parser)

    def act(self, **options: Any) -> None:
        seen, shown, rests = 0, 0, at_rest()
        is_held = open_restore() is not None
        for each in _rehearsed(options["limit"]):
            outcome = "waits" if each.goes and (is_held or _rests(each, rests)) else _outcome(each)
            seen, shown = seen + 1, shown + (outcome == "goes")
            said = _data(each, outcome) if options["json"] else None
            self.stdout.write(self.as_json(said) if said else _words(each, outcome, with_text=options["text"]))
        if not options["json"]:
            self.stdout.write(f"{shown} of {seen} due mails would go.")
            if is_held:
                self.stdout.write("The outbox is held after a restore; release_mail --resume lets mail go again.")


def _rehearsed(limit: int) -> Iterator[Rehearsed]:
    now = timezone.now()
    ids = list(due(now).values_list("pk", flat=True)[:limit])
    for start in range(0, len(ids), BATCH):
        batch = due(now).filter(pk__in=ids[start : start + BATCH])
        yield from rehearse(list(batch), now=now)


def _rests(each: Rehearsed, rests: set[str]) -> bool:
    """Whether the mail server, or the recipient's domain, is left alone for a while."""
    return LANE in rests or domain_of(each.mail.person.email) in rests


def _outcome(each: Rehearsed) -> str:
    if each.is_paused:
        return "paused"
    return "goes" if each.goes else "nothing left to say"


def _data(each: Rehearsed, outcome: str) -> dict[str, Any]:
    return {
        "mail": each.mail.pk,
        "to": each.mail.person.email,
        "due_at": each.mail.due_at.isoformat(),
        "outcome": outcome,
        "subject": each.subject,
        "text": each.text,
    }


def _words(each: Rehearsed, outcome: str, *, with_text: bool) -> str:
    line = f"{each.mail.person.email:<40} {outcome:<20} {each.subject}"
    return f"{line}\n\n{each.text}\n" if with_text and each.text else line
