from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.lib.commands import count
from migration_planner.reminders.rehearsing import Rehearsed, due, rehearse

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
        seen, shown = 0, 0
        for each in _rehearsed(options["limit"]):
            seen, shown = seen + 1, shown + each.goes
            self.stdout.write(self.as_json(_data(each)) if options["json"] else _words(each, with_text=options["text"]))
        if not options["json"]:
            self.stdout.write(f"{shown} of {seen} due mails would go.")


def _rehearsed(limit: int) -> Iterator[Rehearsed]:
    now = timezone.now()
    ids = list(due(now).values_list("pk", flat=True)[:limit])
    for start in range(0, len(ids), BATCH):
        batch = due(now).filter(pk__in=ids[start : start + BATCH])
        yield from rehearse(list(batch), now=now)


def _outcome(each: Rehearsed) -> str:
    if each.is_paused:
        return "paused"
    return "goes" if each.goes else "nothing left to say"


def _data(each: Rehearsed) -> dict[str, Any]:
    return {
        "mail": each.mail.pk,
        "to": each.mail.person.email,
        "due_at": each.mail.due_at.isoformat(),
        "outcome": _outcome(each),
        "subject": each.subject,
        "text": each.text,
    }


def _words(each: Rehearsed, *, with_text: bool) -> str:
    line = f"{each.mail.person.email:<40} {_outcome(each):<20} {each.subject}"
    return f"{line}\n\n{each.text}\n" if with_text and each.text else line
