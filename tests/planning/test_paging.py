import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import keyset
from migration_planner.people.models import User


def test_pages_forward_and_back_show_every_row_once_and_in_order(person: Callable[..., Any]) -> None:
    for index in range(23):
        person(f"p{index:02}", site="north" if index % 2 else "south")
    order = ("-site", "email")
    wanted = [user.pk for user in User.objects.order_by(*order)]
    seen, cursors, cursor = [], [], None
    while True:
        page = keyset(User.objects.all(), order, cursor, size=5)
        seen += [user.pk for user in page.rows]
        cursors.append(page.before)
        if page.after is None:
            break
        cursor = page.after
    assert seen == wanted
    assert cursors[0] is None
    back = keyset(User.objects.all(), order, cursors[-1], size=5)
    assert [user.pk for user in back.rows] == wanted[15:20]


def test_rows_of_the_same_thousandth_of_a_second_are_neither_skipped_nor_repeated(person: Callable[..., Any]) -> None:
    for index in range(6):
        person(f"p{index}")
        User.objects.filter(email=f"p{index}@acme.example").update(
            joined_at=datetime(2026, 11, 2, 8, 0, 0, 123456 + index, UTC)
        )
    for order in (("joined_at", "pk"), ("-joined_at", "-pk")):
        seen, cursor = [], None
        for _page in range(3):
            page = keyset(User.objects.all(), order, cursor, size=2)
            seen += [user.pk for user in page.rows]
            cursor = page.after
        assert seen == [user.pk for user in User.objects.order_by(*order)]


@pytest.mark.parametrize(
    "cursor", ["x", "bm90IGpzb24", base64.urlsafe_b64encode(b'["n",{"a":1}]').decode(), "%00", "é"]
)
def test_a_forged_cursor_is_refused_with_a_sentence(db: None, cursor: str) -> None:
    with pytest.raises(DomainError, match="not valid"):
        keyset(User.objects.all(), ("email",), cursor)
