"""What stops the mail, in plain words for the people who can do something about it, and what the server said."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _t

from migration_planner.reminders.smtp import NO_ANSWER, NOT_ALLOWED_TO_SEND

#: A code of a server, and its words (RFC 5321, 4.2). They may come on several lines.
ANSWER = re.compile(r"(?P<code>[2-5]\d\d) (?P<text>.*)", re.DOTALL)


@dataclass(frozen=True)
class Trouble:
    """Why nothing goes: what it means, and the server's own code and text where it gave any."""

    words: str
    code: int | None
    said: str


def trouble(kept: str) -> Trouble:
    """From the line that a sender kept (see `smtp.said`). What is no word of a server says it all itself."""
    answer = ANSWER.fullmatch(kept)
    if answer:
        code = int(answer["code"])
        return Trouble(_meaning(code), code, answer["text"].strip())
    if kept.startswith(NO_ANSWER):
        return Trouble(
            _t("The mail server cannot be reached, or broke off. Check that it runs, and the address in EMAIL_URL."),
            None,
            kept.removeprefix(NO_ANSWER),
        )
    return Trouble(kept, None, "")


def _meaning(code: int) -> str:
    if code in NOT_ALLOWED_TO_SEND:
        return _t("The mail server does not let us in. Check the account and the password in EMAIL_URL.")
    if code == 421:
        return _t("The mail server closes for a while. Mail is tried again by itself.")
    if code < 500:
        return _t("The mail server asks us to come again later. Mail is tried again by itself.")
    return _t("The mail server refuses our sender. Check MAIL_FROM, and whether the account may send in its name.")
