"""The five chat services: where their webhooks are, what they are sent, and what their answers mean.

A service may say no with a friendly 200 (DingTalk, Feishu, WeCom), so that its own words count and not the code of HTTP alone.
Sources: open.dingtalk.com (custom robots), open.feishu.cn (custom bots), developer.work.weixin.qq.com (group robots),
api.slack.com (incoming webhooks), learn.microsoft.com (webhooks and workflows of Teams).
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from migration_planner.lib.outbound import Answer
from migration_planner.reminders.models import Room

#: Codes of HTTP after which it is worth to try again; other refusals are for good.
BUSY_STATUS = {408, 425, 429}
#: So much of an answer is kept, in characters; and so much text WeCom takes, in bytes.
MOST_KEPT, MOST_WECOM = 500, 2_000


@dataclass(frozen=True)
class Words:
    """What is written into a room, in plain text: a title, lines, and the page that says more."""

    title: str
    lines: tuple[str, ...]
    url: str

    def text(self) -> str:
        return "\n".join([self.title, *self.lines, self.url])


@dataclass(frozen=True)
class Verdict:
    """What became of one try. `final` means that trying again is of no use; no `status` means that there was no answer."""

    taken: bool
    final: bool
    status: int | None
    text: str


@dataclass(frozen=True)
class Post:
    """What is to be sent where."""

    url: str
    body: bytes


@dataclass(frozen=True)
class Service:
    #: Hosts its webhooks have; one that begins with a dot stands for all below it.
    hosts: tuple[str, ...]
    payload: Callable[[Words], dict[str, Any]]
    #: Whether it took the message, and if not, whether it is merely busy.
    judge: Callable[[Answer], tuple[bool, bool]]
    sign: Callable[[Post, str, datetime], Post] | None = None


def serves(service: str, host: str) -> bool:
    """Whether webhooks of the service have this host."""
    return any(
        host == known or (known.startswith(".") and host.endswith(known))
        for known in SERVICES[Room.Service(service)].hosts
    )


def signs(service: str) -> bool:
    return SERVICES[Room.Service(service)].sign is not None


def post(service: str, url: str, words: Words, *, secret: str, at: datetime) -> Post:
    """The request that writes these words, signed where the robot asks for it."""
    known = SERVICES[Room.Service(service)]
    made = Post(url, json.dumps(known.payload(words), ensure_ascii=False).encode())
    return known.sign(made, secret, at) if known.sign and secret else made


def judge(service: str, answer: Answer) -> Verdict:
    taken, busy = SERVICES[Room.Service(service)].judge(answer)
    final = not taken and not busy and not _is_passing(answer.status)
    return Verdict(taken, final, answer.status, _kept(answer.body))


def _is_passing(status: int) -> bool:
    """Whether a code of HTTP speaks of a trouble that passes. A redirect does not: it is never followed."""
    return status >= 500 or status in BUSY_STATUS


def _kept(body: bytes) -> str:
    return " ".join(body.decode(errors="replace").replace("\0", "").split())[:MOST_KEPT]


def _said(answer: Answer) -> dict[str, Any]:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _by_code(*names: str, busy: tuple[int, ...]) -> Callable[[Answer], tuple[bool, bool]]:
    """Services that say 0 for yes. What says no number at all is not the service, and may be gone the next time."""

    def judge(answer: Answer) -> tuple[bool, bool]:
        said = _said(answer)
        code = next((said[name] for name in names if name in said), None)
        if not isinstance(code, int) or isinstance(code, bool):
            return False, 200 <= answer.status < 300
        return 200 <= answer.status < 300 and code == 0, code in busy

    return judge


def _of_slack(answer: Answer) -> tuple[bool, bool]:
    is_ok = answer.status == 200
    return is_ok and answer.body.strip() == b"ok", is_ok


def _of_teams(answer: Answer) -> tuple[bool, bool]:
    """Workflows say 202. The older webhooks say 200, even when the words then tell that it failed."""
    failed = b"failed" in answer.body.lower()
    return answer.status == 202 or (answer.status == 200 and not failed), answer.status == 200


def _dingtalk(words: Words) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": words.text()}}


def _feishu(words: Words) -> dict[str, Any]:
    """In its text, what looks like a tag calls people; a name from a roster must not."""
    return {"msg_type": "text", "content": {"text": words.text().replace("<", "＜")}}


def _wecom(words: Words) -> dict[str, Any]:
    room = MOST_WECOM - len(words.url.encode()) - 1
    text = "\n".join([words.title, *words.lines]).encode()[:room].decode(errors="ignore")
    return {"msgtype": "text", "text": {"content": f"{text}\n{words.url}"}}


def _slack(words: Words) -> dict[str, Any]:
    text = words.text().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": text, "mrkdwn": False}


def _teams(words: Words) -> dict[str, Any]:
    """Text runs: in text blocks, marks in a name would be read as Markdown."""
    runs = [
        {"type": "TextRun", "text": words.title, "weight": "bolder"},
        *({"type": "TextRun", "text": line} for line in words.lines),
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "body": [{"type": "RichTextBlock", "inlines": [run]} for run in runs],
        "actions": [{"type": "Action.OpenUrl", "title": words.url, "url": words.url}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _sign_dingtalk(made: Post, secret: str, at: datetime) -> Post:
    moment = str(int(at.timestamp() * 1000))
    digest = hmac.digest(secret.encode(), f"{moment}\n{secret}".encode(), hashlib.sha256)
    asked = urlencode({"timestamp": moment, "sign": base64.b64encode(digest).decode()})
    return Post(f"{made.url}{'&' if '?' in made.url else '?'}{asked}", made.body)


def _sign_feishu(made: Post, secret: str, at: datetime) -> Post:
    moment = str(int(at.timestamp()))
    digest = hmac.digest(f"{moment}\n{secret}".encode(), b"", hashlib.sha256)
    body = {"timestamp": moment, "sign": base64.b64encode(digest).decode(), **json.loads(made.body)}
    return Post(made.url, json.dumps(body, ensure_ascii=False).encode())


SERVICES = {
    Room.Service.DINGTALK: Service(
        ("oapi.dingtalk.com", "api.dingtalk.com"), _dingtalk, _by_code("errcode", busy=(-1, 130101)), _sign_dingtalk
    ),
    Room.Service.FEISHU: Service(
        ("open.feishu.cn", "open.larksuite.com"),
        _feishu,
        _by_code("code", "StatusCode", busy=(11232, 11233)),
        _sign_feishu,
    ),
    Room.Service.WECOM: Service(("qyapi.weixin.qq.com",), _wecom, _by_code("errcode", busy=(-1, 45009))),
    Room.Service.SLACK: Service(("hooks.slack.com", "hooks.slack-gov.com"), _slack, _of_slack),
    Room.Service.TEAMS: Service(
        (".webhook.office.com", ".logic.azure.com", ".environment.api.powerplatform.com"), _teams, _of_teams
    ),
}
