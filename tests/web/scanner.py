"""What the machines between us and a reader do to a mail: they ask for every address, follow links, and press buttons."""

import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client

#: Sessions are the visitor's own, and each visit may touch them.
NOT_OURS = {"django_session", "django_migrations"}
ADDRESS = re.compile(r"https?://[^\s<>\"')\]]+")
#: Only local mode serves these, and there anybody may step in as anybody.
LOCAL = "/local/"
#: It ends the visitor's own session, and there would be nothing left to press.
LOGOUT = "/accounts/logout/"


def digest() -> dict[str, str]:
    """By table, a digest of all of its rows."""
    tables = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)} - NOT_OURS)
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                f"SELECT coalesce(md5(string_agg(row::text, chr(10) ORDER BY row::text)), '') FROM \"{table}\" AS row"
            )
            found[table] = cursor.fetchone()[0]
    return found


def addresses(message: EmailMessage) -> set[str]:
    """Every address of ours in a mail: in its headers, its text, its HTML and its files."""
    found = set()
    for part in message.walk():
        words = "\n".join(str(value) for value in part.values())
        if not part.is_multipart():
            raw = part.get_payload(decode=True)
            assert isinstance(raw, bytes)
            words += "\n" + raw.decode().replace("\r\n ", "")  # files for calendars are folded
        found |= {address.rstrip(".,;&") for address in ADDRESS.findall(words)}
    return {address for address in found if address.startswith(settings.BASE_URL)}


@dataclass
class Form:
    method: str
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """The links and forms of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.forms: list[Form] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        self.links |= {values[name] for name in ("href", "src", "hx-get") if values.get(name)}
        if tag == "form":
            self.forms.append(Form(values.get("method", "get").lower(), values.get("action", "")))
        elif self.forms and values.get("name"):
            self._field(tag, values)

    def _field(self, tag: str, values: dict[str, str]) -> None:
        form, pair = self.forms[-1], (values["name"], values.get("value", ""))
        if tag == "button" or values.get("type") == "submit":
            form.buttons.append(pair)
        elif tag in ("input", "select", "textarea"):
            form.fields.append(pair)


class Scanner:
    """Follows a mail's addresses with the cookies it has. `presses` says whether it submits forms too."""

    def __init__(self, client: Client, *, presses: bool, depth: int = 2) -> None:
        self.client, self.presses, self.depth = client, presses, depth
        self.seen: set[str] = set()
        self.pressed: list[tuple[str, int]] = []

    def scan(self, address: str) -> None:
        self._visit(address.removeprefix(settings.BASE_URL), self.depth)

    def _visit(self, path: str, depth: int) -> None:
        path = path.partition("#")[0]
        if path in self.seen or depth < 0 or path.startswith(LOCAL):
            return
        self.seen.add(path)
        self.client.head(path)
        self.client.get(path, headers={"Purpose": "prefetch", "Sec-Purpose": "prefetch"})
        answer = self.client.get(path, follow=True)
        if answer.streaming or not answer["Content-Type"].startswith("text/html"):
            return
        self._read(answer, depth)

    def _read(self, answer: Any, depth: int) -> None:
        here = answer.request["PATH_INFO"]
        page = Page(answer.content.decode())
        if self.presses:
            for form in page.forms:
                self._press(form, here)
        for link in sorted(page.links):
            target = urlsplit(urljoin(settings.BASE_URL + here, link))
            if f"{target.scheme}://{target.netloc}" == settings.BASE_URL and not target.path.startswith("/static/"):
                self._visit(f"{target.path}?{target.query}" if target.query else target.path, depth - 1)

    def _press(self, form: Form, here: str) -> None:
        """Every button of a form, with the fields as they stand and with something written into the empty ones."""
        path = urlsplit(urljoin(settings.BASE_URL + here, form.action)).path
        if path.startswith((LOCAL, LOGOUT)):
            return
        for filled in ("", "eve@acme.example", "7"):
            for button in form.buttons or [("", "")]:
                data = {name: value or filled for name, value in [*form.fields, button] if name}
                send = self.client.post if form.method == "post" else self.client.get
                self.pressed.append((path, send(path, data).status_code))
