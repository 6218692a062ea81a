"""What a mail may say: the facts about a ban and about what one person, or one lead's teams, still have to do.

Read in a few queries for a whole batch of mails, into frozen rows: composing asks the database nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db.models import Count, Max, OuterRef, Subquery

from migration_planner.lib.languages import spoken
from migration_planner.lib.working_days import MONDAY_TO_FRIDAY, Calendar
from migration_planner.people import calendars
from migration_planner.people.models import User, below_any
from migration_planner.planning import answering, audience, standing
from migration_planner.planning.models import Ban, Checklist, Event, Mark, Step, Waiver
from migration_planner.planning.progress import Figures
from migration_planner.reminders.commented import Said, said
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.models.rungs import role_of
from migration_planner.reminders.obligations import OF_OTHERS_KINDS, Obligation
from migration_planner.reminders.returned import Return, returns
from migration_planner.reminders.statements import rows
from migration_planner.reminders.thanks import Done, finished
from migration_planner.reminders.theirs import Key, Theirs, theirs
from migration_planner.reminders.waiver_facts import WaiverNews, news

#: As many teams stand in a lead's bundle.
TEAMS_SHOWN = 5


#: Kinds that name people of the reader's.
TOLD_OF_PEOPLE = {Reminder.Kind.THEIRS, Reminder.Kind.ESCALATION}
#: Kinds whose line of history is a change of the ban.
TELL_A_CHANGE = {Reminder.Kind.CHANGE, Reminder.Kind.WITHDRAWAL}
#: Changes after which a deadline in somebody's calendar is another one.
TOLD_ANEW = [
    Event.Verb.CUTOFF_MOVED,
    Event.Verb.WAVES_CHANGED,
    Event.Verb.STEPS_CHANGED,
    Event.Verb.SCOPE_CHANGED,
    Event.Verb.REOPENED,
]


@dataclass(frozen=True)
class StepFacts:
    id: int
    title: str
    minutes: int


@dataclass(frozen=True)
class BanFacts:
    """A ban as mails speak of it."""

    id: int
    tool: str
    replacement: str
    reason: str
    source: str
    scope: str
    help: str
    cutoff_at: datetime
    steps: tuple[StepFacts, ...]
    #: How often what people must know of it was changed, and when anything about it was.
    revisions: int
    changed_at: datetime


@dataclass(frozen=True)
class Change:
    """What happened to the ban that people are told of."""

    verb: str
    why: str
    by: str
    gap: str = ""
    of_team_step: bool = False


@dataclass(frozen=True)
class Question:
    """A contradiction between the reader's checklist and the signals: its kind, and the last day of the use."""

    kind: str
    day: date


@dataclass(frozen=True)
class TeamLine:
    name: str
    unfinished: int
    people: int


@dataclass(frozen=True)
class Bundle:
    """A lead's teams under one ban: all of them together, and those with most people unfinished."""

    figures: Figures
    teams: tuple[TeamLine, ...]
    #: So many of the lead's people have written something that nobody has answered yet.
    waiting: int = 0


@dataclass(frozen=True)
class Topic:
    """All that one mail says about one ban. `kinds` are those of the reminders it carries; `calendar` is the reader's."""

    ban: BanFacts
    kinds: frozenset[str]
    open_steps: tuple[StepFacts, ...] = ()
    blocked: int = 0
    checklist_id: int | None = None
    changes: tuple[Change, ...] = ()
    #: Who nudges, and the lead in whose place.
    asked_by: str = ""
    asked_for: str = ""
    bundle: Bundle | None = None
    theirs: tuple[Theirs, ...] = ()
    question: Question | None = None
    returns: tuple[Return, ...] = ()
    comments: tuple[Said, ...] = ()
    finished: tuple[Done, ...] = ()
    waivers: tuple[WaiverNews, ...] = ()
    #: The end of the reader's own waiver, while it stands.
    waived_until: datetime | None = None
    calendar: Calendar = MONDAY_TO_FRIDAY
    #: The Message-ID of the first mail that told the reader of this ban; empty when none has gone yet.
    first_mail: str = ""
    #: When the ban or the reader's own checklist was last touched.
    changed_at: datetime | None = None

    @property
    def asks(self) -> bool:
        """Whether it asks something of the reader, and does not only tell them of others."""
        return not self.kinds <= {*OF_OTHERS_KINDS, Reminder.Kind.WAIVER}

    @property
    def is_proposal(self) -> bool:
        """Whether all it has to say is that a change waits for another owner."""
        proposed = [change.verb == Event.Verb.PROPOSED for change in self.changes]
        return self.kinds == {Reminder.Kind.CHANGE} and bool(proposed) and all(proposed)

    @property
    def minutes(self) -> int:
        return sum(step.minutes for step in self.open_steps)

    def of_kinds(self, kinds: Iterable[str]) -> "Topic":
        """The same for a mail that carries these kinds; the figures only when they are asked for."""
        wanted = frozenset(kinds)
        return replace(self, kinds=wanted, bundle=self.bundle if Reminder.Kind.BUNDLE in wanted else None)

    def with_bundle(self, bundle: Bundle | None) -> "Topic":
        return replace(self, bundle=bundle)

    def with_theirs(self, told: Iterable[Theirs]) -> "Topic":
        return replace(self, theirs=tuple(told))


