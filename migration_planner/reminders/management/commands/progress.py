from argparse import ArgumentParser
from typing import Any

from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.lib.errors import DomainError
from migration_planner.planning import progress
from migration_planner.planning.models import Ban
from migration_planner.reminders import reports


class Command(BaseCommand):
    help = (
        "Show how far a ban has come, or one team of it with all teams below. Everybody counted is in exactly one state: "
        "people = done + started + blocked + waived + not_started, and done = done_verified + done_claimed. Blocked are those "
        "whom an unfinished required step holds up; waived are those whom a waiver for all they have still to do lets go on "
        "for a while, whatever they have begun. mails_sent and mails_planned count messages; one message may carry reminders "
        "of several bans."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=int, metavar="ID", help="The ban's number, as draft_ban printed it.")
        parser.add_argument(
            "--team", metavar="PATH", help="Only this team with all below, for example Acme/Engineering."
        )
        self.add_json(parser)

    def act(self, **options: Any) -> str:
        ban = Ban.objects.filter(pk=options["id"]).first()
        if ban is None:
            raise DomainError(f"There is no ban {options['id']}.")
        path = options["team"] or ""
        if path and not ban.migrations.filter(path=path).exists():
            raise DomainError(
                f"The team {path} is not in the audience of ban {ban.pk}. Paths are written from the root."
            )
        figures = self._figures(ban, path)
        if options["json"]:
            return self.as_json({"id": ban.pk, **figures})
        return "\n".join(f"{name.replace('_', ' '):<20}{number:>9,}" for name, number in figures.items())

    def _figures(self, ban: Ban, path: str) -> dict[str, int]:
        overview, mail = progress.total(ban, path), reports.counts(ban, path)
        return {
            "people": overview.total.people,
            "teams": overview.teams,
            "done": overview.total.done,
            "started": overview.total.started,
            "not_started": overview.total.not_started,
            "blocked": overview.total.blocked,
            "done_verified": overview.total.verified,
            "done_claimed": overview.total.claimed,
            "team_steps_asked": overview.team_steps_asked,
            "team_steps_verified": overview.team_steps_verified,
            "team_steps_claimed": overview.team_steps_claimed,
            "waived": overview.total.waived,
            "mails_sent": mail.mails_sent,
            "mails_planned": mail.mails_planned,
        }
