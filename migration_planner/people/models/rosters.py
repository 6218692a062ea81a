"""A roster on its way in: the file, what it would change, and how far it has come."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from migration_planner.lib.errors import DomainError
from migration_planner.people.models.users import User

#: A worker that shows no progress for this long is taken for dead, and the import is taken up again.
LEASE = timedelta(minutes=2)
#: After so many starts without an end an import is given up: something in it stops every worker.
ATTEMPTS = 3
#: The rows of a file that nobody applied are personal data without a purpose after this long.
KEEP_ROWS = timedelta(days=7)
#: States of an import that somebody has looked at, and that is still to be decided on.
OPEN = ["previewed", "refused", "failed"]
#: States in which nothing more happens by itself, and that say when they began.
ENDED = ["applied", "refused", "failed", "discarded"]


class RosterImportQuerySet(models.QuerySet["RosterImport"]):
    def visible_to(self, user: User) -> "RosterImportQuerySet":
        """Administrators and auditors see every import, others their own."""
        return self if user.sees_everything else self.filter(uploaded_by=user)

    def newest_first(self) -> "RosterImportQuerySet":
        return self.select_related("uploaded_by", "requested_by").order_by("-id")

    def applied(self) -> "RosterImportQuerySet":
        return self.filter(state=RosterImport.State.APPLIED)

    def in_force(self) -> "RosterImport | None":
        """The roster applied last."""
        return self.applied().order_by("ended_at", "id").last()

    def waiting(self) -> "RosterImportQuerySet":
        """Requested and not taken up, or taken up by a worker whose lease has run out by the database's clock."""
        asked = self.filter(state__in=[RosterImport.State.REQUESTED, RosterImport.State.APPLYING])
        return asked.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=Now()))


