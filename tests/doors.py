"""The doors of the product: each route of the URLconf, who may pass, and things of every kind to stand behind them.

Read a line as: this method at this address answers owner, lead, … like so. `in` is the way to the sign-in page.
The cast of conftest.py is joined by a peer, who leads another team of the same ban, and a rival, who owns another ban
over another company. Everything behind the doors belongs to the owner's bans, to the lead's team or to the employee.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from allauth.account.forms import default_token_generator
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone
from django.utils.http import int_to_base36

from migration_planner.evidence.models import Pack
from migration_planner.local.mail.box import Box
from migration_planner.people.models import Membership, RosterImport, SavedView, SiteCalendar, Substitution, Team, User
from migration_planner.people.roster import staging
from migration_planner.planning import (
    commenting,
    deciding,
    drafting,
    playbooks,
    proposing,
    publishing,
    rosters,
    substituting,
    waves,
)
from migration_planner.planning import gaps as blocking
from migration_planner.planning.models import (
    Ban,
    Checklist,
    Comment,
    Contradiction,
    Gap,
    Mark,
    Migration,
    Proposal,
    Step,
    Waiver,
    Wave,
    Workflow,
)  # fmt: skip
from migration_planner.planning.playbooks import library
from migration_planner.planning.proposing import Wish
from migration_planner.planning.substituting import Period
from migration_planner.planning.waves import Plan
from migration_planner.reminders import feeds, health, hooks, previewing, rooms
from migration_planner.reminders.bundles import token_of
from migration_planner.reminders.models import Delivery, Heartbeat, Mail, RoomMessage
from migration_planner.reminders.rooms import Chosen
from migration_planner.web.forms.bans import BasicsForm
from tests import mails, scans
from tests.api import doors as api
from tests.waivers import ask

ROLES = ("owner", "lead", "employee", "outsider", "auditor", "administrator", "anonymous", "peer", "rival")
PASSWORD = "correct horse battery staple"
#: Hashing on purpose slow would be most of the time of these tests.
QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]

TABLE = """
method name                              owner lead employee outsider auditor administrator anonymous peer rival
get    home                              200   200  200      200      200     200           in        200  200
get    search                            200   200  200      200      200     200           in        200  200
get    keys                              200   200  200      200      200     200           in        200  200
get    views                             200   200  200      200      200     200           in        200  200
post   views                             303   303  303      303      303     303           in        303  303
post   view                              303   404  404      404      404     404           in        404  404
get    view-removal                      200   404  404      404      404     404           in        404  404
post   view-removal                      303   404  404      404      404     404           in        404  404
get    view-shared                       200   404  404      404      200     200           in        404  404
post   view-copy                         303   404  404      404      303     303           in        404  404
get    livez                             200   200  200      200      200     200           200       200  200
get    readyz                            200   200  200      200      200     200           200       200  200
get    healthz                           200   200  200      200      200     200           200       200  200
get    metrics                           404   404  404      404      404     404           404       404  404
get    preferences                       200   200  200      200      200     200           in        200  200
post   preferences                       303   303  303      303      303     303           in        303  303
post   preferences-figures               303   303  303      303      303     303           in        303  303
get    tokens                            200   200  200      200      200     200           in        200  200
post   tokens                            200   200  200      200      200     200           in        200  200
get    token-revocation                  404   404  200      404      403     200           in        404  404
post   token-revocation                  404   404  303      404      403     303           in        404  404
post   preferences-keys                  303   303  303      303      303     303           in        303  303
post   preferences-calendar              200   200  200      200      200     200           in        200  200
get    bundles-pause                     200   200  200      200      200     200           200       200  200
post   bundles-pause                     200   200  200      200      200     200           200       200  200
get    feed                              200   200  200      200      200     200           200       200  200
get    checklist                         200   200  200      404      200     200           in        404  404
get    checklist-history                 200   200  200      404      200     200           in        404  404
get    checklist-comments                200   200  200      404      200     200           in        404  404
post   checklist-comments                303   303  303      404      403     403           in        404  404
post   checklist-comment-withdrawal      403   403  303      404      403     403           in        404  404
post   checklist-snooze                  403   403  303      404      403     403           in        404  404
post   checklist-acknowledgement         403   403  303      404      403     403           in        404  404
get    ban-acknowledgements              200   403  403      404      200     200           in        403  404
get    ban-acknowledgements-file         200   403  403      404      200     200           in        403  404
get    checklist-waiver                  200   404  404      404      403     403           in        404  404
post   checklist-waiver                  303   404  404      404      403     403           in        404  404
get    waivers                           200   200  200      200      200     200           in        200  200
post   waivers-decisions                 200   200  200      422      200     200           in        422  422
get    waiver                            200   200  200      404      200     200           in        404  404
post   waiver-decision                   303   409  403      404      403     403           in        404  404
post   waiver-answer                     403   303  404      404      403     403           in        404  404
post   waiver-removal                    403   403  303      404      403     403           in        404  404
post   waiver-revocation                 303   404  404      404      403     403           in        403  404
get    ban-waves                         200   403  403      404      200     200           in        403  404
get    ban-wave-new                      200   403  403      404      403     403           in        403  404
post   ban-wave-new                      303   403  403      404      403     403           in        403  404
get    ban-wave                          200   403  403      404      403     403           in        403  404
post   ban-wave                          200   403  403      404      403     403           in        403  404
post   ban-wave-team                     200   403  403      404      403     403           in        403  404
post   ban-wave-removal                  200   403  403      404      403     403           in        403  404
post   ban-wave-decision                 303   403  403      404      403     403           in        403  404
get    ban-waivers                       200   403  403      404      200     200           in        403  404
get    ban-waivers-file                  200   403  403      404      200     200           in        403  404
post   ban-waiver-rules                  303   403  403      404      403     403           in        403  404
post   checklist-step                    403   403  303      404      403     403           in        404  404
get    escalations                       200   200  200      200      200     200           in        200  200
get    playbooks                         200   403  403      403      200     200           in        403  200
get    playbook                          200   403  403      403      200     200           in        403  200
get    playbook-file                     200   403  403      403      200     200           in        403  200
get    playbook-schema                   200   200  200      200      200     200           in        200  200
get    playbook-import                   403   403  403      403      403     200           in        403  403
post   playbook-removal                  403   403  403      403      403     303           in        403  403
post   playbook-import                   403   403  403      403      403     303           in        403  403
get    tools                             200   200  200      200      200     200           in        200  200
get    tool-new                          403   403  403      403      403     200           in        403  403
post   tool-new                          403   403  403      403      403     303           in        403  403
get    tool                              403   403  403      404      403     200           in        403  404
post   tool                              403   403  403      404      403     303           in        403  404
get    gaps                              200   200  200      200      200     200           in        200  200
get    gaps-file                         200   200  200      200      200     200           in        200  200
get    gap                               200   200  200      404      200     200           in        200  404
post   gap-vote                          303   303  303      404      403     403           in        303  404
post   gap-decision                      303   403  403      404      403     403           in        403  404
post   gap-merging                       303   403  403      404      403     403           in        403  404
get    ban-gaps                          200   200  200      404      200     200           in        200  404
get    ban-gaps-file                     200   200  200      404      200     200           in        200  404
get    ban-gap-reasons                   200   403  403      404      403     403           in        403  404
post   ban-gap-reasons                   303   403  403      404      403     403           in        403  404
get    signals                           200   403  403      403      200     200           in        403  200
post   signals                           303   403  403      403      403     303           in        403  303
post   signal-token                      403   403  403      403      403     200           in        403  403
get    held                              200   200  200      200      200     200           in        200  200
get    held-file                         200   200  200      200      200     200           in        200  200
post   checklist-answer                  403   403  303      404      403     403           in        404  404
get    ban-contradictions                200   200  403      404      200     200           in        200  404
post   ban-question                      303   303  403      404      403     403           in        303  404
get    ban-relapses                      200   403  403      404      200     200           in        403  404
post   ban-quiet-days                    303   403  403      404      403     403           in        403  404
get    portfolio                         200   403  403      403      200     200           in        403  200
get    portfolio-teams                   200   403  403      403      200     200           in        403  200
get    portfolio-mail                    200   403  403      403      200     200           in        403  200
get    bans                              200   200  200      200      200     200           in        200  200
get    ban-new                           200   403  403      403      403     200           in        403  200
post   ban-new                           303   403  403      403      403     303           in        403  303
get    ban                               200   200  200      404      200     200           in        200  404
get    ban-history                       200   403  403      404      200     200           in        403  404
get    ban-mail                          200   403  403      404      200     200           in        403  404
get    ban-mail-file                     200   403  403      404      200     200           in        403  404
get    ban-mail-due                      200   403  403      404      200     200           in        403  404
get    ban-mail-pause                    200   403  403      404      403     403           in        403  404
post   ban-mail-pause                    303   403  403      404      403     403           in        403  404
post   ban-mail-resume                   303   403  403      404      403     403           in        403  404
get    ban-unreachable                   200   403  403      404      200     200           in        403  404
post   ban-address                       303   403  403      404      403     303           in        403  404
get    person-mail                       200   200  200      404      200     200           in        404  404
get    mails                             403   403  403      403      200     200           in        403  403
get    mails-due                         403   403  403      403      200     200           in        403  403
get    mails-held                        200   403  403      403      200     200           in        403  200
get    mails-pause                       403   403  403      403      403     200           in        403  403
post   mails-pause                       403   403  403      403      403     303           in        403  403
post   mails-resume                      403   403  403      403      403     303           in        403  403
get    mail                              200   200  200      404      200     200           in        404  404
get    mail-html                         200   200  200      404      200     200           in        404  404
get    mail-file                         200   200  200      404      200     200           in        404  404
post   mail-decision                     303   403  403      404      403     303           in        404  404
get    ban-everybody                     200   403  403      404      200     200           in        403  404
get    ban-forecast                      200   403  403      404      200     200           in        403  404
get    ban-tree                          200   403  403      404      200     200           in        403  404
get    ban-heat                          200   403  403      404      200     200           in        403  404
get    ban-difference                    200   403  403      404      200     200           in        403  404
get    ban-what-if                       200   403  403      404      200     200           in        403  404
post   ban-proposal-new                  303   403  403      404      403     403           in        403  404
get    ban-proposal                      200   403  403      404      200     200           in        403  404
post   ban-proposal-application          303   403  403      404      403     403           in        403  404
post   ban-proposal-removal              303   403  403      404      403     403           in        403  404
get    ban-evidence                      200   403  403      404      200     200           in        403  404
post   ban-evidence-pack                 303   403  403      404      303     303           in        403  404
get    ban-evidence-download             200   403  403      404      200     200           in        403  404
post   ban-nudge                         303   403  403      404      403     403           in        403  404
get    ban-as-of                         200   403  403      404      200     200           in        403  404
get    ban-people-past                   200   403  403      404      200     200           in        403  404
get    ban-people                        200   403  403      404      200     200           in        403  404
get    ban-teams                         200   403  403      404      200     200           in        403  404
get    ban-basics                        200   404  404      404      403     403           in        404  404
post   ban-basics                        303   404  404      404      403     403           in        404  404
get    ban-audience                      200   404  404      404      403     403           in        404  404
post   ban-audience                      303   404  404      404      403     403           in        404  404
get    ban-cutoff                        200   404  404      404      403     403           in        404  404
post   ban-cutoff                        303   404  404      404      403     403           in        404  404
get    ban-steps                         200   404  404      404      403     403           in        404  404
get    ban-step-new                      200   404  404      404      403     403           in        404  404
post   ban-step-new                      303   404  404      404      403     403           in        404  404
get    ban-step                          200   404  404      404      403     403           in        404  404
post   ban-step                          303   404  404      404      403     403           in        404  404
post   ban-step-place                    303   404  404      404      403     403           in        404  404
post   ban-step-requirement              303   404  404      404      403     403           in        404  404
post   ban-step-removal                  303   404  404      404      403     403           in        404  404
get    ban-ladder                        200   404  404      404      403     403           in        404  404
post   ban-escalation                    303   404  404      404      403     403           in        404  404
post   ban-snoozes                       303   404  404      404      403     403           in        404  404
get    ban-preview                       200   404  404      404      403     403           in        404  404
post   ban-ladder                        303   404  404      404      403     403           in        404  404
get    ban-calendar                      200   403  403      404      403     403           in        403  404
get    ban-calendar-day                  200   403  403      404      403     403           in        403  404
get    ban-preview-mail                  200   404  404      404      403     403           in        404  404
post   ban-publication                   303   404  404      404      403     403           in        404  404
get    ban-discarding                    200   404  404      404      403     403           in        404  404
post   ban-discarding                    303   404  404      404      403     403           in        404  404
get    ban-change-cutoff                 200   403  403      404      403     403           in        403  404
post   ban-change-cutoff                 200   403  403      404      403     403           in        403  404
get    ban-change-scope                  200   403  403      404      403     403           in        403  404
post   ban-change-scope                  303   403  403      404      403     403           in        403  404
get    ban-change-owners                 200   403  403      404      403     403           in        403  404
post   ban-change-owners                 303   403  403      404      403     403           in        403  404
get    ban-playbook                      200   403  403      404      403     403           in        403  404
post   ban-playbook                      303   403  403      404      403     403           in        403  404
get    ban-change-audience               200   403  403      404      403     403           in        403  404
post   ban-change-audience               303   403  403      404      403     403           in        403  404
get    ban-close                         200   403  403      404      403     403           in        403  404
post   ban-close                         303   403  403      404      403     403           in        403  404
get    ban-withdrawal                    200   403  403      404      403     403           in        403  404
post   ban-withdrawal                    303   403  403      404      403     403           in        403  404
get    ban-reopening                     200   403  403      404      403     403           in        403  404
post   ban-reopening                     303   403  403      404      403     403           in        403  404
get    team                              200   200  200      404      200     200           in        404  404
get    team-people                       200   200  403      404      200     200           in        404  404
post   team-nudge                        303   303  403      404      403     403           in        404  404
post   team-act                          200   200  403      404      403     403           in        404  404
post   team-act-undo                     303   303  403      404      403     403           in        404  404
get    team-substitutes                  200   200  403      404      200     200           in        404  404
post   team-substitutes                  303   303  403      404      403     403           in        404  404
post   team-substitute-end               303   303  403      404      403     403           in        404  404
post   team-calendar                     403   200  403      404      403     403           in        404  404
post   team-step                         403   303  403      404      403     403           in        404  404
post   team-step-assignment              303   303  403      404      403     403           in        404  404
get    roster                            200   403  403      403      200     200           in        403  200
post   roster                            303   403  403      403      403     303           in        403  303
get    roster-import                     200   404  404      404      200     200           in        404  404
post   roster-comparison                 303   404  404      404      403     303           in        404  404
post   roster-application                303   404  404      404      403     303           in        404  404
post   roster-discarding                 303   404  404      404      403     303           in        404  404
get    roster-bad-rows                   200   404  404      404      200     200           in        404  404
get    calendars                         403   403  403      403      200     200           in        403  403
get    calendar                          403   403  403      403      200     200           in        403  403
post   calendar                          403   403  403      403      403     303           in        403  403
post   calendar-days                     403   403  403      403      403     200           in        403  403
post   calendar-days-removal             403   403  403      403      403     303           in        403  403
get    hooks                             403   403  403      403      200     200           in        403  403
post   hooks                             403   403  403      403      403     200           in        403  403
get    ban-hooks                         200   403  403      404      200     200           in        403  404
post   ban-hooks                         200   403  403      404      403     403           in        403  404
get    hook                              200   404  404      404      200     200           in        404  404
post   hook-test                         303   404  404      404      403     403           in        404  404
post   hook-secret                       200   404  404      404      403     403           in        404  404
post   hook-switch                       303   404  404      404      403     403           in        404  404
post   hook-delivery                     303   404  404      404      403     403           in        404  404
post   hook-removal                      303   404  404      404      403     403           in        404  404
get    rooms                             403   403  403      403      200     200           in        403  403
get    room-new                          403   403  403      403      403     200           in        403  403
post   room-new                          403   403  403      403      403     303           in        403  403
get    room                              404   404  404      404      200     200           in        404  404
post   room                              404   404  404      404      403     303           in        404  404
post   room-test                         404   404  404      404      403     303           in        404  404
post   room-removal                      404   404  404      404      403     303           in        404  404
post   room-message                      404   404  404      404      403     303           in        404  404
get    scan-program                      200   200  200      200      200     200           200       200  200
get    report-schema                     200   200  200      200      200     200           200       200  200
get    ban-scan-program                  200   200  200      404      200     200           in        200  404
get    team-scans                        200   200  200      404      200     200           in        404  404
post   team-report-upload                303   303  403      404      403     403           in        404  404
post   team-report-token                 200   200  403      404      403     403           in        404  404
get    team-repository                   200   200  200      404      200     200           in        404  404
post   team-evidence                     303   303  403      404      403     403           in        404  404
get    account_login                     302   302  302      302      302     302           200       302  302
post   account_login                     302   302  302      302      302     302           302       302  302
get    account_logout                    200   200  200      200      200     200           302       200  200
post   account_logout                    302   302  302      302      302     302           302       302  302
get    account_inactive                  200   200  200      200      200     200           200       200  200
get    account_reauthenticate            200   200  200      200      200     200           in        200  200
post   account_reauthenticate            302   302  302      302      302     302           in        302  302
get    account_change_password           200   200  200      200      200     200           in        200  200
post   account_change_password           302   302  302      302      302     302           in        302  302
get    account_set_password              302   302  302      302      302     302           in        302  302
post   account_set_password              302   302  302      302      302     302           in        302  302
get    account_reset_password            200   200  200      200      200     200           200       200  200
post   account_reset_password            302   302  302      302      302     302           302       302  302
get    account_reset_password_done       200   200  200      200      200     200           200       200  200
get    account_reset_password_from_key   302   302  302      302      302     302           302       302  302
post   account_reset_password_from_key   302   302  302      302      302     302           302       302  302
get    account_reset_password_from_key_done 200 200 200      200      200     200           200       200  200
get    local                             200   200  200      200      200     200           200       200  200
post   local-step-in                     303   303  303      303      303     303           303       303  303
get    local-floor                       200   200  200      200      200     200           in        200  200
post   local-floor-write                 200   200  200      200      200     200           in        200  200
get    local-mail                        200   200  200      200      200     200           200       200  200
get    local-mail-detail                 200   200  200      200      200     200           200       200  200
get    local-mail-html                   200   200  200      200      200     200           200       200  200
"""

Door = tuple[str, str]
DOORS: dict[Door, dict[str, str]] = {
    (method, name): dict(zip(ROLES, answers, strict=True))
    for method, name, *answers in (line.split() for line in TABLE.strip().splitlines()[1:])
}
DOORS |= {door: dict(zip(ROLES, answers.split(), strict=True)) for door, answers in api.ROWS.items()}


def routes() -> list[URLPattern]:
    """Every pattern of the URLconf, through its includes."""
    found, waiting = [], list(get_resolver().url_patterns)
    while waiting:
        pattern = waiting.pop()
        if isinstance(pattern, URLPattern):
            found.append(pattern)
        else:
            waiting += pattern.url_patterns
    return found


@dataclass
class House:
    """One thing of every kind. `ban` is in force, `draft` complete, `ended` closed a moment ago, `other` the rival's."""

    people: dict[str, User | None]
    ban: Ban
    draft: Ban
    ended: Ban
    other: Ban
    checklist: Checklist
    migration: Migration
    sales: Migration
    step: Step
    team_step: Step
    draft_step: Step
    roster: RosterImport
    view: SavedView
    mail: str
    #: The token of the employee's calendar.
    calendar: str
    held: Mail
    #: The number of a report about a repository of the lead's team.
    report: int
    #: Two gaps, and a step that is blocked for a reason in words.
    gap: Gap
    same: Gap
    blocked: Mark
    #: A question to the employee.
    question: Contradiction
    #: The employee's, which waits for an owner; the lead's, which was sent back; the peer's, which is in force.
    waiver: Waiver
    questioned: Waiver
    granted: Waiver
    wave: Wave
    #: A message to the room of the lead's team that will not go by itself.
    message: RoomMessage
    #: Of somebody else, for the owner to decide about.
    proposal: Proposal
    #: Something that did not arrive at a webhook of the ban.
    delivery: Delivery

    def arguments(self, name: str) -> list[Any]:
        """What the address of a route needs, pointing at things inside the house."""
        if name.startswith("api-ban-pack") and name != "api-ban-packs":
            return _pack(self)
        of_api = api.arguments(self, name)
        if of_api is not None:
            return of_api
        special = ARGUMENTS.get(name)
        if special:
            return special(self)
        if (name.startswith("ban-") and name != "ban-new") or name == "ban":
            return [(self.draft if name in OF_A_DRAFT else self.ban).pk]
        return []

    def path(self, name: str) -> str:
        return reverse(name, args=self.arguments(name)) + (QUERIES | api.QUERIES).get(name, lambda _house: "")(self)

    def form(self, name: str) -> dict[str, Any]:
        """What somebody sends to a route who means it."""
        sends = FORMS.get(name) or api.BODIES.get(name)
        return sends(self) if sends else {}


