from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from migration_planner.lib.errors import DomainError
from migration_planner.lib.parts import Part
from migration_planner.lib.statements import rows, run
from migration_planner.people.models import User, below, below_any
from migration_planner.planning import locks, standing
from migration_planner.planning.models.bans import Ban
from migration_planner.planning.models.gaps import Gap
from migration_planner.planning.models.marks import Mark, by_step, of_marks, put_mark
from migration_planner.planning.models.migrations import Migration
from migration_planner.planning.models.steps import Step, StepQuerySet

#: What a mark changes of its checklist.
COUNTED = [
    "finished_steps", "blocked_steps", "verified_steps", "is_verified", "state", "last_activity_at", "started_at", "done_at",
]  # fmt: skip


#: States in the order in which people need help.
NEEDIEST_FIRST = ("blocked", "not_started", "started", "waived", "done")


def need() -> Case:
    """Who needs help first: 0 is the neediest. An index is made of exactly this, so that the list of a ban is a range of it."""
    ranks = [When(state=state, then=Value(rank)) for rank, state in enumerate(NEEDIEST_FIRST)]
    return Case(*ranks, default=Value(len(NEEDIEST_FIRST)), output_field=models.IntegerField())


class ChecklistQuerySet(models.QuerySet["Checklist"]):
    def live(self) -> "ChecklistQuerySet":
        """Those that ask something: of a published ban, and not stopped."""
        return self.filter(ban__state=Ban.State.PUBLISHED).counted()

    def counted(self) -> "ChecklistQuerySet":
        return self.exclude(state=Checklist.State.STOPPED)

    def unfinished(self) -> "ChecklistQuerySet":
        return self.exclude(state__in=[Checklist.State.DONE, Checklist.State.STOPPED])

    def asked(self) -> "ChecklistQuerySet":
        """Those that somebody is waiting for just now: unfinished, and not waived."""
        return self.unfinished().exclude(state=Checklist.State.WAIVED)

    def with_waiver(self) -> "ChecklistQuerySet":
        """Those for which a waiver was asked for, or is granted: nobody escalates them."""
        return self.filter(waivers__state__in=["requested", "questioned", "granted"]).distinct()

    def below(self, path: str) -> "ChecklistQuerySet":
        """Those counted in the team at `path` or in a team below it."""
        return self.filter(below(path, field="migration__path"))

    def led_by(self, user: User) -> "ChecklistQuerySet":
        """Those counted in teams the person leads, or below them."""
        return self.filter(below_any(user.led_paths, field="migration__path"))

    def with_order_keys(self) -> "ChecklistQuerySet":
        """Adds `need` (who needs help first: 0 is the neediest) and `active_at` (never null), to sort and page by."""
        return self.annotate(need=need(), active_at=Coalesce("last_activity_at", "created_at"))

    def in_state(self, state: str) -> "ChecklistQuerySet":
        """Those in one of the states that count, in the words of the index by which lists are sorted, see `need`."""
        return self.alias(need=need()).filter(need=NEEDIEST_FIRST.index(state))

    def visible_to(self, user: User) -> "ChecklistQuerySet":
        """Own checklists, those of teams the user leads (with all below), and those of bans the user runs or audits."""
        past_draft = self.exclude(ban__state=Ban.State.DRAFT)
        if user.sees_everything:
            return past_draft
        runs = Exists(Ban.owners.through.objects.filter(ban=OuterRef("ban"), user=user))
        return past_draft.filter(Q(person=user) | below_any(user.led_paths, field="migration__path") | runs)


