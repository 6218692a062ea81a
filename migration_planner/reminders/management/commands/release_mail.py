from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.reminders import restoring
from migration_planner.reminders.models import Mail
from migration_planner.reminders.permissions import can_decide
from migration_planner.reminders.releasing import Decision, release


class Command(BaseCommand):
    help = (
        "Decide about held mail, by its numbers or --all of it: send it again, count_as_sent, or give_up. --resume lets mail go "
        "again after a restore. hold_mail shows what is held."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ids", type=int, nargs="*", metavar="ID", help="Numbers of held mails.")
        parser.add_argument("--all", action="store_true", help="All mail that is held.")
        parser.add_argument("--decision", choices=[str(each.value) for each in Decision], help="What becomes of them.")
        parser.add_argument("--resume", action="store_true", help="Let mail go again after a restore.")
        parser.add_argument("--by", required=True, metavar="ADDRESS", help="Who decides.")
        parser.add_argument("--why", required=True, help="Why; it stands in the history of the bans.")

    def act(self, **options: Any) -> str:
        by = User.objects.active().filter(email=options["by"].strip().lower()).first()
        if by is None:
            raise DomainError(f"Nobody here has the address {options['by']}.")
        done = []
        if options["all"] or options["ids"]:
            done.append(f"{self._decide(by, options)} mails were decided about.")
        if options["resume"]:
            done.append(self._resume(by, options["why"]))
        if not done:
            raise DomainError("Give the numbers of held mails, --all, or --resume.")
        return " ".join(done)

    def _decide(self, by: User, options: dict[str, Any]) -> int:
        if not options["decision"]:
            raise DomainError("Say what becomes of them: --decision send, count_as_sent or give_up.")
        held = Mail.objects.held().order_by("pk")
        chosen = list(held if options["all"] else held.filter(pk__in=options["ids"]))
        if missing := sorted(set(options["ids"]) - {mail.pk for mail in chosen}) if not options["all"] else []:
            raise DomainError(
                f"No held mail has the number {', '.join(map(str, missing))}. hold_mail shows what is held."
            )
        if not all(can_decide(by, mail) for mail in chosen):
            raise DomainError(
                f"{by.email} may not decide about all of these: owners of their bans and administrators may."
            )
        for mail in chosen:
            release(mail, Decision(options["decision"]), by=by, now=timezone.now(), why=options["why"])
        return len(chosen)

    def _resume(self, by: User, why: str) -> str:
        if not by.is_administrator:
            raise DomainError("After a restore an administrator lets mail go again.")
        gone_on = restoring.resume(by=by, now=timezone.now(), why=why)
        return "Mail goes again." if gone_on else "No restore holds mail up."