#: What the address of a page needs to be meant at all.
QUERIES: dict[str, Callable[[House], str]] = {
    "ban-change-audience": lambda house: f"?team={house.sales.team_id}&standing=excluded",
    "ban-people-past": lambda house: f"?day={timezone.localdate() - timedelta(days=2)}",
}
OF_A_DRAFT = {
    "ban-basics", "ban-audience", "ban-cutoff", "ban-steps", "ban-step-new", "ban-ladder", "ban-preview",
    "ban-publication", "ban-discarding", "ban-snoozes", "ban-escalation",
}  # fmt: skip


def _eve(house: House) -> User:
    employee = house.people["employee"]
    assert employee
    return employee


def _lee(house: House) -> User:
    lead = house.people["lead"]
    assert lead
    return lead


def _pia(house: House) -> User:
    peer = house.people["peer"]
    assert peer
    return peer


def _held(house: House) -> list[Any]:
    return [house.held.pk]


def _reset_key(house: House) -> list[Any]:
    employee = User.objects.get(pk=_eve(house).pk)  # signing in has touched the one in memory
    return [int_to_base36(employee.pk), default_token_generator.make_token(employee)]


def _draft_step(house: House) -> list[Any]:
    return [house.draft.pk, house.draft_step.pk]


def _of_team(house: House) -> list[Any]:
    return [house.ban.pk, house.migration.team_id]