class RosterImport(models.Model):
    """One roster file. uploaded → previewed → requested → applying → applied; or refused with a sentence; or failed.

    Whatever is not applied can be discarded, and taken up again while its rows are kept.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")
        PREVIEWED = "previewed", _("previewed")
        REQUESTED = "requested", _("waiting to be applied")
        APPLYING = "applying", _("being applied")
        APPLIED = "applied", _("applied")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed")
        DISCARDED = "discarded", _("discarded")

    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="roster_imports")
    uploaded_at = models.DateTimeField()
    file_name = models.CharField(max_length=200)
    size = models.BigIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    #: Columns of ours that the file has, and headings it has that mean nothing to us.
    columns = models.JSONField(default=list)
    unknown_columns = models.JSONField(default=list)

    #: What the person importing has said: the file names everybody; go on without bad rows; yes, so many may leave; yes, a
    #: ban in force may be left without anybody.
    full = models.BooleanField(default=False)
    skip_bad = models.BooleanField(default=False)
    confirm_leavers = models.BooleanField(default=False)
    confirm_emptied = models.BooleanField(default=False)

    state = models.CharField(max_length=12, choices=State, default=State.UPLOADED)
    #: A `Comparison` as JSON: of the preview, and once applied of what was done.
    comparison = models.JSONField(default=dict)
    #: The roster that was in force when the preview was made. Another one applied meanwhile makes the preview stale.
    compared_with = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")

    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    progress = models.CharField(max_length=40, blank=True)
    share = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    objects = RosterImportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ENDED, ended_at__isnull=False) | (~Q(state__in=ENDED) & Q(ended_at__isnull=True)),
                name="ended_imports_say_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["refused", "failed"]) | ~Q(error=""), name="refused_imports_say_why"
            ),
            models.CheckConstraint(condition=Q(share__lte=100), name="progress_is_a_share_of_hundred"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state__in=["requested", "applying"]), name="imports_on_the_way")
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.state})"

    @property
    def is_at_work(self) -> bool:
        """Waiting for the clock, or in its hands."""
        return self.state in {self.State.UPLOADED, self.State.REQUESTED, self.State.APPLYING}

    @property
    def is_open(self) -> bool:
        """Looked at, and still to be decided on."""
        return self.state in OPEN

    @property
    def is_discarded(self) -> bool:
        return self.state == self.State.DISCARDED

    @property
    def is_fresh(self) -> bool:
        """Whether the roster in force is still the one that the preview was compared with."""
        latest = RosterImport.objects.in_force()
        return not self.comparison or latest is None or latest.pk == self.compared_with_id

    def waits_since_before(self, moment: datetime) -> bool:
        """Whether nobody has taken it up though it waits since before `moment`."""
        since = self.uploaded_at if self.state == self.State.UPLOADED else self.requested_at
        return self.state in {self.State.UPLOADED, self.State.REQUESTED} and since is not None and since < moment

    def reopen(self, *, by: User) -> None:
        """Ask for a new comparison by the clock, as if `by` were to apply it. Refused once it is at work or applied."""
        if not RosterImport.objects.filter(pk=self.pk, state__in=[*OPEN, self.State.DISCARDED]).update(
            state=self.State.UPLOADED, requested_by=by, comparison={}, attempts=0, error="", ended_at=None
        ):
            raise DomainError(self.why_not())

    def discard(self, *, now: datetime) -> None:
        """Put a file aside that nobody applies: it asks for no decision any more. Refused once it is at work or applied."""
        if not RosterImport.objects.filter(pk=self.pk, state__in=OPEN).update(
            state=self.State.DISCARDED, error="", ended_at=now
        ):
            raise DomainError(self.why_not())
        self.refresh_from_db()

    def why_not(self) -> str:
        """Why nothing can be decided about this import: the state it is in by now, in a sentence."""
        self.refresh_from_db(fields=["state"])
        sentences = {
            self.State.UPLOADED: _t("“%(file)s” is being compared. Wait until its page says what it would change."),
            self.State.APPLIED: _t("“%(file)s” is in force already. Upload another file to change what it changed."),
            self.State.DISCARDED: _t("“%(file)s” was discarded. Take it up again, or upload another file."),
        }
        if self.is_open:
            sentence = _t("“%(file)s” was not compared with the roster in force. Compare it again first.")
        else:
            at_work = _t("“%(file)s” is being applied already. Wait until its page says what came of it.")
            sentence = sentences.get(RosterImport.State(self.state), at_work)
        return sentence % {"file": self.file_name}

    def request(self, *, by: User, now: datetime, **said: bool) -> None:
        """Ask for this import to be applied by the next worker that is free. Only one of two who ask together is heard.

        `said` are answers to the questions of the preview: skip_bad, confirm_leavers, confirm_emptied.
        """
        answers = {name: said.get(name, False) for name in ("skip_bad", "confirm_leavers", "confirm_emptied")}
        changed = RosterImport.objects.filter(pk=self.pk, state__in=OPEN).exclude(comparison={}).update(
            state=self.State.REQUESTED, requested_by=by, requested_at=now, **answers,
            ended_at=None, error="", attempts=0, progress="", share=0, lease_until=None,
        )  # fmt: skip
        if not changed:
            raise DomainError(self.why_not())
        self.refresh_from_db()

    @classmethod
    @transaction.atomic
    def claim_comparison(cls) -> "RosterImport | None":
        """Take one uploaded file for this worker, by the same lease."""
        free = cls.objects.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=Now()), state=cls.State.UPLOADED)
        waiting = free.select_for_update(skip_locked=True).order_by("id").first()
        return waiting and cls._take(waiting, cls.State.UPLOADED)

    @classmethod
    @transaction.atomic
    def claim(cls) -> "RosterImport | None":
        """Take one waiting import for this worker: nobody else takes it before the lease runs out."""
        waiting = cls.objects.waiting().select_for_update(skip_locked=True).order_by("requested_at", "id").first()
        return waiting and cls._take(waiting, cls.State.APPLYING)

    @classmethod
    def _take(cls, waiting: "RosterImport", state: "RosterImport.State") -> "RosterImport":
        cls.objects.filter(pk=waiting.pk).update(state=state, lease_until=Now() + LEASE, attempts=F("attempts") + 1)
        waiting.refresh_from_db()
        return waiting

    def require_fresh(self) -> None:
        """Raise DomainError when another roster was applied since this one was looked at."""
        if self.is_fresh:
            return
        latest = RosterImport.objects.applied().latest("ended_at", "id")
        name = latest.requested_by.name if latest.requested_by else _t("somebody")
        raise DomainError(
            _t("%(name)s has applied another roster (%(file)s) since this preview was made. Look at it anew.")
            % {"name": name, "file": latest.file_name}
        )

    def end(self, comparison: dict[str, Any], *, by: User | None, now: datetime) -> None:
        """Mark the import applied, with what it did. Raises DomainError when it was applied or given up meanwhile."""
        open_states = [self.State.UPLOADED, self.State.APPLYING]
        changed = RosterImport.objects.filter(pk=self.pk, state__in=open_states, attempts=self.attempts).update(
            state=self.State.APPLIED, ended_at=now, requested_by=by, comparison=comparison, lease_until=None, share=100
        )
        if not changed:
            raise DomainError(_t("This roster was applied already. Nothing was done twice."))
        self.refresh_from_db()

    def refuse(self, why: str, *, now: datetime, state: "RosterImport.State" = State.REFUSED) -> None:
        """End an import that is on its way, with a sentence for whoever asked for it."""
        at_work = RosterImport.objects.filter(pk=self.pk, state__in=["uploaded", "requested", "applying"])
        at_work.update(state=state, error=why, ended_at=now, lease_until=None)
        self.refresh_from_db()


class RosterRow(models.Model):
    """One row of a file, as read. The table is not logged: after a crash of the database the file is uploaded again."""

    pk = models.CompositePrimaryKey("roster_import_id", "line")
    roster_import = models.ForeignKey(RosterImport, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    #: The line of the file on which the row begins, as an editor counts them.
    line = models.PositiveIntegerField()
    email = models.TextField()
    name = models.TextField()
    team = models.TextField()
    role = models.TextField()
    home_team = models.TextField()
    timezone = models.TextField()
    language = models.TextField()
    manager = models.TextField()
    site = models.TextField()
    external_id = models.TextField()
    active = models.TextField()
    #: How many cells the row has beyond the headings.
    surplus = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"line {self.line}"


class RosterProblem(models.Model):
    """Why one row of a file cannot be taken. The sentence is made from `code` in the reader's language."""

    pk = models.CompositePrimaryKey("roster_import_id", "line", "code", "detail")
    roster_import = models.ForeignKey(RosterImport, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    line = models.PositiveIntegerField()
    code = models.CharField(max_length=40)
    detail = models.TextField()
    #: The row that this one contradicts, where there is one.
    other_line = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return f"line {self.line}: {self.code}"
