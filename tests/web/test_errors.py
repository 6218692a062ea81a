from typing import Any

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.test import Client, RequestFactory

from migration_planner.web.views import errors, home


def test_an_address_that_does_not_exist_gets_our_page_signed_in_or_not(client: Any, employee: Any) -> None:
    assert "There is nothing here for you" in client.get("/nothing/").content.decode()
    client.force_login(employee, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get("/nothing/")
    assert (answer.status_code, "My work" in answer.content.decode()) == (404, True)


def test_a_broken_database_still_gets_a_page(employee: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(employee, backend="allauth.account.auth_backends.AuthenticationBackend")

    def breaks(user: Any) -> None:
        raise OperationalError("the connection is closed")

    monkeypatch.setattr(home.work, "of_person", breaks)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()
    assert "the connection is closed" not in answer.content.decode()


def test_the_page_for_breakage_asks_the_database_nothing() -> None:
    assert errors.broken(RequestFactory().get("/")).status_code == 500


def test_a_form_older_than_the_session_is_explained_and_htmx_loads_the_page_again(
    employee: Any, checklist: Any
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(employee, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.post("/preferences/", {"zone": "UTC"})
    assert (answer.status_code, "Please try again" in answer.content.decode()) == (403, True)
    answer = client.post("/preferences/", {"zone": "UTC"}, HTTP_HX_REQUEST="true")
    assert (answer.status_code, answer["HX-Refresh"]) == (403, "true")


def test_an_unreadable_request_gets_our_page(client: Any, db: None) -> None:
    request = RequestFactory().get("/")
    request.user = None  # type: ignore[assignment]
    answer = errors.bad_request(request, SuspiciousOperation())
    assert answer.status_code == 400


def test_pages_carry_no_inline_style_or_script_and_a_strict_policy(client: Any, employee: Any, checklist: Any) -> None:
    client.force_login(employee, backend="allauth.account.auth_backends.AuthenticationBackend")
    for path in ("/", f"/checklists/{checklist.pk}/", "/preferences/"):
        answer = client.get(path)
        page = answer.content.decode()
        assert " style=" not in page
        assert "<script>" not in page
        assert " on" + "click" not in page
        assert "default-src 'none'" in answer["Content-Security-Policy"]
