"""The sentences of a mail, in the reader's language and zone: the fact first, then what to do about it.

Text and HTML print the same sections, so neither can say what the other does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext, pgettext

from migration_planner.lib.lists import grouped
from migration_planner.planning import behalf
from migration_planner.planning.models import Contradiction, Event
from migration_planner.planning.progress import Figures
from migration_planner.reminders import comment_words, thanks_words, waiver_words
from migration_planner.reminders.facts import Bundle, Change, Topic
from migration_planner.reminders.links import url
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.models.escalations import level_in
from migration_planner.reminders.returned import Return
from migration_planner.reminders.theirs import Theirs

Kind = Reminder.Kind
#: As many steps are named; the rest is a number.
STEPS_SHOWN = 6


@dataclass(frozen=True)
class Section:
    """One ban's part of a mail."""

    title: str
    paragraphs: tuple[str, ...]
    lines: tuple[str, ...] = ()
    more: str = ""
    closing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clock:
    """The reader's zone, and the moment the mail is written."""

    zone: str
    now: datetime

    def days_to(self, moment: datetime) -> int:
        """Midnights of the reader between now and `moment`; negative when it has passed."""
        return (self.day_of(moment) - self.day_of(self.now)).days

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def date_of(self, moment: datetime) -> str:
        return date_format(moment.astimezone(ZoneInfo(self.zone)), pgettext("format of a short date", "j M Y"))

    def words_of(self, moment: datetime) -> str:
        """A date and time as the reader's clock shows it, with the zone named."""
        local = moment.astimezone(ZoneInfo(self.zone))
        return _t("%(date)s at %(time)s (%(zone)s)") % {
            "date": date_format(local, pgettext("format of a long date", "l, j F Y")),
            "time": date_format(local, "H:i"),
            "zone": self.zone.replace("_", " "),
        }


def by_urgency(topics: Sequence[Topic]) -> list[Topic]:
    """What asks something of the reader first, the nearest cutoff on top; then the withdrawn, then escalations, then figures."""

    def rank(topic: Topic) -> tuple[int, datetime, int]:
        group = 1 if Kind.WITHDRAWAL in topic.kinds else 0
        if not topic.asks:
            group = 2 if Kind.ESCALATION in topic.kinds else 3
        return group, topic.ban.cutoff_at, topic.ban.id

    return sorted(topics, key=rank)


def subject(topics: Sequence[Topic], clock: Clock) -> str:
    """The fact about the most urgent ban, and that there is more when there is."""
    first, *others = by_urgency(topics)
    fact = _fact(first, clock)
    if not others:
        return fact
    more = ngettext("and %(n)d more", "and %(n)d more", len(others)) % {"n": len(others)}
    return _t("%(fact)s, %(more)s") % {"fact": fact, "more": more}


def sections(topics: Sequence[Topic], clock: Clock) -> list[Section]:
    found = [_section(topic, clock) for topic in by_urgency(topics) if topic.asks]
    mixed = any(topic.asks for topic in topics)
    found += [_of_waivers(topic) for topic in by_urgency(topics) if topic.waivers]
    found += [_thanks(topic) for topic in by_urgency(topics) if topic.finished]
    for topic in by_urgency(topics):
        found += [escalated(told, topic, clock, mixed=mixed) for told in topic.theirs if level_in(told.role)]
        found += [_of_them(told, topic, clock) for told in topic.theirs if not level_in(told.role)]
    return found + [_bundle(topic.bundle, topic, clock) for topic in by_urgency(topics) if topic.bundle]


def _fact(topic: Topic, clock: Clock) -> str:
    tool = topic.ban.tool
    if Kind.WITHDRAWAL in topic.kinds:
        return _t("Withdrawn: the ban on %(tool)s") % {"tool": tool}
    if not topic.asks and topic.waivers:
        return waiver_words.fact(topic.waivers, tool)
    if not topic.asks and topic.theirs:
        return _t("%(when)s: %(them)s") % {"when": _time_left(_late(topic), clock), "them": _first_of(topic)}
    if not topic.asks and topic.bundle:
        return _bundle_fact(topic.bundle, tool)
    if alone := _alone(topic):
        return alone
    if Kind.ANNOUNCEMENT in topic.kinds:
        return _t("Move off %(tool)s by %(date)s: %(steps)s") % {
            "tool": tool,
            "date": clock.date_of(topic.ban.cutoff_at),
            "steps": _steps_to_do(topic),
        }
    when = _change_fact(topic.changes, topic, clock) or _time_left(topic, clock)
    if not topic.open_steps or topic.is_proposal:
        return _t("%(when)s: the ban on %(tool)s") % {"when": when, "tool": tool}
    return _t("%(when)s: %(steps)s to move off %(tool)s") % {"when": when, "steps": _steps_to_do(topic), "tool": tool}


