from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import Membership, Team, User, below, below_any
from migration_planner.planning import locks, standing
from migration_planner.planning.models.bans import Ban
from migration_planner.planning.models.events import Event
from migration_planner.planning.models.gaps import Gap
from migration_planner.planning.models.marks import Mark, by_step, put_mark
from migration_planner.planning.models.steps import Step, StepQuerySet


class MigrationQuerySet(models.QuerySet["Migration"]):
    def below(self, path: str) -> "MigrationQuerySet":
        """The migration of the team at `path` and of all teams below it."""
        return self.filter(below(path))

    def visible_to(self, user: User) -> "MigrationQuerySet":
        """Teams one belongs to, teams one leads (with all below), and all teams of bans one runs or audits."""
        past_draft = self.exclude(ban__state=Ban.State.DRAFT)
        if user.sees_everything:
            return past_draft
        runs = Exists(Ban.owners.through.objects.filter(ban=OuterRef("ban"), user=user))
        belongs = Q(team__in=Membership.objects.filter(user=user).values("team"))
        return past_draft.filter(belongs | below_any(user.led_paths) | runs)

    def unfinished_first(self) -> "MigrationQuerySet":
        """Teams with unfinished people of their own, those with the most first."""
        behind = self.annotate(unfinished=F("people") - F("done") - F("waived")).filter(unfinished__gt=0)
        return behind.order_by("-unfinished", "path")


class Migration(models.Model):
    """One team's move under one ban, with the counters of the people whose home it is.

    not started = people - started - blocked - waived - done. Counters of teams above are sums, made when they are read.
    """

    ban = models.ForeignKey(Ban, on_delete=models.CASCADE, related_name="migrations")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="migrations")
    #: The team's path, kept here so that a subtree is one range of one index.
    path = models.TextField(db_collation="C")
    #: The wave it moves with, if any; its deadline (of the wave, else the cutoff); and the change that moved that last.
    wave = models.ForeignKey("Wave", on_delete=models.SET_NULL, null=True, related_name="migrations")
    deadline_at = models.DateTimeField(null=True)
    deadline_event = models.ForeignKey(Event, on_delete=models.SET_NULL, null=True, related_name="+")
    people = models.PositiveIntegerField(default=0)
    started = models.PositiveIntegerField(default=0)
    blocked = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    #: Those with a waiver for all they have still to do: neither done nor overdue.
    waived = models.PositiveIntegerField(default=0, db_default=0)
    finished_team_steps = models.PositiveSmallIntegerField(default=0)
    blocked_team_steps = models.PositiveSmallIntegerField(default=0)
    #: Of those done the people whose every step that a scan can verify is verified; of the finished team steps the verified.
    verified = models.PositiveIntegerField(default=0, db_default=0)
    verified_team_steps = models.PositiveSmallIntegerField(default=0, db_default=0)

    objects = MigrationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index("ban", (F("people") - F("done") - F("waived")).desc(), "path", name="teams_furthest_behind"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["ban", "team"], name="one_migration_per_team_and_ban"),
            models.UniqueConstraint(fields=["ban", "path"], name="one_migration_per_path_and_ban"),
            models.CheckConstraint(
                condition=Q(people__gte=F("started") + F("blocked") + F("done") + F("waived")),
                name="counters_stay_within_the_people",
            ),
            models.CheckConstraint(condition=Q(verified__lte=F("done")), name="the_verified_are_done"),
            models.CheckConstraint(
                condition=Q(verified_team_steps__lte=F("finished_team_steps")), name="verified_team_steps_are_finished"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.path} under {self.ban_id}"

    @property
    def team_name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def above(self) -> str:
        """The path of the team above, as people read it."""
        return self.path.rpartition("/")[0].replace("/", " / ")

    @property
    def deadline(self) -> datetime | None:
        """By when the team has to be done: kept here from its wave, else from the ban's cutoff."""
        return self.deadline_at or self.ban.cutoff_at

    @property
    def not_started(self) -> int:
        return self.people - self.started - self.blocked - self.waived - self.done

    @property
    def open_team_steps(self) -> int:
        """Required team steps still to do. A team in which nobody is counted owes none."""
        return max(self.ban.required_team_steps - self.finished_team_steps, 0) if self.people else 0

    def steps(self) -> StepQuerySet:
        return self.ban.steps.live().per_team()

    def in_history(self) -> dict[str, Any]:
        """What an event about this migration points at."""
        return {"ban": self.ban, "migration": self}

    @transaction.atomic
    def mark(
        self, step: Step, state: Mark.State, *, by: User, now: datetime, note: str = "", gap: Gap | None = None
    ) -> bool:
        """Put one team step into `state`; the same rules as for a person's step."""
        locks.hold_ban(self.ban_id)
        row = Migration.objects.select_for_update(of=("self",)).select_related("ban").get(pk=self.pk)
        if not row.ban.is_live:
            raise DomainError(_t("This ban has ended; its checklists can be read but not changed."))
        if not put_mark(row, step, state, by=by, now=now, marks=by_step(row), note=note, gap=gap):
            return False
        tally = standing.of_migration(row.pk)
        row.finished_team_steps, row.blocked_team_steps = tally.finished, tally.blocked
        row.verified_team_steps = tally.verified
        row.save(update_fields=["finished_team_steps", "blocked_team_steps", "verified_team_steps"])
        self.refresh_from_db()
        return True

    @transaction.atomic
    def assign(self, step: Step, person: User | None, *, by: User, now: datetime) -> bool:
        """Name the member who does a team step, or nobody. False when that is so already."""
        locks.hold_ban(self.ban_id)
        if not Ban.objects.live().filter(pk=self.ban_id).exists():
            raise DomainError(_t("This ban has ended; its checklists can be read but not changed."))
        current = self.assignments.filter(step=step).select_for_update().first()
        if (current.person_id if current else None) == (person.pk if person else None):
            return False
        if person is None:
            self.assignments.filter(step=step).delete()
        else:
            self._require_member(person)
            self.assignments.update_or_create(step=step, defaults={"person": person, "by": by, "at": now})
        Event.record(Event.Verb.STEP_ASSIGNED, by=by, now=now, step=step, person=person, **self.in_history())
        return True

    def _require_member(self, person: User) -> None:
        if not person.is_active or not Membership.objects.filter(user=person, team=self.team_id).exists():
            raise DomainError(
                _t("%(name)s does not belong to this team. Choose one of its members.") % {"name": person.name}
            )


class Assignment(models.Model):
    """The member whom a lead has named to do one team step."""

    migration = models.ForeignKey(Migration, on_delete=models.CASCADE, related_name="assignments")
    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="assignments")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="assignments")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["migration", "step"], name="one_person_per_team_step")]

    def __str__(self) -> str:
        return f"{self.step_id} of {self.migration_id} for {self.person_id}"


class ProgressDay(models.Model):
    """Progress at the end of one day (UTC) of a team with all below it; `team` is empty for the whole audience.

    Written by the clock, already summed, so that a burn-up costs one row a day however large the company is.
    """

    ban = models.ForeignKey(Ban, on_delete=models.CASCADE, related_name="progress_days")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, related_name="+")
    day = models.DateField()
    people = models.PositiveIntegerField()
    started = models.PositiveIntegerField()
    blocked = models.PositiveIntegerField()
    done = models.PositiveIntegerField()
    waived = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ban", "team", "day"], nulls_distinct=False, name="one_progress_per_team_and_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.team_id} on {self.day}"