def _team_step(house: House) -> list[Any]:
    return [house.ban.pk, house.migration.team_id, house.team_step.pk]


def _preview_mail(house: House) -> list[Any]:
    first = previewing.mails_for(house.draft, _eve(house), now=timezone.now())[0]
    return [house.draft.pk, _eve(house).pk, first.day.isoformat()]


def _undo(house: House) -> str:
    """What takes back a nudge that has gone already: nothing is left to do."""
    done = {str(house.checklist.pk): 0}
    return signing.dumps({"migration": house.migration.pk, "act": "nudge", "done": done}, salt="team-act")


def _stand_in() -> User:
    """Somebody who plays no other part."""
    return User.objects.get_or_create(email="sam@acme.example", defaults={"name": "Sam"})[0]


def _substitution(house: House) -> Substitution:
    lead, now = house.people["lead"], timezone.now()
    assert lead is not None
    if known := Substitution.objects.filter(lead=lead).first():
        return known
    period = Period(timezone.localdate() + timedelta(days=2), timezone.localdate() + timedelta(days=3))
    return substituting.name(house.migration, lead, _stand_in(), period, by=lead, now=now)


def substitution_wish(house: House) -> dict[str, Any]:
    lead = house.people["lead"]
    assert lead is not None
    return {"lead": lead.pk, "substitute": _stand_in().email, "first": _later(2)["day"], "last": _later(3)["day"]}