class Checklist(models.Model):
    """One person's part in one ban. Every counted checklist is in exactly one state; the five counts add up to the people."""

    class State(models.TextChoices):
        NOT_STARTED = "not_started", _("not started")
        STARTED = "started", _("started")
        BLOCKED = "blocked", _("blocked")
        WAIVED = "waived", _("waived")
        DONE = "done", _("done")
        STOPPED = "stopped", _("stopped")

    class Stopped(models.TextChoices):
        LEFT = "left", _("left the organisation")
        OUTSIDE = "outside", _("outside the audience")

    ban = models.ForeignKey(Ban, on_delete=models.CASCADE, related_name="checklists")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="checklists")
    #: The person's name, kept here by the database so that the list of a ban by name is a range of an index.
    person_name = models.CharField(max_length=200, blank=True, default="", db_default="")
    migration = models.ForeignKey(Migration, on_delete=models.PROTECT, related_name="checklists")
    state = models.CharField(max_length=12, choices=State, default=State.NOT_STARTED)
    #: Required steps that are done or not applicable, and those that are blocked.
    finished_steps = models.PositiveSmallIntegerField(default=0)
    blocked_steps = models.PositiveSmallIntegerField(default=0)
    #: How many of the finished ones are verified, and whether the whole checklist is: see counting.py.
    verified_steps = models.PositiveSmallIntegerField(default=0, db_default=0)
    is_verified = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    last_activity_at = models.DateTimeField(null=True)
    stopped_why = models.CharField(max_length=8, choices=Stopped, blank=True)
    #: The end of the waiver in force, kept here so that no statement about mail or figures has to look for it.
    waived_until = models.DateTimeField(null=True)

    #: The marks by step as the last `mark` left them, for whoever shows them next.
    known_marks: dict[int, Mark] | None = None
    #: Whether scans have said something of the team that nobody has set aside. Known to whoever was read by `to_mark`.
    is_weighed: bool

    objects = ChecklistQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ban", "person"], name="one_checklist_per_person_and_ban"),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False)
                | (~Q(state="done") & (Q(done_at__isnull=True) | Q(state="stopped"))),
                name="done_checklists_say_when",
            ),
            models.CheckConstraint(
                condition=(Q(state="stopped") & ~Q(stopped_why="")) | (~Q(state="stopped") & Q(stopped_why="")),
                name="stopped_checklists_say_why",
            ),
            models.CheckConstraint(
                condition=Q(is_verified=False) | Q(state="done"), name="verified_checklists_are_done"
            ),
            models.CheckConstraint(
                condition=Q(verified_steps__lte=models.F("finished_steps")), name="verified_steps_are_finished"
            ),
            models.CheckConstraint(
                condition=~Q(state="waived") | Q(waived_until__isnull=False), name="waived_checklists_say_until_when"
            ),
        ]
        indexes = [
            models.Index("ban", need(), "person_name", "id", condition=~Q(state="stopped"), name="people_by_need"),
            models.Index("ban", "person_name", "id", condition=~Q(state="stopped"), name="people_by_name"),
            models.Index(
                "ban",
                Coalesce("last_activity_at", "created_at").desc(),
                F("id").desc(),
                condition=~Q(state="stopped"),
                name="people_by_activity",
            ),
            models.Index(fields=["migration", "state"], name="checklists_of_a_team"),
            models.Index(fields=["ban"], condition=~Q(state__in=["done", "stopped"]), name="unfinished_of_a_ban"),
            models.Index(
                fields=["ban", "-last_activity_at", "-id"], condition=Q(state="blocked"), name="blocked_of_a_ban"
            ),
        ]

    def __str__(self) -> str:
        return f"checklist of {self.person_id} for {self.ban_id}"

    @property
    def deadline(self) -> datetime | None:
        """By when the person has to be done: the deadline of their team."""
        return self.migration.deadline_at or self.ban.cutoff_at

    @property
    def open_steps(self) -> int:
        return max(self.ban.required_steps - self.finished_steps, 0)

    def steps(self) -> StepQuerySet:
        return self.ban.steps.live().per_person()

    def in_history(self) -> dict[str, Any]:
        """What an event about this checklist points at."""
        return {"ban": self.ban, "checklist": self, "person_id": self.person_id}

    @transaction.atomic
    def mark(
        self, step: Step, state: Mark.State, *, by: User, now: datetime, note: str = "", gap: Gap | None = None
    ) -> bool:
        """Put one step into `state`. Safe to repeat: returns False, and records nothing, when it is there already.

        Raises DomainError when the ban has ended, the checklist is stopped, the step is gone, or the reason or evidence
        is missing. The team's counters are written last, so that their lock is held as briefly as can be.
        """
        locks.hold_ban(self.ban_id)
        row = Checklist.to_mark(self.pk, lock=True)
        row.require_open()
        marks = by_step(row)
        if not put_mark(row, step, state, by=by, now=now, marks=marks, note=note, gap=gap):
            return False
        before, was_verified = Checklist.State(row.state), row.is_verified
        row.count(standing.of_checklist(row.pk) if row.is_weighed else of_marks(marks), now=now)
        self.known_marks = marks
        row.save_counts(row.moves(before, was_verified=was_verified))
        for name in COUNTED:
            setattr(self, name, getattr(row, name))
        return True

    def require_open(self) -> None:
        """Refuse changes to a checklist that nobody waits for."""
        if not self.ban.is_live:
            raise DomainError(_t("This ban has ended; its checklists can be read but not changed."))
        if self.state == self.State.STOPPED:
            raise DomainError(_t("This checklist was stopped: you are not in the audience of this ban any more."))

    def count(self, tally: standing.Tally, *, now: datetime) -> None:
        """Derive counters and state from what was counted of the marks and the evidence."""
        self.finished_steps, self.blocked_steps = tally.finished, tally.blocked
        self.verified_steps = tally.verified
        self.state = self._state_for(tally.touched)
        self.is_verified = self.state == self.State.DONE and 0 < self.ban.verifiable_steps <= tally.proven
        self.last_activity_at = now
        self.started_at = (self.started_at or now) if tally.touched else None
        self.done_at = (self.done_at or now) if self.state == self.State.DONE else None

    def _state_for(self, touched: int) -> "Checklist.State":
        if self.ban.required_steps and self.finished_steps >= self.ban.required_steps:
            return self.State.DONE
        if self.waived_until and not self.unwaived_steps():
            return self.State.WAIVED
        if self.blocked_steps:
            return self.State.BLOCKED
        return self.State.STARTED if touched else self.State.NOT_STARTED

    def state_as_derived(self) -> "Checklist.State":
        """The state that the marks, the evidence and the waiver in force give."""
        return self._state_for(standing.of_checklist(self.pk).touched)

    def unwaived_steps(self) -> int:
        """Required steps still to do that the waiver in force does not cover. Asked only where there is one."""
        waiver = self.waivers.granted().first()
        if waiver and waiver.for_all:
            return 0
        stands = standing.of_checklists([self.pk])[self.pk]
        finished = [step for step, (_state, is_finished) in stands.items() if is_finished]
        to_do = self.steps().filter(required=True).exclude(pk__in=finished)
        return to_do.exclude(pk__in=waiver.steps.values("pk")).count() if waiver else to_do.count()

    def moves(self, before: "Checklist.State", *, was_verified: bool) -> dict[str, int]:
        """What the change of state adds to the team's counters, and takes from them. Empty when nothing changed."""
        if (before, was_verified) == (self.state, self.is_verified):
            return {}
        moves = dict.fromkeys(COUNTERS.values(), 0) | {"verified": int(self.is_verified) - int(was_verified)}
        for state, by in ((before, -1), (self.state, 1)):
            if state in COUNTERS:
                moves[COUNTERS[State(state)]] += by
        return moves

    def migration_moves(self, before: "Checklist.State", *, was_verified: bool) -> None:
        """Carry the change of state over to the team's counters, by difference."""
        if moves := self.moves(before, was_verified=was_verified):
            changes = {name: F(name) + by for name, by in moves.items()}
            Migration.objects.filter(pk=self.migration_id).update(**changes)

    def save_counts(self, moves: dict[str, int]) -> None:
        """Save what was counted, and carry the change over to the team's counters: one statement."""
        counted = {name: getattr(self, name) for name in COUNTED}
        run(
            COUNT_AND_MOVE if moves else COUNT,
            pk=self.pk,
            **counted,
            **{f"move_{name}": by for name, by in moves.items()},
        )

    @classmethod
    def to_mark(cls, pk: int, *, lock: bool = False) -> "Checklist":
        """The checklist with what a mark needs of its ban and its team. With `lock`, its row is held until the transaction ends.

        Raises Checklist.DoesNotExist.
        """
        found = rows(TO_MARK + "FOR UPDATE OF checklist" if lock else TO_MARK, pk=pk)
        if not found:
            raise cls.DoesNotExist
        values = iter(found[0])
        checklist, checklist.ban, checklist.migration = OWN.of(values), OF_BAN.of(values), OF_TEAM.of(values)
        checklist.is_weighed = next(values)
        return checklist


