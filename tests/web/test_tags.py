import re
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import engines
from django.test import RequestFactory
from django.utils import dateformat, timezone, translation

from migration_planner.people.models import SiteCalendar, User
from migration_planner.web import clock, markdown, navigation, shapes

CUTOFF = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)  # a Friday, 18:00 in Shanghai


def render(source: str, path: str = "/", **context: Any) -> str:
    request = RequestFactory().get(path)
    request.user = context.get("user") or AnonymousUser()
    return engines["django"].from_string("{% load planner %}" + source).render(context, request)


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](&#106;avascript:alert(1))",
        "[a](java\tscript:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "[a](vbscript:x)",
        "![a](https://tracker.example/pixel.gif)",
        "<svg><script>alert(1)</script></svg>",
        "<a href='https://x.example' onclick='alert(1)'>x</a>",
        '[a](https://x.example "t\\" onmouseover=\\"alert(1)")',
        "<style>*{display:none}</style>",
        "<iframe src=//evil.example></iframe>",
        "<form action=//evil.example><input name=password></form>",
        "`<b>`<b onmouseover=alert(1)>x</b>",
        "<!--><script>alert(1)</script>-->",
        "<math><mtext></table><mglyph><style><img src=x onerror=alert(1)>",
        "<http://x.example/?a=<script>>",
        "[a](//evil.example/path)",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "~~<s>~~ | <th> |\n|--|\n| <script> |",
    ],
)
def test_written_text_cannot_bring_markup_of_its_own(evil: str) -> None:
    page = markdown.render(evil)
    tags = {tag.lower() for tag in re.findall(r"<\s*([a-zA-Z0-9]+)", page)}
    assert tags <= markdown.TAGS
    inside = " ".join(re.findall(r"<[^>]*>", page)).lower()
    assert not re.search(r"\son\w+=|javascript:|vbscript:|data:|\sstyle=|\ssrc=", re.sub(r'title="[^"]*"', "", inside))


def test_written_text_keeps_its_lists_tables_code_and_links() -> None:
    page = markdown.render(
        "# Export\n\n1. Open `Tools`\n2. **Save**\n\n[How](https://new.example/a)\n\n|a|\n|-|\n|b|\n"
    )
    for part in ("<h3>Export</h3>", "<ol>", "<code>Tools</code>", "<strong>Save</strong>", "<td>b</td>"):
        assert part in page
    assert '<a href="https://new.example/a" rel="noopener noreferrer nofollow">How</a>' in page


def test_an_instant_is_told_by_the_readers_clock_and_says_which_that_is() -> None:
    with timezone.override(ZoneInfo("Asia/Shanghai")):
        page = render("{% when at %}", at=CUTOFF, user=User(name="Eve"))
    assert ">Fri 27 Nov 2026, 18:00 your time (Asia/Shanghai)</time>" in page
    assert 'datetime="2026-11-27T18:00+08:00"' in page


def test_an_instant_can_be_told_by_another_clock_or_shorter() -> None:
    assert ">Fri 27 Nov 2026, 11:00 (Europe/Berlin)<" in render('{% when at zone="Europe/Berlin" %}', at=CUTOFF)
    assert ">27 Nov, 10:00<" in render('{% when at "short" %}', at=CUTOFF)
    assert render("{% when at %}", at=date(2026, 11, 27)) == '<time datetime="2026-11-27">Fri 27 Nov 2026</time>'
    assert render("{% when at %}", at=None) == "–"


def test_an_instant_is_told_in_the_readers_language() -> None:
    with translation.override("zh-hans"):
        assert "2026年11月27日" in render('{% when at "day" %}', at=CUTOFF)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2026, 11, 23, 8, tzinfo=UTC), "4 working days left"),
        (datetime(2026, 11, 26, 8, tzinfo=UTC), "1 working day left"),
        (datetime(2026, 11, 26, 17, tzinfo=UTC), "due today"),  # already the 27th in Shanghai
        (datetime(2026, 11, 27, 9, 59, tzinfo=UTC), "due today"),
        (datetime(2026, 11, 27, 10, 0, tzinfo=UTC), "deadline passed"),
        (datetime(2026, 11, 29, 12, tzinfo=UTC), "deadline passed"),  # a Sunday: no working day has gone by
        (datetime(2026, 12, 1, 8, tzinfo=UTC), "deadline passed 2 working days ago"),
    ],
)
def test_time_left_counts_working_days_of_the_readers_clock(now: datetime, words: str) -> None:
    with timezone.override(ZoneInfo("Asia/Shanghai")):
        assert render("{% time_left at %}", at=CUTOFF, now=now) == words


