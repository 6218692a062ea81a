from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from psycopg.types.json import Jsonb

from migration_planner.lib.statements import rows
from migration_planner.people.models import User
from migration_planner.planning import behalf


class EventQuerySet(models.QuerySet["Event"]):
    def newest_first(self) -> "EventQuerySet":
        """With the names that history shows of them, and nothing else of the people; of a comment its words as `said`."""
        named = self.select_related("actor", "person", "step", "migration__team", "gap")
        about = [
            "ban",
            "checklist",
            "person__name",
            "actor__name",
            "step__title",
            "migration__team__name",
            "gap__title",
        ]
        return named.only("at", "verb", "why", "data", *about).annotate(said=F("comment__text")).order_by("-id")

    def decisions(self) -> "EventQuerySet":
        """What was decided about a ban itself, without the marks of its people and teams."""
        return self.filter(checklist__isnull=True, migration__isnull=True)


class Event(models.Model):
    """One line of history: who did what to which thing, when, why. Written in the transaction of the change; never changed."""

    class Verb(models.TextChoices):
        DRAFTED = "drafted", _("drafted the ban")
        EDITED = "edited", _("edited the draft")
        DISCARDED = "discarded", _("discarded the draft")
        PUBLISHED = "published", _("published the ban")
        CLOSED = "closed", _("closed the ban")
        WITHDRAWN = "withdrawn", _("withdrew the ban")
        REOPENED = "reopened", _("reopened the ban")
        CUTOFF_MOVED = "cutoff_moved", _("moved the cutoff")
        STEPS_CHANGED = "steps_changed", _("changed the steps")
        STEPS_ORDERED = "steps_ordered", _("put the steps in another order")
        SCOPE_CHANGED = "scope_changed", _("changed the scope statement")
        SCOPE_ACKNOWLEDGED = "scope_acknowledged", _("acknowledged the scope statement")
        LADDER_CHANGED = "ladder_changed", _("changed the ladder")
        ESCALATION_CHANGED = "escalation_changed", _("changed the escalation")
        AUDIENCE_CHANGED = "audience_changed", _("changed the audience")
        PLAYBOOK_TAKEN = "playbook_taken", _("took a newer version of the playbook")
        OWNERS_CHANGED = "owners_changed", _("changed the owners")
        MARKED_DONE = "marked_done", _("marked a step done")
        MARKED_BLOCKED = "marked_blocked", _("marked a step blocked")
        MARKED_NOT_APPLICABLE = "marked_not_applicable", _("marked a step not applicable")
        MARK_UNDONE = "mark_undone", _("took a mark back")
        MARK_RETURNED = "mark_returned", _("returned a mark")
        RETURN_TAKEN_BACK = "return_taken_back", _("took the return of a mark back")
        MARK_CONFIRMED = "mark_confirmed", _("confirmed a mark")
        CONFIRMATION_TAKEN_BACK = "confirmation_taken_back", _("took the confirmation of a mark back")
        COMMENTED = "commented", _("wrote a comment")
        COMMENT_WITHDRAWN = "comment_withdrawn", _("withdrew a comment")
        CHECKLIST_COMPLETED = "checklist_completed", _("noted that a checklist is finished")
        TEAM_DONE = "team_done", _("noted that a team is done")
        HEALTH_CHANGED = "health_changed", _("noted that the forecast looks different")
        STEP_REOPENED = "step_reopened", _("reopened a step")
        STEP_ASSIGNED = "step_assigned", _("assigned a team step")
        GAP_OPENED = "gap_opened", _("reported a gap")
        GAP_CHANGED = "gap_changed", _("changed a gap")
        GAP_FIXED = "gap_fixed", _("declared a gap fixed")
        GAP_MERGED = "gap_merged", _("merged two gaps")
        GAP_TIED = "gap_tied", _("tied reasons to a gap")
        GAP_VOTED = "gap_voted", _("said that a gap concerns them too")
        GAP_VOTE_TAKEN_BACK = "gap_vote_taken_back", _("took back that a gap concerns them")
        MAIL_DECIDED = "mail_decided", _("decided about a held mail")
        NUDGED = "nudged", _("nudged")
        ROSTER_APPLIED = "roster_applied", _("applied a roster")
        ROSTER_DISCARDED = "roster_discarded", _("discarded a roster")
        ROSTER_TAKEN_UP = "roster_taken_up", _("took a discarded roster up again")
        PLAYBOOK_IMPORTED = "playbook_imported", _("imported a playbook")
        TOOL_CHANGED = "tool_changed", _("changed a tool of the catalogue")
        PREFERENCES_CHANGED = "preferences_changed", _("changed own preferences")
        BUNDLES_PAUSED = "bundles_paused", _("paused the weekly figures")
        BUNDLES_RESUMED = "bundles_resumed", _("let the weekly figures come again")
        LEAVE_NOTED = "leave_noted", _("noted when somebody is on leave")
        SUBSTITUTE_NAMED = "substitute_named", _("named a substitute for a lead")
        SUBSTITUTE_ENDED = "substitute_ended", _("ended a substitution")
        SNOOZED = "snoozed", _("snoozed the reminders")
        SNOOZE_ENDED = "snooze_ended", _("took the snooze back")
        SNOOZE_LIMIT_CHANGED = "snooze_limit_changed", _("changed how long reminders may be snoozed")
        FEED_MADE = "feed_made", _("made a calendar feed")
        FEED_REVOKED = "feed_revoked", _("revoked a calendar feed")
        MAIL_PAUSED = "mail_paused", _("paused the mail")
        MAIL_RESUMED = "mail_resumed", _("let the mail go on")
        ADDRESS_RESTORED = "address_restored", _("said that an address takes mail again")
        REPORT_TAKEN = "report_taken", _("sent a report of a scan")
        EVIDENCE_CHANGED = "evidence_changed", _("sent scans that changed a step")
        REGRESSED = "regressed", _("sent a scan that found the old tool again")
        EVIDENCE_SET_ASIDE = "evidence_set_aside", _("set evidence aside")
        EVIDENCE_RESTORED = "evidence_restored", _("let evidence count again")
        PLAYBOOK_REMOVED = "playbook_removed", _("removed a playbook")
        WAIVER_REQUESTED = "waiver_requested", _("asked for a waiver")
        WAIVER_APPROVED = "waiver_approved", _("approved a waiver")
        WAIVER_GRANTED = "waiver_granted", _("granted a waiver")
        WAIVER_QUESTIONED = "waiver_questioned", _("sent a waiver back with a question")
        WAIVER_ANSWERED = "waiver_answered", _("answered the question about a waiver")
        WAIVER_REFUSED = "waiver_refused", _("refused a waiver")
        WAIVER_REVOKED = "waiver_revoked", _("revoked a waiver")
        WAIVER_TAKEN_BACK = "waiver_taken_back", _("took a request for a waiver back")
        WAIVER_PASSED = "waiver_passed", _("passed a request for a waiver on")
        WAIVER_EXPIRED = "waiver_expired", _("let a waiver end")
        WAIVER_RULES_CHANGED = "waiver_rules_changed", _("changed the rules for waivers")
        WAVES_CHANGED = "waves_changed", _("changed the waves")
        WAVE_DECIDED = "wave_decided", _("decided about a wave")
        CALENDAR_CHANGED = "calendar_changed", _("changed the calendar of a site")

        SIGNALS_IMPORTED = "signals_imported", _("brought in signals")
        SIGNALS_FORGOTTEN = "signals_forgotten", _("deleted old signals")
        TOKEN_MADE = "token_made", _("made a token")
        TOKEN_REVOKED = "token_revoked", _("revoked a token")
        ASKED = "asked", _("asked about contradictions")
        CONTRADICTION_ANSWERED = "contradiction_answered", _("answered a question")
        QUIET_DAYS_CHANGED = "quiet_days_changed", _("changed the quiet days")
        ROOM_SET = "room_set", _("set a room")
        ROOM_TESTED = "room_tested", _("tested a room")
        ROOM_REMOVED = "room_removed", _("removed a room")
        ROOM_TRIED_AGAIN = "room_tried_again", _("had a message to a room tried again")
        HOOK_SET = "hook_set", _("registered a webhook")
        HOOK_SECRET = "hook_secret", _("made another secret of a webhook")
        HOOK_SWITCHED = "hook_switched", _("switched a webhook on or off")
        HOOK_SENT_AGAIN = "hook_sent_again", _("had a delivery of a webhook sent again")
        HOOK_REMOVED = "hook_removed", _("removed a webhook")
        PROPOSED = "proposed", _("proposed a change")
        PROPOSAL_APPLIED = "proposal_applied", _("applied a proposed change")
        PROPOSAL_DECLINED = "proposal_declined", _("declined a proposed change")

    at = models.DateTimeField()
    verb = models.CharField(max_length=32, choices=Verb)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    why = models.TextField(blank=True)
    ban = models.ForeignKey("Ban", on_delete=models.PROTECT, null=True, related_name="events")
    migration = models.ForeignKey("Migration", on_delete=models.PROTECT, null=True, related_name="events")
    checklist = models.ForeignKey("Checklist", on_delete=models.PROTECT, null=True, related_name="events")
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    step = models.ForeignKey("Step", on_delete=models.PROTECT, null=True, related_name="+")
    gap = models.ForeignKey("Gap", on_delete=models.PROTECT, null=True, related_name="events", db_index=False)
    data = models.JSONField(default=dict)

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(verb=""), name="events_say_what_was_done"),
            models.UniqueConstraint(
                fields=["migration"], condition=models.Q(verb="team_done"), name="a_team_is_done_once_under_a_ban"
            ),
        ]
        indexes = [
            models.Index(fields=["ban", "id"], name="history_of_a_ban"),
            models.Index(fields=["id"], condition=models.Q(verb="tool_changed"), name="history_of_tools"),
            models.Index(
                fields=["id"],
                condition=models.Q(verb__in=["room_set", "room_tested", "room_removed", "room_tried_again"]),
                name="history_of_rooms",
            ),
            models.Index(fields=["gap", "id"], condition=models.Q(gap__isnull=False), name="history_of_a_gap"),
            models.Index(
                fields=["ban", "id"],
                condition=models.Q(checklist__isnull=True, migration__isnull=True),
                name="decisions_about_a_ban",
            ),
            models.Index(
                fields=["checklist", "id"], condition=models.Q(checklist__isnull=False), name="history_of_a_checklist"
            ),
            models.Index(
                fields=["migration", "id"], condition=models.Q(migration__isnull=False), name="history_of_a_migration"
            ),
            models.Index(fields=["checklist"], condition=models.Q(verb="mark_returned"), name="returns_of_a_checklist"),
            models.Index(fields=["ban", "id"], condition=models.Q(verb="health_changed"), name="health_of_a_ban"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} at {self.at}"

    @classmethod
    def record(
        cls,
        verb: "Event.Verb",
        *,
        by: User | None,
        now: datetime,
        why: str = "",
        data: dict[str, Any] | None = None,
        **about: Any,
    ) -> "Event":
        """Write one line of history. `about` names what it is about: ban, migration, checklist, person, step, gap.

        What somebody does in the place of a lead says so: `data["for"]`, see behalf.py.
        """
        event = cls.of(verb, by=by, now=now, why=why, data=data, **about)
        event.save(force_insert=True)
        return event

    @classmethod
    def of(
        cls,
        verb: "Event.Verb",
        *,
        by: User | None,
        now: datetime,
        why: str = "",
        data: dict[str, Any] | None = None,
        **about: Any,
    ) -> "Event":
        """The same line, not written yet."""
        said = {**(data or {}), **(behalf.of_event(verb, by, about, data or {}) if by else {})}
        return cls(verb=verb, actor=by, at=now, why=why, data=said, **about)

    def written_with(self, statement: str, **parameters: Any) -> int:
        """Write the line in one with `statement`; returns what that returns of its first row."""
        line = {f"event_{name}": getattr(self, name) for name in COLUMNS} | {"event_data": Jsonb(self.data)}
        return int(rows(f"WITH told AS ({INSERT}) {statement}", **line, **parameters)[0][0])


#: Writes one line of history.
COLUMNS = [field.attname for field in Event._meta.concrete_fields if not field.primary_key]
INSERT = (
    f"INSERT INTO planning_event ({', '.join(COLUMNS)}) VALUES ({', '.join(f'%(event_{name})s' for name in COLUMNS)})"  # noqa: S608
)