State = Checklist.State
#: Which counter of the team counts whom. Whoever has not started is what is left over.
COUNTERS = {State.STARTED: "started", State.BLOCKED: "blocked", State.WAIVED: "waived", State.DONE: "done"}

OWN = Part(Checklist, "checklist")
OF_BAN = Part(Ban, "ban", "id", "state", "cutoff_at", "cutoff_zone", "required_steps", "verifiable_steps")
OF_TEAM = Part(Migration, "migration", "id", "ban_id", "path", "deadline_at")
TO_MARK = f"""
    SELECT {OWN.columns}, {OF_BAN.columns}, {OF_TEAM.columns}, EXISTS ({standing.WEIGHED.format(migration="migration.id")})
    FROM planning_checklist AS checklist
    JOIN planning_ban AS ban ON ban.id = checklist.ban_id
    JOIN planning_migration AS migration ON migration.id = checklist.migration_id
    WHERE checklist.id = %(pk)s
"""  # noqa: S608 - constants of ours
COUNT = f"UPDATE planning_checklist SET {', '.join(f'{name} = %({name})s' for name in COUNTED)} WHERE id = %(pk)s"  # noqa: S608
#: The team's counters come last: their lock is held as briefly as can be.
COUNT_AND_MOVE = f"""
    WITH counted AS ({COUNT} RETURNING migration_id)
    UPDATE planning_migration AS migration
    SET {", ".join(f"{name} = migration.{name} + %(move_{name})s" for name in (*COUNTERS.values(), "verified"))}
    FROM counted WHERE migration.id = counted.migration_id
"""  # noqa: S608 - constants of ours