@dataclass(frozen=True)
class Reader:
    """Whom a mail is for."""

    id: int
    name: str
    email: str
    language: str
    zone: str

    @classmethod
    def of(cls, person: User) -> "Reader":
        return cls(person.pk, person.name, person.email, spoken(person.language), person.zone)

    @classmethod
    def of_owed(cls, owed: Obligation) -> "Reader":
        return cls(owed.person_id, owed.name, owed.email, owed.language, owed.zone)


@dataclass(frozen=True)
class Progress:
    """How far one checklist is."""

    checklist_id: int
    active_at: datetime
    touched: dict[int, str] = field(default_factory=dict)
    waived_until: datetime | None = None
    #: Steps that a waiver in force covers, where it does not cover all.
    waived: frozenset[int] = frozenset()
    #: By when the person has to be done: the deadline of their team.
    deadline: datetime | None = None


def topics(owed: Sequence[Obligation]) -> dict[int, list[Topic]]:
    """For each mail, what it says about each ban, given the reminders it carries."""
    bans = ban_facts({each.ban_id for each in owed})
    progress = _progress({(each.person_id, each.ban_id) for each in owed})
    bundles = bundle_facts({(each.person_id, each.ban_id) for each in owed if each.kind == Reminder.Kind.BUNDLE})
    firsts = _first_mails({(each.person_id, each.ban_id) for each in owed})
    told = theirs({_told(each) for each in owed if each.kind in TOLD_OF_PEOPLE})
    waivers = news(owed)
    back = returns({(each.person_id, each.ban_id) for each in owed if each.kind == Reminder.Kind.RETURN})
    words = said([each.id for each in owed if each.kind == Reminder.Kind.COMMENT])
    teams = finished([each.id for each in owed if each.kind == Reminder.Kind.THANKS])
    working = calendars.of_sites(each.site for each in owed)
    grouped: dict[tuple[int, int, int], list[Obligation]] = defaultdict(list)
    for each in owed:
        grouped[each.mail_id, each.person_id, each.ban_id].append(each)
    found: dict[int, list[Topic]] = defaultdict(list)
    for (mail_id, *key), group in grouped.items():
        person_id, ban_id = key
        days = working.get(group[0].site, MONDAY_TO_FRIDAY)
        topic = _topic(bans[ban_id], group, progress.get((person_id, ban_id)), days)
        topic = topic.with_theirs(told[key] for key in sorted({_told(each) for each in group}, key=str) if key in told)
        topic = replace(topic, waivers=tuple(waivers[each.id] for each in group if each.id in waivers))
        comments = next((words[each.id] for each in group if each.id in words), ())
        topic = replace(topic, returns=back.get((person_id, ban_id), ()), comments=comments)
        topic = replace(topic, finished=tuple(teams[each.id] for each in group if each.id in teams))
        found[mail_id].append(
            replace(topic, bundle=bundles.get((person_id, ban_id)), first_mail=firsts.get((person_id, ban_id), ""))
        )
    return found


def named(topics: Iterable[Topic]) -> list[int]:
    """The checklists of other people whom these words name."""
    return sorted({pk for topic in topics for told in topic.theirs for pk in told.checklists})