def _pack(house: House) -> list[Any]:
    pack = Pack.objects.filter(state=Pack.State.READY).first() or Pack.objects.create(
        ban=house.ban,
        asked_by=_lee(house),
        asked_at=timezone.now(),
        state=Pack.State.READY,
        ready_at=timezone.now(),
        digest="0" * 64,
    )
    return [house.ban.pk, pack.pk]


def comment_of(house: House) -> Comment:
    """What the employee has written a moment ago."""
    row = Checklist.objects.select_related("ban", "migration").get(pk=house.checklist.pk)
    written = commenting.write([row], "Which version?", by=_eve(house), now=timezone.now())
    return Comment.objects.get(pk=written.done[row.pk])


def _import(house: House) -> list[Any]:
    return [house.roster.pk]


ARGUMENTS: dict[str, Callable[[House], list[Any]]] = {
    **{name: lambda house: [house.gap.pk] for name in ("gap", "gap-vote", "gap-decision", "gap-merging")},
    **{name: lambda house: ["Shanghai"] for name in ("calendar", "calendar-days", "calendar-days-removal")},
    "checklist": lambda house: [house.checklist.pk],
    "checklist-history": lambda house: [house.checklist.pk],
    "checklist-comments": lambda house: [house.checklist.pk],
    "checklist-comment-withdrawal": lambda house: [house.checklist.pk, comment_of(house).pk],
    "checklist-answer": lambda house: [house.checklist.pk],
    "checklist-acknowledgement": lambda house: [house.checklist.pk],
    "checklist-snooze": lambda house: [house.checklist.pk],
    "checklist-waiver": lambda house: [house.ban.checklists.get(person=house.people["owner"]).pk],
    **{name: lambda house: [house.waiver.pk] for name in ("waiver", "waiver-decision", "waiver-removal")},
    "waiver-answer": lambda house: [house.questioned.pk],
    **{
        name: lambda house: [house.ban.pk, house.wave.pk]
        for name in ("ban-wave", "ban-wave-removal", "ban-wave-decision")
    },
    **{
        name: lambda house: [house.ban.pk, house.proposal.pk]
        for name in ("ban-proposal", "ban-proposal-application", "ban-proposal-removal")
    },
    "waiver-revocation": lambda house: [house.granted.pk],
    **{name: lambda house: [house.message.room_id] for name in ("room", "room-test", "room-removal")},
    "room-message": lambda house: [house.message.room_id, house.message.pk],
    **{
        name: lambda house: [house.delivery.hook_id]
        for name in ("hook", "hook-test", "hook-secret", "hook-switch", "hook-removal")
    },
    "hook-delivery": lambda house: [house.delivery.hook_id, house.delivery.pk],
    "bundles-pause": lambda house: [token_of(_lee(house).pk)],
    "feed": lambda house: [house.calendar],
    "team-calendar": _of_team,
    "checklist-step": lambda house: [house.checklist.pk, house.step.pk],
    "view": lambda house: [house.view.pk],
    "view-removal": lambda house: [house.view.pk],
    "view-shared": lambda house: [house.view.token],
    "view-copy": lambda house: [house.view.token],
    "ban-calendar-day": lambda house: [house.ban.pk, timezone.localdate().isoformat()],
    "playbook": lambda house: ["any-tool"],
    "playbook-file": lambda house: ["any-tool"],
    "playbook-removal": lambda house: ["any-tool"],
    "tool": lambda house: [house.ban.tool_id],
    "ban-step": _draft_step,
    "ban-step-place": _draft_step,
    "ban-step-requirement": _draft_step,
    "ban-step-removal": _draft_step,
    "ban-preview-mail": _preview_mail,
    "ban-evidence-download": _pack,
    "ban-reopening": lambda house: [house.ended.pk],
    "team": _of_team,
    "team-people": _of_team,
    "team-nudge": _of_team,
    "team-act": _of_team,
    "team-act-undo": _of_team,
    "team-substitutes": _of_team,
    "team-substitute-end": lambda house: [*_of_team(house), _substitution(house).pk],
    "team-scans": _of_team,
    "team-report-upload": _of_team,
    "team-report-token": _of_team,
    "team-repository": lambda house: [*_of_team(house), house.report],
    "team-evidence": _team_step,
    "team-step": _team_step,
    "team-step-assignment": _team_step,
    "person-mail": lambda house: [_eve(house).pk],
    "ban-address": lambda house: [house.ban.pk, _pia(house).pk],
    "mail": _held,
    "mail-html": _held,
    "mail-file": _held,
    "mail-decision": _held,
    "roster-import": _import,
    "roster-comparison": _import,
    "roster-application": _import,
    "roster-discarding": _import,
    "roster-bad-rows": _import,
    "account_reset_password_from_key": _reset_key,
    "local-step-in": lambda house: [_eve(house).pk],
    "local-mail-detail": lambda house: [house.mail],
    "local-mail-html": lambda house: [house.mail],
}

