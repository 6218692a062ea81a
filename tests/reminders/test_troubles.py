import smtplib

import pytest

from migration_planner.reminders.smtp import said
from migration_planner.reminders.troubles import trouble


@pytest.mark.parametrize(
    ("error", "words", "code", "text"),
    [
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 authentication failed"), "let us in", 535, "5.7.8 authentication failed"),
        (smtplib.SMTPResponseException(550, "5.7.1 Not from you"), "our sender", 550, "5.7.1 Not from you"),
        (smtplib.SMTPResponseException(421, "Busy"), "closes for a while", 421, "Busy"),
        (smtplib.SMTPConnectError(451, "Later"), "again later", 451, "Later"),
        (ConnectionRefusedError(111, "Connection refused"), "cannot be reached", None, "Connection refused"),
        (TimeoutError("timed out"), "cannot be reached", None, "timed out"),
        (smtplib.SMTPServerDisconnected("Connection unexpectedly closed"), "broke off", None, "Connection unexpectedly closed"),
    ],
)  # fmt: skip
def test_a_closed_lane_is_told_in_plain_words_with_the_servers_own(
    error: Exception, words: str, code: int | None, text: str
) -> None:
    found = trouble(said(error))
    assert words in found.words
    assert (found.code, found.said) == (code, text)


def test_what_is_no_word_of_a_server_is_shown_as_it_is() -> None:
    assert trouble("The database was restored from a backup.").words == "The database was restored from a backup."