def _alone(topic: Topic) -> str:
    """The heading of a mail that goes for one such word alone; empty for any other."""
    if topic.question and topic.kinds == {Kind.QUESTION}:
        return _t("A question about %(tool)s") % {"tool": topic.ban.tool}
    if topic.returns and topic.kinds == {Kind.RETURN}:
        return _t("Open again: a step to move off %(tool)s") % {"tool": topic.ban.tool}
    if topic.finished and topic.kinds == {Kind.THANKS}:
        return thanks_words.fact(topic.finished, topic.ban.tool)
    if topic.comments and topic.kinds == {Kind.COMMENT}:
        return _t("A comment about your move off %(tool)s") % {"tool": topic.ban.tool}
    return ""


def _steps_to_do(topic: Topic) -> str:
    count = len(topic.open_steps)
    return ngettext("%(n)d step", "%(n)d steps", count) % {"n": count}


def _time_left(topic: Topic, clock: Clock) -> str:
    days = clock.days_to(topic.ban.cutoff_at)
    if clock.now >= topic.ban.cutoff_at:
        return _overdue(-days)
    if days == 0:
        return _t("Last day")
    return ngettext("%(n)d day left", "%(n)d days left", days) % {"n": days}


def _working_days_left(topic: Topic, clock: Clock) -> str:
    """How many of the days left are working days, and by whose calendar; nothing when none is left."""
    calendar, cutoff_at = topic.calendar, topic.ban.cutoff_at
    days = calendar.between(clock.day_of(clock.now), clock.day_of(cutoff_at)) if clock.now < cutoff_at else 0
    if not days:
        return ""
    if not calendar.name:
        text = ngettext(
            "%(n)d of them is a working day (Monday to Friday).",
            "%(n)d of them are working days (Monday to Friday).",
            days,
        )
        return text % {"n": days}
    return ngettext(
        "%(n)d of them is a working day, by the calendar of %(site)s.",
        "%(n)d of them are working days, by the calendar of %(site)s.",
        days,
    ) % {"n": days, "site": calendar.name}


def _overdue(days: int) -> str:
    if days == 0:
        return _t("The cutoff has passed")
    return ngettext("%(n)d day overdue", "%(n)d days overdue", days) % {"n": days}


def _change_fact(changes: Sequence[Change], topic: Topic, clock: Clock) -> str:
    """The newest change as a heading; empty when nothing changed."""
    verb = changes[-1].verb if changes else ""
    if verb in (Event.Verb.CUTOFF_MOVED, Event.Verb.WAVES_CHANGED):
        return _t("New cutoff %(date)s") % {"date": clock.date_of(topic.ban.cutoff_at)}
    return {
        str(Event.Verb.STEPS_CHANGED): _t("The steps have changed"),
        str(Event.Verb.PLAYBOOK_TAKEN): _t("Steps are open again"),
        str(Event.Verb.REGRESSED): _t("%(tool)s was found again") % {"tool": topic.ban.tool},
        str(Event.Verb.GAP_FIXED): _t("What blocked you is fixed"),
        str(Event.Verb.SCOPE_CHANGED): _t("The scope has changed"),
        str(Event.Verb.REOPENED): _t("In force again"),
        str(Event.Verb.PROPOSED): _t("A change waits for a second owner"),
    }.get(verb, "")


def _section(topic: Topic, clock: Clock) -> Section:
    if Kind.WITHDRAWAL in topic.kinds:
        return _withdrawn(topic)
    paragraphs = [
        *_opening(topic, clock),
        *(_returned(back) for back in topic.returns),
        *comment_words.paragraphs(topic.comments),
        _question(topic),
        *(_change(change, topic, clock) for change in topic.changes),
        *([] if topic.is_proposal else _standing(topic, clock)),
    ]
    title = f"{topic.ban.tool} → {topic.ban.replacement}"
    if topic.is_proposal:
        return Section(title, tuple(filter(None, paragraphs)))
    lines, more = _steps(topic)
    return Section(title, tuple(filter(None, paragraphs)), lines, more, tuple(filter(None, _closing(topic))))