def _first_mails(pairs: set[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """By person and ban, the Message-ID of the first mail about it that went, or may have: all later ones refer to it."""
    found = rows(FIRST_MAILS, people=[person for person, _ban in pairs], bans=[ban for _person, ban in pairs])
    return {(person, ban): message_id for person, ban, message_id in found}


FIRST_MAILS = """
    SELECT DISTINCT ON (asked.person, asked.ban) asked.person, asked.ban, mail.message_id
    FROM unnest(%(people)s::bigint[], %(bans)s::bigint[]) AS asked(person, ban)
    JOIN reminders_reminder AS reminder ON reminder.person_id = asked.person AND reminder.ban_id = asked.ban
    JOIN reminders_mail AS mail ON mail.id = reminder.mail_id AND mail.state IN ('sent', 'held')
    ORDER BY asked.person, asked.ban, mail.day
"""


def _told(owed: Obligation) -> Key:
    since = owed.cutoff_at if owed.kind == Reminder.Kind.ESCALATION else None
    return owed.person_id, owed.ban_id, role_of(owed.rung), since


def ban_facts(ids: Iterable[int]) -> dict[int, BanFacts]:
    bans = Ban.objects.filter(pk__in=set(ids)).select_related("tool", "replacement")
    scopes = dict(bans.order_by("scope_statements__version").values_list("pk", "scope_statements__text"))
    steps: dict[int, list[StepFacts]] = defaultdict(list)
    asked = Step.objects.live().per_person().filter(required=True, ban__in=bans).order_by("position", "id")
    for step in asked:
        steps[step.ban_id].append(StepFacts(step.pk, step.title, step.minutes))
    known = bans.annotate(**_revised())
    return {ban.pk: _ban(ban, scopes.get(ban.pk) or "", tuple(steps[ban.pk])) for ban in known}


def deadlines_of(person: User) -> list[Topic]:
    """What one person still has to finish, ban by ban, the nearest cutoff first. In a fixed number of queries."""
    mine = Checklist.objects.live().unfinished().filter(person=person).order_by("ban__cutoff_at", "ban")
    ids = list(mine.values_list("ban", flat=True))
    bans, progress = ban_facts(ids), _progress({(person.pk, pk) for pk in ids})
    days = calendars.of_site(person.site)
    return [_topic(bans[pk], [], progress.get((person.pk, pk)), days) for pk in ids]


def _revised() -> dict[str, Subquery]:
    """How often people had to be told of a change, and when the last change of any kind was."""
    decisions = Event.objects.decisions().filter(ban=OuterRef("pk")).order_by().values("ban")
    told = decisions.filter(verb__in=TOLD_ANEW).annotate(n=Count("pk")).values("n")
    last = decisions.annotate(last=Max("at")).values("last")
    return {"revisions": Subquery(told), "changed_at": Subquery(last)}


def topic_of(ban: Ban, person: User) -> Topic:
    """What can be said to one person about one ban as things stand; of a draft, as to somebody who has done nothing."""
    progress = _progress({(person.pk, ban.pk)}).get((person.pk, ban.pk))
    return _topic(ban_facts([ban.pk])[ban.pk], [], progress, calendars.of_site(person.site))


def bundle_of(ban: Ban, lead: User) -> Bundle | None:
    """The figures of a lead's teams; of a draft, everybody it reaches."""
    if ban.state != Ban.State.DRAFT:
        return bundle_facts({(lead.pk, ban.pk)}).get((lead.pk, ban.pk))
    homes = audience.homes(ban).filter(below_any(lead.led_paths, field="team__path"))
    teams = homes.values("team__name", "team__path").annotate(people=Count("pk")).order_by("-people", "team__path")
    people = homes.count()
    lines = [TeamLine(team["team__name"], team["people"], team["people"]) for team in teams[:TEAMS_SHOWN]]
    return Bundle(Figures(people=people), tuple(lines)) if people else None


def bundle_facts(pairs: set[tuple[int, int]]) -> dict[tuple[int, int], Bundle]:
    """The figures of the teams each (lead, ban) sees, counted once however many of them the lead leads."""
    if not pairs:
        return {}
    teams: dict[tuple[int, int], list[TeamLine]] = defaultdict(list)
    figures: dict[tuple[int, int], Figures] = {}
    found = rows(BUNDLES, leads=[lead for lead, _ban in pairs], bans=[ban for _lead, ban in pairs], shown=TEAMS_SHOWN)
    for lead, ban, name, people, done, *sums in found:
        figures[lead, ban] = Figures(*sums)
        if people > done:
            teams[lead, ban].append(TeamLine(name, people - done, people))
    waiting = answering.of_leads(pairs)
    return {key: Bundle(total, tuple(teams[key]), waiting.get(key, 0)) for key, total in figures.items()}


BUNDLES = """
    WITH led AS (
        SELECT DISTINCT asked.lead, migration.ban_id, migration.id, team.name, migration.path, migration.people,
               migration.done, migration.started, migration.blocked, migration.waived
        FROM unnest(%(leads)s::bigint[], %(bans)s::bigint[]) AS asked(lead, ban)
        JOIN people_membership AS membership ON membership.user_id = asked.lead AND membership.role = 'lead'
        JOIN people_team AS top ON top.id = membership.team_id
        JOIN planning_migration AS migration ON migration.ban_id = asked.ban
             AND (migration.path = top.path OR (migration.path >= top.path || '/' AND migration.path < top.path || '0'))
        JOIN people_team AS team ON team.id = migration.team_id
    ), ranked AS (
        SELECT lead, ban_id, name, people, done + waived AS done, sum(people) OVER whole AS all_people,
               sum(done) OVER whole AS all_done,
               sum(started) OVER whole AS all_started, sum(blocked) OVER whole AS all_blocked,
               sum(waived) OVER whole AS all_waived,
               row_number() OVER (PARTITION BY lead, ban_id ORDER BY people - done - waived DESC, path) AS place
        FROM led WINDOW whole AS (PARTITION BY lead, ban_id)
    )
    SELECT lead, ban_id, name, people, done, all_people::int, all_done::int, all_started::int, all_blocked::int,
           all_waived::int
    FROM ranked WHERE place <= %(shown)s ORDER BY lead, ban_id, place
"""


def _ban(ban: Ban, scope: str, steps: tuple[StepFacts, ...]) -> BanFacts:
    assert ban.cutoff_at is not None  # noqa: S101 - a ban that writes to people has a cutoff
    return BanFacts(
        ban.pk,
        ban.tool.name,
        ban.replacement.name,
        ban.reason,
        ban.reason_source,
        scope,
        ban.help,
        ban.cutoff_at,
        steps,
        getattr(ban, "revisions", 0) or 0,
        getattr(ban, "changed_at", None) or ban.created_at,
    )


def _progress(pairs: set[tuple[int, int]]) -> dict[tuple[int, int], Progress]:
    """By person and ban: the checklist, and the state of each step that was touched."""
    people, bans = {person for person, _ban in pairs}, {ban for _person, ban in pairs}
    found = Checklist.objects.filter(person__in=people, ban__in=bans).values_list(
        "pk", "person_id", "ban_id", "last_activity_at", "created_at", "waived_until", "migration__deadline_at"
    )
    stands = standing.of_checklists(pk for pk, *_others in found)
    waived = _waived([pk for pk, *_others, until, _deadline in found if until])
    return {
        (person, ban): Progress(pk, at or since, _touched(stands[pk]), until, waived.get(pk, frozenset()), deadline)
        for pk, person, ban, at, since, until, deadline in found
    }


def _touched(stands: dict[int, tuple[str, bool]]) -> dict[int, str]:
    """What is claimed to be done, but has to be verified, is still to do."""
    return {
        step: state if finished or state == Mark.State.BLOCKED else "" for step, (state, finished) in stands.items()
    }


def _question(owed: Obligation) -> Question | None:
    return Question(owed.question, owed.question_day) if owed.question and owed.question_day else None


def _change(owed: Obligation) -> Change:
    return Change(owed.verb or "", owed.why or "", owed.actor or "", owed.gap or "", owed.of_team_step)


def _waived(checklists: Sequence[int]) -> dict[int, frozenset[int]]:
    """By checklist, the steps that a waiver for single steps covers. Asked only where a waiver stands."""
    if not checklists:
        return {}
    steps: dict[int, set[int]] = defaultdict(set)
    listed = Waiver.objects.granted().filter(checklist__in=checklists, for_all=False)
    for checklist, step in listed.values_list("checklist_id", "steps"):
        steps[checklist].add(step)
    return {pk: frozenset(found) for pk, found in steps.items()}


def _topic(ban: BanFacts, group: Sequence[Obligation], progress: Progress | None, days: Calendar) -> Topic:
    touched, waived = (progress.touched, progress.waived) if progress else ({}, frozenset())
    finished = (Mark.State.DONE, Mark.State.NOT_APPLICABLE)
    nudge = next((each for each in group if each.asked_by and each.kind == Reminder.Kind.NUDGE), None)
    return Topic(
        ban=replace(ban, cutoff_at=progress.deadline) if progress and progress.deadline else ban,
        kinds=frozenset(each.kind for each in group),
        open_steps=tuple(step for step in ban.steps if touched.get(step.id) not in finished and step.id not in waived),
        blocked=sum(touched.get(step.id) == Mark.State.BLOCKED for step in ban.steps),
        checklist_id=progress.checklist_id if progress else None,
        changes=tuple(_change(each) for each in group if each.verb and each.kind in TELL_A_CHANGE),
        question=next(filter(None, map(_question, group)), None),
        asked_by=nudge.asked_by or "" if nudge else "",
        asked_for=nudge.asked_for or "" if nudge else "",
        waived_until=progress.waived_until if progress else None,
        changed_at=max(ban.changed_at, progress.active_at) if progress else ban.changed_at,
        calendar=days,
    )
