"""Arguments that make no sense are one line on stderr and exit code 1, before anything is started or measured."""

import pytest
from django.core.management import ManagementUtility


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("bench --sizes x", "'x' must be a whole number from 1 to"),
        ("bench --sizes 2000,,5", "'' must be a whole number"),
        ("bench --sizes 0", "'0' must be"),
        ("bench --sizes -5", "'-5' must be"),
        ("bench_size 99999999999999999999", "must be a whole number"),
        ("chaos --people 0", "'0' must be"),
        ("chaos --people ²", "'²' must be"),
        ("chaos --only nothing", "There is no scenario nothing"),
        ("send_loop --every nan", "'nan' must be a number of seconds"),
        ("send_loop --sometimes 2", "unrecognized arguments"),
        ("due_mail --limit 99999999999999999999", "must be a whole number"),
    ],
)
def test_a_number_that_cannot_be_meant_is_named(command: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        ManagementUtility(["manage.py", *command.split()]).execute()
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert words in said
    assert "Traceback" not in said