def _steps(topic: Topic) -> tuple[tuple[str, ...], str]:
    """The first open steps, a line each, and how many more there are."""
    shown = topic.open_steps[:STEPS_SHOWN]
    lines = tuple(_t("%(step)s (%(n)d min)") % {"step": step.title, "n": step.minutes} for step in shown)
    left_out = len(topic.open_steps) - len(shown)
    return lines, ngettext("and %(n)d more step", "and %(n)d more steps", left_out) % {
        "n": left_out
    } if left_out else ""


def left_to_do(topic: Topic) -> list[str]:
    """The same without a date, line by line, for where the date stands already."""
    if not topic.open_steps:
        return [_t("You have finished every step. There is nothing to do.")]
    lines, more = _steps(topic)
    listed = [f"- {line}" for line in (*lines, more) if line]
    return [_open_steps(topic), *listed, *filter(None, _closing(topic))]


def _open_steps(topic: Topic) -> str:
    count = len(topic.open_steps)
    what = ngettext(
        "You have %(n)d step left, about %(minutes)d minutes in all:",
        "You have %(n)d steps left, about %(minutes)d minutes in all:",
        count,
    )
    return what % {"n": count, "minutes": topic.minutes}


def _opening(topic: Topic, clock: Clock) -> list[str]:
    ban = topic.ban
    names = {"tool": ban.tool, "replacement": ban.replacement, "reason": ban.reason, "source": ban.source}
    if Kind.ANNOUNCEMENT in topic.kinds:
        return [
            _t("%(tool)s may not be used any more. Its replacement is %(replacement)s.") % names,
            ban.scope and _t("What this covers: %(scope)s") % {"scope": ban.scope},
            ban.reason and _t("Stated reason: %(reason)s") % names,
            ban.source and _t("Source: %(source)s") % names,
        ]
    if Kind.NUDGE in topic.kinds and topic.asked_by:
        by = behalf.names(topic.asked_by, topic.asked_for)
        return [_t("%(name)s asks you to finish your move off %(tool)s.") % {"name": by, **names}]
    return []


def _returned(back: Return) -> str:
    """Whose word opened a step again, and why."""
    names = {"name": back.by, "lead": back.for_name, "step": back.step, "why": back.why}
    if back.for_name:
        return (
            _t("%(name)s, for %(lead)s, has returned your mark “%(step)s”; it is open again. Reason: %(why)s") % names
        )
    return _t("%(name)s has returned your mark “%(step)s”; it is open again. Reason: %(why)s") % names


def _question(topic: Topic) -> str:
    """What does not fit together, and that one click settles it."""
    if topic.question is None:
        return ""
    names = {
        "tool": topic.ban.tool,
        "replacement": topic.ban.replacement,
        "day": date_format(topic.question.day, pgettext("format of a short date", "j M Y")),
    }
    if topic.question.kind == Contradiction.Kind.USED_AFTER_DONE:
        return (
            _t(
                "Your checklist says that you are done, but use of %(tool)s was reported for %(day)s. Is it over, was it "
                "not you, or do you still need it? One click on your checklist answers it."
            )
            % names
        )
    return (
        _t(
            "You use %(replacement)s, and no use of %(tool)s was reported for some time, but your checklist has not been begun. "
            "Have you moved? One click on your checklist answers it."
        )
        % names
    )


def _change(change: Change, topic: Topic, clock: Clock) -> str:
    sentence = {
        str(Event.Verb.CUTOFF_MOVED): _t("The cutoff has moved to %(cutoff)s. Reason: %(why)s"),
        str(Event.Verb.WAVES_CHANGED): _t("The cutoff of your team has moved to %(cutoff)s. Reason: %(why)s"),
        str(Event.Verb.STEPS_CHANGED): _t("The steps of your checklist have changed. Reason: %(why)s"),
        str(Event.Verb.PLAYBOOK_TAKEN): _t(
            "More is known about this move: your checklist has new steps, or steps that are open again. Reason: %(why)s"
        ),
        str(Event.Verb.REGRESSED): _t(
            "A scan that %(name)s sent has found %(tool)s again where it was gone, in %(why)s. Steps that this concerns are "
            "open again. The page of your team shows which, and since when."
        ),
        str(Event.Verb.GAP_FIXED): _t("“%(gap)s” is fixed, and the step it blocked is open again. %(why)s"),
        str(Event.Verb.SCOPE_CHANGED): _t("What the ban covers has changed: %(scope)s Reason: %(why)s"),
        str(Event.Verb.REOPENED): _t("The ban is in force again. Reason: %(why)s"),
        str(Event.Verb.PROPOSED): _t(
            "%(name)s proposes to change this ban. So near to the cutoff it takes two owners: look at what would change on the "
            "page of the ban, and confirm or decline it there. Reason: %(why)s"
        ),
    }.get(change.verb, "")
    cutoff = clock.words_of(topic.ban.cutoff_at)
    names = {"name": change.by or _t("somebody"), "tool": topic.ban.tool, "gap": change.gap}
    return sentence % {"cutoff": cutoff, "why": change.why or "–", "scope": topic.ban.scope, **names}


