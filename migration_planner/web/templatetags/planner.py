"""What templates of the product may say. docs/design.md shows each in use."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import template
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _t

from migration_planner.lib import lists
from migration_planner.planning.models import Workflow
from migration_planner.web import clock, navigation, shapes, workflows
from migration_planner.web import markdown as markdown_of_people

register = template.Library()


@register.simple_tag
@cache
def shape(name: str) -> SafeString:
    """A drawing of shapes.py, hidden from screen readers: the word beside it says the same."""
    drawing = mark_safe(shapes.SHAPES[name])  # noqa: S308 - a constant of ours
    return format_html('<svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">{}</svg>', drawing)


@register.simple_tag
def status(state: str, word: str = "") -> SafeString:
    """A state as shape and word. `word` says something else than the state's usual word."""
    return _status(str(state), word, get_language() or "")


@lru_cache(maxsize=256)
def _status(state: str, word: str, language: str) -> SafeString:
    """The same few on every page, so they are kept, for each language."""
    looks = shapes.look(state)
    words = capfirst(word or str(looks.word))
    return format_html('<span class="status {}">{}<span>{}</span></span>', looks.tone, shape(looks.shape), words)


@register.simple_tag
def tick(state: str) -> SafeString:
    """The shape of a state, large, before a step."""
    return shape(shapes.look(state).shape)


@register.filter
def duration(span: timedelta) -> str:
    """How long something takes: "3 h 20 min", "2 days 7 h"; rounded up to the minute."""
    minutes = -(-span // timedelta(minutes=1))
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return ngettext("%(days)d day %(hours)d h", "%(days)d days %(hours)d h", days) % {"days": days, "hours": hours}
    if hours:
        return _t("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}
    return _t("%(minutes)d min") % {"minutes": rest}


@register.filter
def minutes(count: int) -> str:
    return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}


@register.simple_tag
def progress_bar(
    *, done: int, total: int, started: int = 0, blocked: int = 0, waived: int = 0, legend: bool = False, unit: str = ""
) -> SafeString:
    """Done, started, blocked, waived and the rest of `total` as one bar; `legend` prints the numbers below it.

    Written here and not in a template, since tables have one in every row.
    """
    rest = max(total - done - started - blocked - waived, 0)
    numbers = [("done", done), ("started", started), ("blocked", blocked), ("waived", waived)]
    words = [_t("%(done)s of %(total)s done") % {"done": lists.grouped(done), "total": lists.grouped(total)}]
    words += [_t("%(count)s started") % {"count": lists.grouped(started)}] if started else []
    words += [_t("%(count)s blocked") % {"count": lists.grouped(blocked)}] if blocked else []
    words += [_t("%(count)s waived") % {"count": lists.grouped(waived)}] if waived else []
    words += (
        [_t("%(count)s not started") % {"count": lists.grouped(rest)}]
        if rest and (started or blocked or waived or legend)
        else []
    )
    label = lists.listed([f"{unit}: {words[0]}" if unit else words[0], *words[1:]])
    return format_html(
        """<div class="progress">
  <svg viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>
  {}
</div>""",
        label,
        mark_safe("".join(_segments(numbers, total))),  # noqa: S308 - numbers and names of ours
        format_html('<p class="legend" aria-hidden="true">{}</p>', _spans(words)) if legend else "",
    )


def _spans(words: list[str]) -> SafeString:
    return format_html_join("", "<span>{}</span>", ([word] for word in words))


def _segments(numbers: list[tuple[str, int]], total: int) -> Iterator[str]:
    """The parts of a bar 1000 units long, with a gap between two; parts that are empty fall away."""
    at = 0.0
    for name, count in numbers:
        if count and total:
            width = min(1000 * count / total, 1000 - at)
            x = round(at)
            yield f'<rect class="{name}" x="{x}" width="{max(round(width), 4)}" height="10"/>'
            yield f'<rect class="gap" x="{x}" width="3" height="10"/>' if x else ""
            at += width


@register.filter
def listed(people: Iterable[Any]) -> str:
    """The names of people, in one line."""
    return lists.listed(person.name for person in people)


@register.filter
def grouped(number: int) -> str:
    """A number that counts something, with its thousands apart."""
    return lists.grouped(number)


@register.filter
def item(names: dict[str, str], key: str) -> str:
    """What a key is called; the key itself when nothing is known of it."""
    return names.get(key, key)


@register.filter
def percent_of(part: int, whole: int) -> str:
    """`part` of `whole` as whole per cent; 100 % and 0 % are said only when they are exactly so."""
    if not whole:
        return "–"
    exact = 100 * part / whole
    shown = min(max(round(exact), 1 if part else 0), 100 if part >= whole else 99)
    return _t("%(number)d %%") % {"number": shown}


@register.simple_tag(takes_context=True)
def when(
    context: template.Context, moment: "datetime | date | None", style: str = "full", zone: str = ""
) -> SafeString:
    """An instant as `<time>`, by the reader's clock (or by that of `zone`): full, day, short or time."""
    if moment is None:
        return mark_safe("–")
    if not isinstance(moment, datetime):
        return format_html('<time datetime="{}">{}</time>', moment.isoformat(), clock.write(moment, "day"))
    local = timezone.localtime(moment, ZoneInfo(zone) if zone else None)
    words = clock.write(local, style)
    if style == "full":
        words = _with_zone(words, zone, is_reader=_is_signed_in(context))
    title = clock.write(local, "full") + f" ({zone or timezone.get_current_timezone_name()})"
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(timespec="minutes"), title, words)