ROOM = {"service": "slack", "address": "http://127.0.0.1:1/services/T0/B0/key", "language": "en", "zone": "UTC"}
HOOK = {"name": "Tickets", "address": "http://127.0.0.1:1/hooks/key", "kinds": "ban.published"}
_STEP = {"title": "Say goodbye", "per": "person", "required": "on", "minutes": "5"}
_NEW_PASSWORD = {"password1": f"{PASSWORD}!", "password2": f"{PASSWORD}!"}


def _day(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def _later(days: int) -> dict[str, str]:
    return {"day": (timezone.localdate() + timedelta(days=days)).isoformat(), "at": "18:00", "zone": "UTC"}


def _basics(house: House) -> dict[str, str]:
    form = BasicsForm.of(house.draft)
    values = {name: form[name].value() for name in form.fields}
    return {**values, "reason": "Its vendor is gone."}


FORMS: dict[str, Callable[[House], dict[str, Any]]] = {
    "room-new": lambda house: {"team": "Acme/Sales", **ROOM},
    "room": lambda house: ROOM,
    "hooks": lambda house: HOOK,
    "ban-hooks": lambda house: HOOK,
    "hook-switch": lambda house: {"state": "off"},
    "checklist-comments": lambda house: {"text": "Which version?"},
    "team-act": lambda house: {"act": "nudge", "who": str(house.checklist.pk)},
    "team-act-undo": lambda house: {"token": _undo(house)},
    "team-substitutes": substitution_wish,
    "preferences-figures": lambda house: {"state": "paused"},
    "preferences-calendar": lambda house: {"act": "make"},
    "team-calendar": lambda house: {"act": "make"},
    "bundles-pause": lambda house: {"List-Unsubscribe": "One-Click"},
    "checklist-snooze": lambda house: {"days": "0"},
    "checklist-acknowledgement": lambda house: {"version": "1"},
    "checklist-waiver": lambda house: {
        "reason": "other",
        "words": "Soon.",
        "control": "None.",
        "until": _later(41)["day"],
    },
    "waivers-decisions": lambda house: {"waiver": str(house.waiver.pk), "verdict": "refused", "words": "No."},
    "waiver-decision": lambda house: {"verdict": "approved"},
    "ban-wave-new": lambda house: {"name": "Wave 1", "day": _day(25).isoformat(), "at": "18:00", "why": "Next."},
    "ban-wave": lambda house: {
        "name": "Pilot",
        "day": _day(22).isoformat(),
        "at": "18:00",
        "why": "Licences are late.",
    },
    "ban-wave-team": lambda house: {"team": "Acme/Sales", "wave": str(house.wave.pk), "why": "They asked."},
    "ban-wave-removal": lambda house: {"why": "No pilot."},
    "ban-proposal-new": lambda house: {"day": _later(60)["day"], "why": "Licences are late."},
    "ban-proposal-application": lambda house: {"confirmed": "on"},
    "ban-proposal-removal": lambda house: {"why": "Not now."},
    "ban-wave-decision": lambda house: {"go": "go", "words": "All criteria are met."},
    "waiver-answer": lambda house: {"words": "Because."},
    "waiver-revocation": lambda house: {"words": "A leak."},
    "ban-waiver-rules": lambda house: {"levels": "2", "days": "20", "extensions": "1"},
    "ban-snoozes": lambda house: {"days": "2"},
    "ban-escalation": lambda house: {"grace": ["3", "2"]},
    "preferences-keys": lambda house: {"state": "off"},
    "views": lambda house: {"at": "/bans/?state=draft", "name": "Drafts"},
    "view": lambda house: {"name": "Everybody there is"},
    "view-copy": lambda house: {"name": "A copy"},
    "preferences": lambda house: {"zone": "Europe/Berlin", "language": "en", "reminder_hour": "7"},
    "checklist-step": lambda house: {"state": "done", "note": "https://wiki.example/done"},
    "ban-new": lambda house: {"playbook": "any-tool", "tool": "Slow Chat", "replacement": "Quick Chat"},
    "playbook-removal": lambda house: {"version": "2.1"},
    "playbook-import": lambda house: {"file": _playbook("3")},
    "tool-new": lambda house: {"name": "Fast Editor", "status": "approved"},
    "tool": lambda house: {"name": "Old Editor", "status": "prohibited", "alternatives": "Fast Editor"},
    "ban-playbook": lambda house: {"version": "2.1", "why": "More is known."},
    "ban-basics": _basics,
    "ban-audience": lambda house: {"team": house.sales.team_id, "standing": "excluded"},
    "ban-cutoff": lambda house: _later(50),
    "ban-step-new": lambda house: _STEP,
    "ban-step": lambda house: {**_STEP, "place": "1"},
    "ban-step-place": lambda house: {"position": "1"},
    "ban-step-requirement": lambda house: {"required": "no"},
    "ban-ladder": lambda house: {"default": "yes"},
    "ban-publication": lambda house: {"confirmed": "on"},
    "ban-change-cutoff": lambda house: {**_later(60), "why": "The licences come later."},
    "ban-change-scope": lambda house: {"scope": "All of it.", "why": "People asked.", "seen": "1"},
    "ban-change-owners": lambda house: {"owners": "olga@acme.example lee@acme.example", "why": "Lee helps."},
    "ban-change-audience": lambda house: {"team": house.sales.team_id, "standing": "excluded", "why": "They moved."},
    "ban-close": lambda house: {"confirmed": "on"},
    "ban-withdrawal": lambda house: {"confirmed": "on", "why": "The vendor changed its terms."},
    "ban-reopening": lambda house: {"why": "Closed too early."},
    "gap-vote": lambda house: {"state": "on"},
    "signals": lambda house: {"file": SimpleUploadedFile("use.csv", _signals().encode(), content_type="text/csv")},
    "signal-token": lambda house: {"act": "make", "name": "From the sign-on", "days": "30"},
    "checklist-answer": lambda house: {"contradiction": house.question.pk, "answer": "not_me"},
    "ban-quiet-days": lambda house: {"days": "7"},
    "gap-decision": lambda house: {"state": "fixed", "answer": "Update it.", "title": house.gap.title},
    "gap-merging": lambda house: {"into": house.same.pk},
    "ban-gap-reasons": lambda house: {"marks": house.blocked.pk, "gap": house.gap.pk},
    "ban-mail-pause": lambda house: {"why": "The figures are wrong."},
    "mails-pause": lambda house: {"why": "The mail server moves."},
    "mail-decision": lambda house: {"decision": "count_as_sent", "why": "She has it."},
    "calendar": lambda house: {"country": "DE"},
    "calendar-days": lambda house: {"file": SimpleUploadedFile("own.ics", DAYS_OFF), "reading": "marked"},
    "calendar-days-removal": lambda house: {"source": "own.ics"},
    "team-report-upload": lambda house: {"file": _report()},
    "team-report-token": lambda house: {"act": "make"},
    "team-evidence": lambda house: {"act": "set_aside", "why": "It is wrong."},
    "team-step": lambda house: {"state": "done", "note": "https://wiki.example/done"},
    "team-step-assignment": lambda house: {"person": _eve(house).email},
    "roster": lambda house: {"file": SimpleUploadedFile("people.csv", ROSTER, content_type="text/csv")},
    "account_login": lambda house: {"login": _eve(house).email, "password": PASSWORD},
    "account_reauthenticate": lambda house: {"password": PASSWORD},
    "account_change_password": lambda house: {"oldpassword": PASSWORD, **_NEW_PASSWORD},
    "account_set_password": lambda house: _NEW_PASSWORD,
    "account_reset_password": lambda house: {"email": _eve(house).email},
    "account_reset_password_from_key": lambda house: _NEW_PASSWORD,
}


def _report() -> SimpleUploadedFile:
    data = scans.report("git.acme.example/shop", timezone.now() - timedelta(hours=1))
    return SimpleUploadedFile("report.json", json.dumps(data).encode(), content_type="application/json")


def _today() -> str:
    return timezone.localdate().isoformat()


def _signals() -> str:
    return f"person,tool,day,count,source\neve@acme.example,Old Editor,{_today()},3,sso\n"


def _playbook(version: str) -> SimpleUploadedFile:
    shipped = library.text_of("any-tool", "2") or ""
    text = shipped.replace('version: "2"', f'version: "{version}"')
    return SimpleUploadedFile("any-tool.yaml", text.encode(), content_type="application/yaml")


ROSTER = b"""email,name,team,role,home_team,timezone
eve@acme.example,Eve,Acme/Engineering/Search,member,yes,UTC
new@acme.example,New,Acme/Sales,member,yes,UTC
bad,Bad,Acme,member,yes,UTC
"""
DAYS_OFF = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Acme//Days off//EN\r
BEGIN:VEVENT\r
UID:1@acme.example\r
DTSTART;VALUE=DATE:20261224\r
DTEND;VALUE=DATE:20261226\r
SUMMARY:Year end\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:2@acme.example\r
DTSTART;VALUE=DATE:20261219\r
CATEGORIES:WORKING DAY\r
SUMMARY:Made up\r
END:VEVENT\r
END:VCALENDAR\r
"""
LETTER = b"""From: planner@acme.example\r
To: eve@acme.example\r
Subject: 3 days left\r
Content-Type: text/html; charset=utf-8\r
\r
<html><head><title>3 days left</title></head><body style="color: #111">Two steps are open.</body></html>\r
"""


def build(*, mail: Path) -> House:
    """The house, over two companies. `mail` is a folder for caught mail."""
    cast = _cast()
    owner, now = cast["owner"], timezone.now()
    ban, ended, other = _drafted(owner, "Old Editor"), _drafted(owner, "Old Notes"), _drafted(cast["rival"], "Old Wiki")
    drafting.set_audience(other, ["Other"], by=cast["rival"], now=now)
    for each in (ban, ended, other):
        publishing.publish(each, by=each.owners.get(), now=now)
    ended.close(by=owner, now=now)
    draft = _drafted(owner, "Old Chat")
    SiteCalendar.objects.create(site="Shanghai", country="CN")
    newer = _playbook("2.1").read()
    library.bring_in(newer, "any-tool.yaml", by=cast["administrator"], now=now, today=now.date())
    with SimpleUploadedFile("people.csv", ROSTER) as file:
        roster = staging.stage(file, name="people.csv", by=owner, now=now)
    rosters.preview(roster)
    roster.refresh_from_db()
    Box(mail).put("eve@acme.example", LETTER)
    health.broker()  # the first time is slow: the tables of the queue are made
    found = Workflow(ban=ban, key="instructions", position=99, title="Instructions", compatibility="full")
    found.detectors = ["claude-code/instructions"]
    found.save()
    report = scans.send(ban.migrations.get(path="Acme/Engineering/Search").team, cast["lead"], "shop", now)
    held = mails.held(cast["employee"], planned=now, sent=now + timedelta(days=2))
    User.objects.filter(pk=cast["peer"].pk).update(address_refused_at=now)
    Heartbeat.objects.update_or_create(of="sender", defaults={"at": now, "up_to": now})
    Heartbeat.objects.update(at=now + timedelta(days=1))  # whoever comes later finds them alive still
    return House(
        people={**cast, "anonymous": None},
        ban=ban,
        draft=draft,
        ended=ended,
        other=other,
        checklist=ban.checklists.get(person=cast["employee"]),
        migration=ban.migrations.get(path="Acme/Engineering/Search"),
        sales=ban.migrations.get(path="Acme/Sales"),
        step=ban.steps.per_person()[0],
        team_step=ban.steps.per_team()[0],
        draft_step=draft.steps.live()[0],
        roster=roster,
        view=SavedView.save_as("All", page="ban-everybody", about={"pk": ban.pk}, query="", by=owner, now=now),
        mail=Box(mail).names()[0],
        calendar=feeds.make(cast["employee"], by=cast["employee"], now=now),
        held=held,
        report=report.pk,
        **_gaps(ban, cast),
        question=_question(ban, cast["employee"]),
        **_waivers(ban, cast, now),
        message=_message(ban, cast["administrator"], now),
        delivery=_delivery(ban, owner, now),
        wave=waves.add(ban, Plan("Pilot", _day(20), time(18)), by=owner, now=now, why="To find out early."),
        proposal=proposing.propose(
            ban, Wish(cutoff=(_day(50), time(18), "UTC")), by=cast["administrator"], now=now, why="A freeze."
        ),
    )


def _message(ban: Ban, by: User, now: datetime) -> RoomMessage:
    room = rooms.set_room(Team.objects.get(path="Acme/Engineering/Search"), Chosen(secret="", **ROOM), by=by, now=now)
    dead = {"state": "dead", "reason": "refused", "due_at": now, "not_before": now}
    return RoomMessage.objects.create(room=room, ban=ban, kind="announcement", **dead)


def _delivery(ban: Ban, owner: User, now: datetime) -> Delivery:
    chosen = hooks.Chosen(HOOK["name"], HOOK["address"], [HOOK["kinds"]])
    hook, _secret = hooks.register(ban, chosen, by=owner, now=now)
    event = ban.events.filter(verb="published").get()
    dead = {"state": "dead", "reason": "given_up", "made_at": now, "not_before": now, "ended_at": now}
    return Delivery.objects.create(hook=hook, event=event, key=uuid4(), **dead)


def _gaps(ban: Ban, cast: dict[str, User]) -> dict[str, Any]:
    """The lead and the peer each reported one; the lead is blocked for another reason, too."""
    now, steps = timezone.now(), list(ban.steps.per_person())
    for name, title in (("lead", "No macros"), ("peer", "Macros are missing")):
        holder = ban.checklists.get(person=cast[name])
        blocking.block(holder, steps[0], by=cast[name], now=now, note="We need them.", title=title)
    lees = ban.checklists.get(person=cast["lead"])
    lees.mark(steps[1], Mark.State.BLOCKED, by=cast["lead"], now=now, note="No licence.")
    gap, same = ban.gaps.order_by("pk")
    return {"gap": gap, "same": same, "blocked": lees.marks.get(step=steps[1])}


def _question(ban: Ban, employee: User) -> Contradiction:
    checklist, now = ban.checklists.get(person=employee), timezone.now()
    return checklist.contradictions.create(ban=checklist.ban, kind="moved_unanswered", day=now.date(), found_at=now)


def _waivers(ban: Ban, cast: dict[str, User], now: datetime) -> dict[str, Waiver]:
    asked = {
        name: ask(ban.checklists.get(person=cast[role]), now=now, until=timezone.localdate() + timedelta(days=45))
        for name, role in (("waiver", "employee"), ("questioned", "lead"), ("granted", "peer"))
    }
    deciding.ask(asked["questioned"], by=cast["owner"], now=now, words="Which macros?")
    deciding.approve(asked["granted"], by=cast["owner"], now=now)
    return asked


def _cast() -> dict[str, User]:
    acme, other = _team("Acme"), _team("Other")
    search, sales = _team("Acme/Engineering/Search"), _team("Acme/Sales")
    return {
        "owner": _person("olga", acme, is_owner=True),
        "lead": _person("lee", search, "lead"),
        "employee": _person("eve", search),
        "outsider": _person("otto", other),
        "auditor": _person("audra", None, is_auditor=True),
        "administrator": _person("adam", None, is_administrator=True),
        "peer": _person("pia", sales, "lead"),
        "rival": _person("rick", other, is_owner=True),
    }


def _team(path: str) -> Team:
    above, _slash, name = path.rpartition("/")
    parent = _team(above) if above else None
    return Team.objects.get_or_create(path=path, defaults={"name": name, "parent": parent, "depth": path.count("/")})[0]


def _person(name: str, home: Team | None, role: str = "member", **roles: bool) -> User:
    user = User.objects.create_user(f"{name}@acme.example", PASSWORD, name=name.title(), **roles)
    if home is not None:
        Membership.objects.create(user=user, team=home, role=role, is_home=True)
    return user


def _drafted(owner: User, tool: str) -> Ban:
    now, cutoff = timezone.now(), timezone.localdate() + timedelta(days=40)
    playbook = playbooks.find("any-tool")
    ban = drafting.draft_ban(playbook, by=owner, now=now, owners=[owner], tool=tool, replacement=f"New {tool}")
    basics = replace(drafting.Basics.of(ban), reason="Its vendor reads our code.")
    drafting.set_basics(ban, basics, by=owner, now=now)
    drafting.set_audience(ban, ["Acme"], by=owner, now=now)
    drafting.set_cutoff(ban, cutoff, time(18), "UTC", by=owner, now=now)
    return ban
