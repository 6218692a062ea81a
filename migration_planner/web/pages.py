"""The fixed pages of the product that a person may open, to be found by their names."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import User
from migration_planner.planning.permissions import (
    can_draft,
    can_edit_tools,
    can_import_playbooks,
    can_see_rooms,
)
from migration_planner.web.navigation import SECTIONS, Section, url_or_none


def _everybody(user: User) -> bool:
    return True


#: Those that no section of the header leads to at once.
FURTHER = [
    Section("views", _("My views"), _everybody),
    Section("waivers", _("Waivers to decide"), _everybody),
    Section("escalations", _("Escalations"), _everybody),
    Section("ban-new", _("Draft a ban"), can_draft),
    Section("tool-new", _("Add a tool"), can_edit_tools),
    Section("playbook-import", _("Bring in a playbook"), can_import_playbooks),
    Section("mails-due", _("Mail that is due"), lambda user: user.sees_everything),
    Section("mails-held", _("Mail held back"), lambda user: user.sees_everything),
    Section("rooms", _("Rooms of teams"), can_see_rooms),
    Section("preferences", _("Preferences"), _everybody),
    Section("held", _("What is held about me"), _everybody),
    Section("account_change_password", _("Change password"), _everybody),
    Section("keys", _("Keys"), _everybody),
]


def open_to(user: User) -> list[tuple[str | Promise, str]]:
    """Title and address of each page this person may open. Asks the database nothing."""
    shown: list[tuple[str | Promise, str]] = []
    for section in [*SECTIONS, *FURTHER]:
        url = url_or_none(section.page)
        if url and section.shown_to(user):
            shown.append((section.title, url))
    return shown


def called(user: User, words: list[str]) -> list[tuple[str | Promise, str]]:
    """Those with every word in their title; all of them for no words."""
    return [(title, url) for title, url in open_to(user) if all(word in str(title).lower() for word in words)]
