from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.lib.errors import DomainError
from migration_planner.steering import backtests
from migration_planner.steering.models import Backtest


class Command(BaseCommand):
    help = (
        "Replay finished bans as if each day were today, and say how often the promises of 50, 85 and 95 % were kept and how "
        "far off the forecasts were, beside a straight line and last week's pace. Without finished bans of your own, "
        "--simulated replays invented ones; the same seed gives the same numbers."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--simulated", type=int, metavar="N", help="Replay so many simulated bans instead of your own."
        )
        parser.add_argument("--seed", type=int, default=1, help="For --simulated: another seed, other bans.")
        self.add_json(parser)

    def act(self, **options: Any) -> str:
        if (count := options["simulated"]) is not None and not 2 <= count <= 1000:
            raise DomainError("--simulated takes a number between 2 and 1000.")
        now = timezone.now()
        found = (
            backtests.look_back(now=now)
            if count is None
            else backtests.look_at_simulated(count, seed=options["seed"], now=now)
        )
        if found is None:
            raise DomainError(
                "There is no finished ban yet that a forecast could be judged by. Try --simulated 80 to see the method at work."
            )
        return self.as_json(_data(found)) if options["json"] else _sentence(found)


def _data(found: Backtest) -> dict[str, Any]:
    held = dict(zip(("held_50", "held_85", "held_95"), found.held, strict=True))
    errors = {"error": found.error, "error_of_line": found.error_of_line, "error_of_pace": found.error_of_pace}
    return {"over": found.over, "bans": found.bans, "cases": found.cases, **held, **errors}


def _sentence(found: Backtest) -> str:
    held = ", ".join(f"{share:.0%} of those at {at} %" for share, at in zip(found.held, (50, 85, 95), strict=True))
    return (
        f"{found.cases} forecasts of {found.bans} {found.get_over_display()}: kept {held}. Mean distance from what came: "
        f"{found.error:.1%} of the people; straight line {found.error_of_line:.1%}, last week's pace {found.error_of_pace:.1%}."
    )