def _standing(topic: Topic, clock: Clock) -> list[str]:
    """How long there is, and how much there is to do."""
    cutoff = clock.words_of(topic.ban.cutoff_at)
    if not topic.open_steps and any(change.of_team_step for change in topic.changes):
        return [_t("It is a step of your team. You have finished those of your own.")]
    if not topic.open_steps and topic.question:
        return []
    if not topic.open_steps:
        others = {Event.Verb.REGRESSED, Event.Verb.PROPOSED}  # which is the team's to do, or the owners'
        return (
            []
            if any(change.verb in others for change in topic.changes)
            else [_t("You have finished every step. There is nothing to do.")]
        )
    passed = clock.now >= topic.ban.cutoff_at
    when = _t("The cutoff was %(cutoff)s.") if passed else _t("The cutoff is %(cutoff)s.")
    return [
        _two(_time_left(topic, clock), when % {"cutoff": cutoff}),
        _working_days_left(topic, clock),
        _open_steps(topic),
    ]


def _closing(topic: Topic) -> list[str]:
    """What holds the reader up, and who helps."""
    if not topic.open_steps:
        return []
    blocked = ngettext(
        "%(n)d of them is blocked, with the reason you gave.",
        "%(n)d of them are blocked, with the reasons you gave.",
        topic.blocked,
    )
    return [
        blocked % {"n": topic.blocked} if topic.blocked else "",
        topic.ban.help and _t("Help: %(help)s") % {"help": topic.ban.help},
    ]


def _withdrawn(topic: Topic) -> Section:
    names = {"tool": topic.ban.tool, "replacement": topic.ban.replacement}
    why = next((change.why for change in topic.changes if change.verb == Event.Verb.WITHDRAWN), "")
    return Section(
        _t("%(tool)s → %(replacement)s: withdrawn") % names,
        (
            _t("The ban on %(tool)s has been withdrawn. Your checklist is closed; there is nothing more to do.")
            % names,
            _t("Reason: %(why)s") % {"why": why or "–"},
        ),
    )


def _bundle_fact(bundle: Bundle, tool: str) -> str:
    figures = bundle.figures
    return _t("Your teams: %(unfinished)s of %(people)s people still to move off %(tool)s") % {
        "unfinished": grouped(figures.unfinished),
        "people": grouped(figures.people),
        "tool": tool,
    }


def _bundle(bundle: Bundle | None, topic: Topic, clock: Clock) -> Section:
    assert bundle is not None  # noqa: S101 - asked for by the caller
    figures = bundle.figures
    lines = tuple(
        _t("%(team)s: %(unfinished)s of %(people)s unfinished")
        % {"team": team.name, "unfinished": grouped(team.unfinished), "people": grouped(team.people)}
        for team in bundle.teams
    )
    title = _t("Your teams: %(tool)s → %(replacement)s") % {
        "tool": topic.ban.tool,
        "replacement": topic.ban.replacement,
    }
    fact = _t("%(fact)s.") % {"fact": _bundle_fact(bundle, topic.ban.tool)}
    waiting = comment_words.waiting(bundle.waiting)
    return Section(title, (fact, _two(_time_left(topic, clock), sums(figures)), *waiting), lines)


def sums(figures: Figures) -> str:
    """The people of a team by state, in a sentence."""
    return _sums(figures) % {
        "waived": grouped(figures.waived),
        "done": grouped(figures.done),
        "started": grouped(figures.started),
        "blocked": grouped(figures.blocked),
        "not_started": grouped(figures.not_started),
    }


def _sums(figures: Figures) -> str:
    if figures.waived:
        return _t(
            "%(done)s done, %(started)s started, %(blocked)s blocked, %(waived)s waived, %(not_started)s not started."
        )
    return _t("%(done)s done, %(started)s started, %(blocked)s blocked, %(not_started)s not started.")


def _of_waivers(topic: Topic) -> Section:
    """What was decided about waivers, and which of them end."""
    title = _t("Waivers: %(tool)s → %(replacement)s") % {
        "tool": topic.ban.tool,
        "replacement": topic.ban.replacement,
    }
    lines, more = waiver_words.lines(topic.waivers)
    return Section(title, waiver_words.paragraphs(topic.waivers, topic.ban.tool), lines, more)


