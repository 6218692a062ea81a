from typing import Any

from django.test import Client
from django.urls import reverse


def test_keys_of_one_letter_are_on_until_somebody_switches_them_off(client: Client, employee: Any) -> None:
    client.force_login(employee)
    assert 'data-keys="on"' in client.get("/").content.decode()
    client.post(reverse("preferences-keys"), {"state": "off"})
    assert "data-keys" not in client.get("/").content.decode()
    assert "switched off" in client.get(reverse("keys")).content.decode()
    client.post(reverse("preferences-keys"), {"state": "whatever"})
    employee.refresh_from_db()
    assert not employee.single_keys
    client.post(reverse("preferences-keys"), {"state": "on"})
    assert 'data-keys="on"' in client.get(reverse("preferences")).content.decode()


def test_the_dialog_gets_the_table_alone(client: Client, employee: Any) -> None:
    client.force_login(employee)
    part = client.get(reverse("keys"), headers={"hx-request": "true"})
    assert part["Vary"].startswith("HX-Request")
    assert "<html" not in part.content.decode()
    assert "<kbd>?</kbd>" in part.content.decode()


def test_a_page_before_the_sign_in_has_neither_palette_nor_keys(client: Client, db: None) -> None:
    page = client.get(reverse("account_login")).content.decode()
    assert "palette" not in page
    assert "keys.js" not in page
