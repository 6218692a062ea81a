"""A year goes by: day after day people do their steps, owners and leads act, the clock plans, and mail counts as taken."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import structlog

from migration_planner.evidence import sealing
from migration_planner.local.demo import company, scans, texts
from migration_planner.local.mail.box import Box
from migration_planner.local.year import (
    acts,
    chances,
    changes,
    deeds,
    letters,
    mailing,
    marking,
    reviewing,
    use,
    waiving,
)
from migration_planner.local.year.acts import Act, Stage
from migration_planner.local.year.deeds import Hold
from migration_planner.local.year.plans import Plan
from migration_planner.people.models import Team, User
from migration_planner.planning import (
    changing,
    drafting,
    freezing,
    playbooks,
    publishing,
    relapses,
    signals,
    waived,
    waves,
)
from migration_planner.planning.models import Ban
from migration_planner.planning.waiving import Rules, set_rules
from migration_planner.reminders import escalating
from migration_planner.reminders.links import host
from migration_planner.reminders.models import Heartbeat
from migration_planner.reminders.planning import beat, plan
from migration_planner.reminders.statements import run
from migration_planner.reminders.ticking import keep_yesterday
from migration_planner.steering import forecasting

log = structlog.get_logger(__name__)
DAY = timedelta(days=1)
Tell = Callable[[str], None]
#: The clock plans a week ahead, so that it need not look at every midnight.
PLAN_EVERY = 3
#: As autovacuum would keep them: statistics of the tables that grow. Without them small statements take ten times as long.
ANALYZE = """
    ANALYZE people_user, people_team, people_membership, planning_ban, planning_step, planning_checklist, planning_mark,
            planning_migration, planning_evidence, planning_waiver, planning_gap, planning_waveteam,
            reminders_reminder, reminders_mail, year_deed, year_due
