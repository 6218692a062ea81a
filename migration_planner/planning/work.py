"""Everything that asks something of one person: own checklists, team steps, the teams they lead, the bans they run."""

from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q

from migration_planner.people.models import Leadership, Team, User
from migration_planner.planning import progress
from migration_planner.planning.models import Assignment, Ban, Checklist, Evidence, Mark, Waiver
from migration_planner.planning.progress import Figures

#: Ended and finished checklists shown at the end of the page; older ones are reached through the ban.
MOST_PAST = 20
#: So many of one's own checklists are read at all; nobody is under so many bans in force.
MOST_OWN = 200


@dataclass(frozen=True)
class TeamUnderBan:
    """A team one leads, with all below it, under one live ban."""

    ban: Ban
    team: Team
    figures: Figures
    #: The lead in whose place one leads it; empty for one's own.
    lead_name: str = ""

    @property
    def key(self) -> str:
        """One row's name among all: a team is under several bans."""
        return f"{self.ban.pk}-{self.team.pk}"

    @property
    def above(self) -> str:
        """Where the team stands, since names repeat in a large tree."""
        return self.team.path.rpartition("/")[0].replace("/", " / ")


@dataclass(frozen=True)
class BanRow:
    ban: Ban
    figures: Figures


@dataclass(frozen=True)
class Work:
    """One person's work. `past` is what is finished, or asks nothing any more."""

    waiting: list[Checklist]
    past: list[Checklist]
    team_steps: list[Assignment]
    teams: list[TeamUnderBan]
    drafts: list[Ban]
    bans: list[BanRow]
    #: How many waivers wait for this person's decision.
    to_decide: int = 0

    @property
    def is_empty(self) -> bool:
        return not (
            self.waiting or self.past or self.team_steps or self.teams or self.drafts or self.bans or self.to_decide
        )


def of_person(user: User, *, to_decide: int | None = None) -> Work:
    """What the page "My work" shows. At most eight queries, whatever the size of the company; one fewer where the number of
    waivers to decide is known."""
    own, teams = _own(user), _teams(user)
    run = Ban.objects.run_by(user).filter(state__in=[Ban.State.DRAFT, Ban.State.PUBLISHED])
    run = run.select_related("tool", "replacement").order_by("cutoff_at", "id")
    return Work(
        waiting=[each for each in reversed(own) if each.asks],
        past=[each for each in own if not each.asks][:MOST_PAST],
        team_steps=_team_steps(user),
        teams=teams,
        drafts=[ban for ban in run if ban.state == Ban.State.DRAFT],
        bans=_with_figures([ban for ban in run if ban.is_live]),
        to_decide=Waiver.objects.to_decide_by(user).count() if to_decide is None else to_decide,
    )


def _own(user: User) -> list[Any]:
    """One's own checklists, each with whether it `asks` something, and whether a question about a waiver is open. One query."""
    asks = Q(ban__state=Ban.State.PUBLISHED) & ~Q(state__in=[Checklist.State.DONE, Checklist.State.STOPPED])
    question = Exists(Waiver.objects.filter(checklist=OuterRef("pk"), state=Waiver.State.QUESTIONED))
    own = user.checklists.select_related("ban__tool", "ban__replacement", "migration").exclude(
        ban__state=Ban.State.DRAFT
    )
    own = own.annotate(asks=ExpressionWrapper(asks, output_field=BooleanField()), has_question=question)
    return list(own.order_by(F("asks").desc(), "-migration__deadline_at", "-id")[:MOST_OWN])


def _team_steps(user: User) -> list[Assignment]:
    """Team steps a lead has named this person for, and which are not finished."""
    same = {"migration": OuterRef("migration"), "step": OuterRef("step")}
    evidence = Evidence.objects.standing().filter(**same)
    clean = evidence.filter(verdict__in=[Evidence.Verdict.CLEAN, Evidence.Verdict.NOT_USED])
    back = evidence.filter(verdict=Evidence.Verdict.REGRESSED, found_at__gte=OuterRef("at"))
    marked = Mark.objects.filter(**same, state__in=[Mark.State.DONE, Mark.State.NOT_APPLICABLE]).exclude(Exists(back))
    marked = marked.filter(step__must_be_verified=False)
    blocked = Mark.objects.filter(**same, state=Mark.State.BLOCKED)
    asked = user.assignments.filter(migration__ban__state=Ban.State.PUBLISHED, step__removed_at__isnull=True)
    shown = asked.select_related("step", "migration__team", "migration__ban__tool", "migration__ban__replacement")
    waiting = shown.exclude(Exists(marked) | (Exists(clean) & ~Exists(blocked)))
    return list(waiting.order_by("migration__ban__cutoff_at", "step__position", "id"))


def _teams(user: User) -> list[TeamUnderBan]:
    led = {each.path: each for each in sorted(user.leaderships, key=lambda each: (each.path, each.lead_id is None))}
    if not led:
        return []
    bans = list(Ban.objects.live().select_related("tool", "replacement").order_by("cutoff_at", "id"))
    figures = progress.live_figures([ban.pk for ban in bans], list(led))
    pairs = [(ban, each, figures.get((ban.pk, each.path))) for ban in bans for each in led.values()]
    return [
        TeamUnderBan(ban, _team(each), found, each.lead_name) for ban, each, found in pairs if found and found.people
    ]


def _team(led: Leadership) -> Team:
    """The team as far as the page prints it: its name is the end of its path."""
    return Team(pk=led.team_id, path=led.path, name=led.path.rpartition("/")[2])


def _with_figures(bans: list[Ban]) -> list[BanRow]:
    figures = progress.of_bans(ban.pk for ban in bans) if bans else {}
    return [BanRow(ban, figures.get(ban.pk, Figures())) for ban in bans]