def _with_zone(words: str, zone: str, *, is_reader: bool) -> str:
    if zone or not is_reader:
        return f"{words} ({zone or timezone.get_current_timezone_name()})"
    return _t("%(time)s your time (%(zone)s)") % {"time": words, "zone": timezone.get_current_timezone_name()}


def _is_signed_in(context: template.Context) -> bool:
    user = context.get("user")
    return bool(user and user.is_authenticated)


@register.filter
def day(moment: "datetime | date") -> str:
    """A day in words by the reader's clock, where `<time>` cannot stand: within a sentence, or in a choice."""
    return clock.write(timezone.localtime(moment) if isinstance(moment, datetime) else moment, "day")


@register.simple_tag(takes_context=True)
def time_left(context: template.Context, deadline: datetime) -> str:
    """How long there is until a deadline, in working days; a site's calendar that counts them is named in the title."""
    words = clock.left(deadline, now=context.get("now") or timezone.now())
    if not clock.calendar().name:
        return words
    return format_html('<span title="{}">{}</span>', clock.calendar_words(deadline), words)


@register.simple_tag
def counted_by(deadline: "datetime | None" = None) -> str:
    """The site whose calendar counts the reader's working days, as a sentence; nothing where that is Monday to Friday."""
    return clock.calendar_words(deadline or timezone.now()) if clock.calendar().name else ""


@register.filter
def is_close(deadline: datetime) -> bool:
    return clock.is_close(deadline, now=timezone.now())


@register.simple_tag
def workflow_about(workflow: Workflow, number: int, level: int = 2) -> SafeString:
    """Something people built on the old tool, and how it carries over."""
    return workflows.render(workflow, number=number, level=level)


@register.filter
def markdown(text: str) -> SafeString:
    """Markdown that somebody wrote, as safe HTML."""
    return markdown_of_people.render(text)


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The query string of this page with some parameters changed; None or "" takes one away. For links of filters."""
    parameters = cast(HttpRequest, context["request"]).GET.copy()
    for name, value in changes.items():
        parameters.pop(name, None)
        if value not in (None, ""):
            parameters[name] = str(value)
    return f"?{parameters.urlencode()}"


@register.simple_tag(takes_context=True)
def query_with(context: template.Context, name: str, value: str) -> str:
    """The same for a parameter whose name comes from data."""
    return query(context, **{name: value})


@register.simple_tag(takes_context=True)
def navigation_links(context: template.Context) -> list[navigation.Link]:
    request = cast(HttpRequest, context["request"])
    return navigation.links(request.user, request.path) if request.user.is_authenticated else []


@register.simple_tag
def url_or_nothing(page: str, *args: Any) -> str:
    """The address of a page, or nothing where this installation has no such page."""
    return navigation.url_or_none(page, *args) or ""


@register.simple_tag
def path_if_served(path: str) -> str:
    return navigation.path_if_served(path) or ""