"""
WORDS = {"out_because": texts.NOT_APPLICABLE_BECAUSE, "evidence": texts.EVIDENCE}


def nothing(words: str) -> None:
    """Tells nobody."""


@dataclass
class Year:
    """A year that ends at `end`, over the roster in force. `live` writes it; `refused` are the acts that came too late."""

    end: datetime
    owner: User
    plans: Sequence[Plan]
    seed: int = 7
    tell: Tell = nothing
    rosters: bool = True
    #: New rosters come so often, in days.
    roster_every: int = 30
    #: So many of a hundred are contradicted by the figures of their use.
    contradict: float = 1.5
    forecasts: bool = True
    #: From when on mail gets its real words and is laid into the box; never without one.
    box: Box | None = None
    in_words_since: datetime | None = None
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._acts: dict[date, list[Act]] = defaultdict(list)
        self._since = min((self._published(each) for each in self.plans), default=self.end) - DAY
        self._new = 0
        self._planned = self._since

    def live(self) -> list[Ban]:
        """Write the year. Returns its bans, in the order in which they were published."""
        run("SET jit TO off")  # thousands of small statements
        chances.make()
        deeds.make()
        self._bans: list[Ban] = []
        for each in self.plans:
            self._add(Act(self._published(each), lambda now, each=each: self._publish(each, now)))  # type: ignore[misc]
        self._add_rosters()
        day = self._since.date()
        while day <= self.end.date():
            self._live_a_day(day)
            day += DAY
        self._look(self.end)
        return self._bans

    def _published(self, each: Plan) -> datetime:
        """Eight o'clock UTC on that day, or on the Monday after it."""
        day = (self.end - DAY * each.published).date()
        return datetime.combine(day + DAY * {5: 2, 6: 1}.get(day.weekday(), 0), time(8), UTC)

    def _add(self, act: Act) -> None:
        if act.at <= self.end:
            self._acts[act.at.date()].append(act)

    def _add_rosters(self) -> None:
        moment = datetime.combine(self._since.date(), time(6), UTC) + DAY * (self.roster_every // 2)
        while self.rosters and moment < self.end:
            self._add(Act(moment, self._change_roster))
            moment += DAY * self.roster_every

    def _live_a_day(self, day: date) -> None:
        if day.weekday() == 0 and day.day <= 7:
            self.tell(f"the month of {day:%B %Y} …")
        midnight = datetime.combine(day, time(), UTC)
        if Ban.objects.live().exists():
            self._look(midnight)
        done = 0
        while done < len(todays := sorted(self._acts[day], key=lambda act: act.at)):  # an act may add others to its day
            self._do(todays[done])
            done += 1
        if done:
            self._plan(todays[-1].at + timedelta(minutes=1))

    def _do(self, act: Act) -> None:
        self._go(act.at)
        if why := acts.attempt(act):
            self.refused.append(why)

    def _go(self, until: datetime) -> None:
        """What people did, and the mail that went, up to a moment."""
        marking.mark(until=until)
        in_words = bool(self.box and self.in_words_since and until >= self.in_words_since)
        mails = mailing.deliver(now=until, seed=str(self.seed), host=host(), in_words=in_words)
        if in_words and self.box:
            letters.catch(mails, self.box)

    def _look(self, now: datetime) -> None:
        """What the clock does."""
        self._go(now)
        if now.day in (9, 23) or self._new:
            run(ANALYZE)
            self._new = max(self._new - 1, 0)
        waived.keep(now=now)
        if now - self._planned >= DAY * PLAN_EVERY or now == self.end:
            self._plan(now)
        keep_yesterday(now=now)
        freezing.freeze_all(now=now)
        if self.forecasts and (now.weekday() == 0 or now >= self.end - 2 * DAY):
            forecasting.forecast_all(now=now)
        if now.weekday() == 0:
            signals.look(now=now)
        beat(Heartbeat.Of.SENDER, now=now)

    def _plan(self, now: datetime) -> None:
        plan(now=now)
        sealing.seal_all(now=now)
        self._planned = now

    def _change_roster(self, now: datetime) -> None:
        changes.apply(number=now.timetuple().tm_yday, seed=str(self.seed), now=now)
        for stage in self._stages():
            self._mean(stage)

    def _stages(self) -> list[Stage]:
        return [stage for stage in self._known if Ban.objects.live().filter(pk=stage.ban.pk).exists()]

    @property
    def _known(self) -> list[Stage]:
        return [
            Stage(ban, each, self.owner, self._seed(each))
            for ban, each in zip(self._bans, self._in_order, strict=False)
        ]

    @property
    def _in_order(self) -> list[Plan]:
        return sorted(self.plans, key=self._published)

    def _seed(self, each: Plan) -> str:
        return f"{self.seed}/{each.key}/"

    def _publish(self, each: Plan, now: datetime) -> None:
        ban = _drafted(each, self.owner, now - DAY)
        _shape(ban, each, self.owner, now)
        publishing.publish(ban, by=self.owner, now=now)
        run(ANALYZE)
        self._new = 3  # looks at which reminders, mails and marks are not yet what they were taken for
        stage = Stage(ban, each, self.owner, self._seed(each))
        self._bans.append(ban)
        self._mean(stage)
        deeds.plan_teams(ban, each.temper, seed=stage.seed, words=WORDS)
        for act in [*acts.acts(stage), *waiving.acts(stage), *reviewing.acts(stage), *self._of_ban(stage)]:
            self._add(act)

    def _mean(self, stage: Stage) -> None:
        deeds.plan(stage.ban, stage.plan.temper, _holds(stage), seed=stage.seed, words=WORDS)

    def _of_ban(self, stage: Stage) -> list[Act]:
        """Figures of use, scans, another scope statement, and the end."""
        found = []
        if stage.plan.has_signals:
            found += [Act(at, lambda now: self._use(stage, now)) for at in self._reports(stage)]
        if stage.plan.has_scans:
            found += [Act(at, lambda _now, each=each: each()) for at, each in scans.arriving(stage.ban, now=self.end)]  # type: ignore[misc]
        if stage.plan.second_scope:
            found.append(Act(stage.at(0.4, hours=4), lambda now: self._rewrite(stage, now)))
        if stage.plan.ends is not None:
            days = stage.plan.window + stage.plan.ends
            found.append(Act(stage.at(0, hours=5) + DAY * days, lambda now: self._finish(stage, now)))
        return found

    def _reports(self, stage: Stage) -> list[datetime]:
        """When figures of use come: every Monday morning while the ban is in force, and for a last time on the last day."""
        first = stage.at(0, hours=-3)
        days = (first + DAY * number for number in range(1, stage.plan.days + 2))
        return [day for day in days if day <= self.end and (day.weekday() == 0 or day + DAY > self.end)]

    def _use(self, stage: Stage, now: datetime) -> None:
        last = now.date() - DAY
        known: dict[str, Any] = {
            "contradict": self.contradict,
            "seed": f"{stage.seed}use/",
            "by": self.owner,
            "now": now,
        }
        use.report(stage.ban, first=last - 6 * DAY, last=last, **known)

    def _rewrite(self, stage: Stage, now: datetime) -> None:
        why = "People asked about files that are in a repository already."
        changing.change_scope(stage.ban, stage.plan.second_scope, by=self.owner, now=now, why=why)
        deeds.reread(stage.ban, at=now, seed=stage.seed)

    def _finish(self, stage: Stage, now: datetime) -> None:
        if stage.plan.withdrawn:
            stage.ban.withdraw(by=self.owner, now=now, why=stage.plan.end_words)
        else:
            relapses.close(stage.ban, by=self.owner, now=now, why=stage.plan.end_words, despite=True)
        run("DELETE FROM year_deed WHERE ban_id = %(ban)s", ban=stage.ban.pk)


def _drafted(each: Plan, owner: User, now: datetime) -> Ban:
    cutoff = ((now + DAY * (each.window + 1)).date(), time(18), each.zone)
    ban = drafting.draft_ban(
        playbooks.find(each.playbook),
        by=owner,
        now=now,
        owners=[owner],
        tool=each.tool,
        replacement=each.replacement,
        audience=_known_teams(each.teams),
        cutoff=cutoff,
        scope=each.scope,
    )
    ban.reason, ban.reason_source = each.reason
    ban.help = texts.HELP
    ban.save(update_fields=["reason", "reason_source", "help"])
    return ban


def _shape(ban: Ban, each: Plan, owner: User, now: datetime) -> None:
    """Its waves, its escalation, and who decides about waivers."""
    for wave in each.waves:
        teams = [path for path in _known_teams(wave.teams) if path != company.ROOT]
        day = (now + DAY * int(each.window * wave.share)).date()
        criteria = "Licences for everybody in it; open hours of the platform team every day."
        made = waves.add(ban, waves.Plan(wave.name, day, time(18), criteria), by=owner, now=now) if teams else None
        for path in teams:
            waves.put(ban, Team.objects.get(path=path), made, by=owner, now=now)
    if each.graces:
        escalating.set_graces(ban, each.graces, by=owner, now=now)
    set_rules(ban, Rules(each.levels, 30, 2), by=owner, now=now)


def _known_teams(names: Sequence[str]) -> list[str]:
    """The paths of those of these teams that there are; a smaller company has all of its people in the audience instead."""
    paths = [f"{company.ROOT}/{name}".rstrip("/") for name in names]
    known = set(Team.objects.filter(path__in=paths).values_list("path", flat=True))
    return [path for path in paths if path in known] or [company.ROOT]


def _holds(stage: Stage) -> list[Hold]:
    """What stops people, with the step it is about: of those without one, each has another of the required steps that they
    do with their own hands."""
    steps = list(stage.ban.steps.live().per_person().filter(required=True, scan="").values_list("key", flat=True))
    return [
        Hold(
            each.step if each.step in steps else steps[(number * 2 + 1) % max(len(steps) - 1, 1)],
            each.words,
            each.title,
            stage.at(each.decided, hours=0.5) if each.state == "fixed" else None,
        )
        for number, each in enumerate(stage.plan.obstacles)
    ]