def _thanks(topic: Topic) -> Section:
    """Which of the reader's teams are done."""
    title = _t("Done: %(tool)s → %(replacement)s") % {"tool": topic.ban.tool, "replacement": topic.ban.replacement}
    return Section(title, thanks_words.paragraphs(topic.finished))


def _them(told: Theirs, tool: str) -> str:
    """How many are in the state the word is about."""
    texts = {
        "not_started": ngettext(
            "%(n)s of your people has not begun to move off %(tool)s",
            "%(n)s of your people have not begun to move off %(tool)s",
            told.count,
        ),
        "blocked": ngettext(
            "%(n)s of your people is blocked in the move off %(tool)s",
            "%(n)s of your people are blocked in the move off %(tool)s",
            told.count,
        ),
        "team_steps": ngettext(
            "%(n)s of your teams has steps to do to move off %(tool)s",
            "%(n)s of your teams have steps to do to move off %(tool)s",
            told.count,
        ),
    }
    unfinished = ngettext(
        "%(n)s of your people has still to move off %(tool)s",
        "%(n)s of your people have still to move off %(tool)s",
        told.count,
    )
    return texts.get(told.audience, unfinished) % {"n": grouped(told.count), "tool": tool}


def _above(topic: Topic) -> Theirs | None:
    return next((told for told in topic.theirs if level_in(told.role)), None)


def _late(topic: Topic) -> Topic:
    """The topic under the deadline of those who are escalated, if any are."""
    return _under(topic, above.deadline) if (above := _above(topic)) else topic


def _under(topic: Topic, deadline: datetime | None) -> Topic:
    return replace(topic, ban=replace(topic.ban, cutoff_at=deadline or topic.ban.cutoff_at))


def _first_of(topic: Topic) -> str:
    """The fact about other people: those who are escalated first."""
    above = _above(topic)
    return below(above, topic.ban.tool) if above else _them(topic.theirs[0], topic.ban.tool)


def _of_them(told: Theirs, topic: Topic, clock: Clock) -> Section:
    """Which of the reader's people are in the state that the rung is about."""
    fact = _t("%(fact)s.") % {"fact": _them(told, topic.ban.tool)}
    more = more_than_named(told)
    title = _t("Your people: %(tool)s → %(replacement)s") % {
        "tool": topic.ban.tool,
        "replacement": topic.ban.replacement,
    }
    return Section(title, (_two(_time_left(topic, clock), fact),), told.names, more)


def more_than_named(told: Theirs) -> str:
    left_out = told.count - len(told.names)
    return ngettext("and %(n)d more", "and %(n)d more", left_out) % {"n": left_out} if left_out else ""


def below(told: Theirs, tool: str) -> str:
    """How many are told of to somebody above them."""
    text = ngettext(
        "%(n)s person below you has still to move off %(tool)s",
        "%(n)s people below you have still to move off %(tool)s",
        told.count,
    )
    return text % {"n": grouped(told.count), "tool": tool}


def escalated(told: Theirs, topic: Topic, clock: Clock, *, mixed: bool) -> Section:
    """Who is late, since when, and what a manager can do. In a mail whose button leads elsewhere the list has its address."""
    ban = _under(topic, told.deadline).ban
    title = _t("Escalated to you: %(tool)s → %(replacement)s") % {"tool": ban.tool, "replacement": ban.replacement}
    paragraphs = (
        _two(_time_left(_under(topic, told.deadline), clock), _t("%(fact)s.") % {"fact": below(told, ban.tool)}),
        _deadline_was(told.several) % {"deadline": clock.words_of(ban.cutoff_at)},
        _t("Ask them what holds them up, and see that they finish, or mark what blocks them with the reason."),
    )
    closing = [_t("Whoever finishes leaves the list at once.")]
    if (level_in(told.role) or 0) > 1:
        closing.insert(0, _t("The line managers between you and them were told before, or are away."))
    if mixed:
        closing.append(_t("The list as it stands: %(url)s") % {"url": url("escalations")})
    return Section(title, paragraphs, told.names, more_than_named(told), tuple(closing))


def _deadline_was(several: bool) -> str:
    if several:
        return _t("Their deadlines have passed, the last of them on %(deadline)s.")
    return _t("Their deadline was %(deadline)s.")


def _two(first: str, second: str) -> str:
    """A fact without a full stop, and a sentence after it."""
    return _t("%(first)s. %(second)s") % {"first": first, "second": second}
