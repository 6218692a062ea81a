"""What a search found, as the page and the palette list it: groups of a handful each, with a way to all of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from migration_planner.people.models import Membership, Team, User
from migration_planner.planning import finding
from migration_planner.planning.models import Checklist, Gap, Migration
from migration_planner.web import pages

#: How many of each kind are shown before there is a link to all of them.
HANDFUL = 5
Text = str | Promise


@dataclass(frozen=True)
class Hit:
    """One thing found: its name, where it is, what tells it from others, and pages of its own."""

    title: Text
    url: str
    about: Text = ""
    links: tuple[tuple[Text, str], ...] = ()


@dataclass(frozen=True)
class Group:
    """The hits of one kind. `all_url` leads to all of them, where there is such a list and it has more."""

    key: str
    title: str
    hits: list[Hit]
    all_url: str = ""
    all_title: str = ""


def groups(user: User, words: list[str], typed: str) -> list[Group]:
    """What was found of every kind; the kinds without a hit are left out. As many queries however much there is."""
    found = [
        Group("pages", _("Pages"), [Hit(title, url) for title, url in islice(pages.called(user, words), HANDFUL)]),
        _bans(user, words),
        _people(user, words, typed),
        _teams(user, words, typed),
        _tools(user, words, typed),
        _gaps(user, words),
        _workflows(user, words),
    ]
    return [group for group in found if group.hits]


def fixed(user: User) -> list[Group]:
    """What can be opened before anything is typed."""
    return [Group("pages", _("Pages"), [Hit(title, url) for title, url in pages.open_to(user)])]


def _more(found: int, url: str) -> str:
    return url if found > HANDFUL else ""


def _within(kind: str, typed: str) -> str:
    return f"{reverse('search')}?{urlencode({'q': typed, 'in': kind})}"


def _bans(user: User, words: list[str]) -> Group:
    rows = list(finding.bans(user, words).order_by("-pk")[: HANDFUL + 1])
    hits = [Hit(str(ban), reverse("ban", args=[ban.pk]), ban.get_state_display()) for ban in rows[:HANDFUL]]
    return Group("bans", _("Bans"), hits, _more(len(rows), reverse("bans")), _("All bans"))


def _people(user: User, words: list[str], typed: str) -> Group:
    rows = list(finding.people(user, words).order_by("name", "pk")[: HANDFUL + 1])
    more = _more(len(rows), _within("people", typed))
    return Group("people", _("People"), people_hits(user, rows[:HANDFUL]), more, _("All people found"))


def people_hits(user: User, rows: list[User]) -> list[Hit]:
    """Each with the home team and the checklists that the reader may see. Two queries."""
    homes = _homes(rows)
    theirs: dict[int, list[Checklist]] = {}
    seen = Checklist.objects.visible_to(user).counted().filter(person__in=[row.pk for row in rows])
    for checklist in seen.select_related("ban__tool", "ban__replacement").order_by("-ban", "pk") if rows else []:
        theirs.setdefault(checklist.person_id, []).append(checklist)
    return [_person(row, homes.get(row.pk, ""), theirs.get(row.pk, [])) for row in rows]


def _homes(rows: Iterable[User]) -> dict[int, str]:
    found = Membership.objects.filter(user__in=[row.pk for row in rows], is_home=True)
    return dict(found.values_list("user", "team__path"))


def _person(row: User, home: str, theirs: list[Checklist]) -> Hit:
    links = tuple((str(each.ban), reverse("checklist", args=[each.pk])) for each in theirs)
    about = " · ".join(text for text in (home, row.email, "" if row.is_active else _("has left")) if text)
    return Hit(row.name, reverse("person-mail", args=[row.pk]), about, links)


def _teams(user: User, words: list[str], typed: str) -> Group:
    rows = list(finding.teams(user, words)[: HANDFUL + 1])
    more = _more(len(rows), _within("teams", typed))
    return Group("teams", _("Teams"), teams_hits(user, rows[:HANDFUL]), more, _("All teams found"))


def teams_hits(user: User, rows: list[Team]) -> list[Hit]:
    """Each with its page under the ban that began last, and those under the others. One query."""
    ordered = Migration.objects.visible_to(user).filter(team__in=[row.pk for row in rows])
    theirs: dict[int, list[Migration]] = {}
    for each in ordered.select_related("ban__tool", "ban__replacement").order_by("-ban"):
        theirs.setdefault(each.team_id, []).append(each)
    return [_team(row, theirs[row.pk]) for row in rows if row.pk in theirs]


def _team(row: Team, theirs: list[Migration]) -> Hit:
    links = tuple((str(each.ban), reverse("team", args=[each.ban_id, row.pk])) for each in theirs)
    return Hit(row.name, links[0][1], row.path.rpartition("/")[0].replace("/", " / "), links)


def _tools(user: User, words: list[str], typed: str) -> Group:
    rows = list(finding.tools(user, words).order_by("name", "pk")[: HANDFUL + 1])
    page = reverse("tools")
    hits = [Hit(row.name, f"{page}?{urlencode({'q': row.name})}", _("May I use it?")) for row in rows[:HANDFUL]]
    return Group("tools", _("Tools"), hits, _more(len(rows), f"{page}?{urlencode({'q': typed})}"), _("All tools found"))


def _gaps(user: User, words: list[str]) -> Group:
    rows: list[Gap] = list(finding.gaps(user, words).order_by("-pk")[: HANDFUL + 1])
    hits = [Hit(row.title, reverse("gap", args=[row.pk]), str(row.ban)) for row in rows[:HANDFUL]]
    return Group("gaps", _("Gaps"), hits, _more(len(rows), reverse("gaps")), _("All gaps"))


def _workflows(user: User, words: list[str]) -> Group:
    rows = list(islice(finding.workflows(user, words), HANDFUL + 1))
    hits = []
    for playbook, workflow in rows[:HANDFUL]:
        page = reverse("playbook", args=[playbook.slug])
        if workflow is None:
            hits.append(Hit(playbook.title, page, _("Playbook")))
        else:
            hits.append(Hit(workflow.title, f"{page}#workflow-{workflow.key}", playbook.title))
    return Group(
        "workflows",
        _("Playbooks and their workflows"),
        hits,
        _more(len(rows), reverse("playbooks")),
        _("All playbooks"),
    )
