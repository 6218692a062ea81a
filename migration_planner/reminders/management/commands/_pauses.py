"""What the commands that stop mail and let it go on have in common."""

from argparse import ArgumentParser
from typing import Any

from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning.models import Ban
from migration_planner.planning.naming import people_at
from migration_planner.planning.permissions import can_pause_all_mail, can_pause_mail


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--ban", type=int, metavar="ID", help="Only mail about this ban.")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="Who decides it; it stands in the history.")

    def who_and_what(self, options: dict[str, Any]) -> tuple[User, Ban | None]:
        """Who decides, and about which ban (None: all mail). Raises DomainError when it is not theirs to decide."""
        by = next(iter(people_at([options["by"]])), None)
        if by is None:
            raise DomainError("Say whose decision it is: --by EMAIL.")
        if options["ban"] is None:
            if not can_pause_all_mail(by):
                raise DomainError(
                    f"All mail is for administrators to stop, and {by.email} is none. Name a ban, or an administrator."
                )
            return by, None
        ban = Ban.objects.filter(pk=options["ban"]).first()
        if ban is None:
            raise DomainError(f"There is no ban {options['ban']}.")
        if not can_pause_mail(by, ban):
            raise DomainError(f"The mail about ban {ban.pk} is for its owners to stop, and {by.email} is none.")
        return by, ban