def test_time_left_is_counted_and_named_by_the_calendar_of_the_readers_site(db: None) -> None:
    shanghai = SiteCalendar.objects.create(site="Shanghai", country="CN")
    wednesday, cutoff = datetime(2026, 9, 30, 1, tzinfo=UTC), datetime(2026, 10, 10, 10, tzinfo=UTC)
    with timezone.override(ZoneInfo("Asia/Shanghai")):
        with clock.at_site("Shanghai"):
            shown = render("{% time_left at %}", at=cutoff, now=wednesday)
            assert shown == '<span title="Working days by the calendar of Shanghai.">3 working days left</span>'
            later = render("{% counted_by at %}", at=datetime(2027, 2, 1, tzinfo=UTC))
            assert "Make-up working days of 2027 are not published yet." in later
        with clock.at_site("Nowhere"):
            assert render("{% time_left at %}", at=cutoff, now=wednesday) == "7 working days left"
    shanghai.own_days.create(day=date(2026, 10, 8), works=False, source="own.ics")
    with clock.at_site("Shanghai"):
        assert clock.left(cutoff, now=wednesday) == "2 working days left"


def test_people_without_a_site_cost_no_query(db: None, django_assert_num_queries: Any) -> None:
    with clock.at_site(""), django_assert_num_queries(0):
        clock.left(CUTOFF, now=datetime(2026, 11, 1, tzinfo=UTC))
    with clock.at_site("Shanghai"), django_assert_num_queries(1):
        for _again in range(3):
            clock.left(CUTOFF, now=datetime(2026, 11, 1, tzinfo=UTC))


def test_a_deadline_on_sunday_seen_on_friday_leaves_no_working_day() -> None:
    sunday = datetime(2026, 11, 29, 12, tzinfo=UTC)
    assert render("{% time_left at %}", at=sunday, now=CUTOFF) == "due before the next working day"


def test_every_state_is_a_word_beside_a_shape() -> None:
    for state, looks in shapes.LOOKS.items():
        page = render("{% status state %}", state=state)
        assert str(looks.word).lower() in page.lower()
        assert 'aria-hidden="true"' in page
    assert "Being looked at" in render("{% status 'being_looked_at' %}")


def test_the_words_of_a_state_are_escaped() -> None:
    assert "<b>" not in render("{% status state word %}", state="<b>", word="<b>x")


def test_a_progress_bar_says_its_numbers_in_words_and_fills_its_width() -> None:
    page = render("{% progress_bar done=1 started=1 blocked=1 total=3 %}")
    assert 'aria-label="1 of 3 done, 1 started, 1 blocked"' in page
    widths = [int(width) for width in re.findall(r'class="(?:done|started|blocked)" x="\d+" width="(\d+)"', page)]
    assert sum(widths) in (999, 1000)
    assert 'class="done"' not in render("{% progress_bar done=0 total=0 %}")


@pytest.mark.parametrize(
    ("part", "whole", "words"), [(0, 700, "0 %"), (1, 700, "1 %"), (699, 700, "99 %"), (700, 700, "100 %"), (0, 0, "–")]
)
def test_a_share_is_never_rounded_to_all_or_nothing(part: int, whole: int, words: str) -> None:
    assert render("{{ part|percent_of:whole }}", part=part, whole=whole) == words


def test_a_filter_link_changes_one_parameter_and_keeps_the_others() -> None:
    page = render(
        '{% autoescape off %}{% query sort="done" after=None %}{% endautoescape %}', path="/?state=blocked&after=9"
    )
    assert page == "?state=blocked&sort=done"


def test_the_header_offers_only_pages_that_exist_and_that_the_person_may_use() -> None:
    pages = {str(link.title) for link in navigation.links(User(name="Eve"), "/")}
    assert pages == {"My work", "May I use it?"}
    assert [link.is_current for link in navigation.links(User(name="Eve"), "/checklists/3/")] == [True, False]


def test_a_label_that_is_kept_is_kept_for_each_language_apart() -> None:
    word = "{% load i18n %}{% translate 'Yes' %} {% translate 'Yes' as kept %}{{ kept }}"
    template = engines["django"].from_string(word)
    for language, words in (("en", "Yes Yes"), ("de", "Ja Ja"), ("en", "Yes Yes"), ("fr", "Oui Oui")):
        with translation.override(language):
            assert template.render({}) == words


def test_words_that_vary_are_looked_up_every_time() -> None:
    template = engines["django"].from_string("{% load i18n %}{% translate word %}")
    with translation.override("de"):
        assert [template.render({"word": word}) for word in ("Yes", "No", "<b>")] == ["Ja", "Nein", "&lt;b&gt;"]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_moments_are_written_as_django_would_write_them(language: str) -> None:
    django_formats = {
        "en": {"full": "D j M Y, H:i", "day": "D j M Y", "short": "j M, H:i", "time": "H:i"},
        "zh-hans": {"full": "Y年n月j日（D）H:i", "day": "Y年n月j日（D）", "short": "n月j日 H:i", "time": "H:i"},
    }
    with translation.override(language):
        for month in range(1, 13):
            moment = datetime(2026, month, 2 * month, month, 7, tzinfo=UTC)
            for style, format_ in django_formats[language].items():
                assert clock.write(moment, style) == dateformat.format(moment, format_)
