import re
from typing import Any

import pytest
from django.urls import reverse

PASSWORD = "correct horse battery staple"
DOORS = ["account_login", "account_reset_password", "account_reset_password_done", "account_inactive"]


@pytest.mark.parametrize("page", DOORS)
def test_the_doors_open_to_strangers_and_look_like_ours(db: None, client: Any, page: str) -> None:
    answer = client.get(reverse(page))
    assert answer.status_code == 200
    assert "Skip to the content" in answer.content.decode()


def test_every_other_page_asks_to_sign_in_and_comes_back(client: Any, checklist: Any) -> None:
    path = reverse("checklist", args=[checklist.pk])
    assert client.get(path).headers["Location"] == f"{reverse('account_login')}?next={path}"


def test_somebody_from_the_roster_sets_a_first_password_by_mail_and_signs_in(
    client: Any, employee: Any, mailoutbox: Any, settings: Any
) -> None:
    assert not employee.has_usable_password()
    client.post(reverse("account_reset_password"), {"email": "EVE@acme.example"})
    (mail,) = mailoutbox
    assert mail.to == ["eve@acme.example"]
    link = re.search(rf"{re.escape(settings.BASE_URL)}(/\S+)", mail.body)
    assert link
    form = client.get(link[1], follow=True)
    at = form.redirect_chain[-1][0]
    answer = client.post(at, {"password1": PASSWORD, "password2": PASSWORD}, follow=True)
    assert "Your password is set" in answer.content.decode()
    answer = client.post(reverse("account_login"), {"login": "eve@acme.example", "password": PASSWORD}, follow=True)
    assert "My work" in answer.content.decode()
    assert client.get(link[1], follow=True).status_code == 200


def test_a_used_link_says_so_and_offers_a_new_one(client: Any, employee: Any, mailoutbox: Any, settings: Any) -> None:
    client.post(reverse("account_reset_password"), {"email": "eve@acme.example"})
    path = re.search(rf"{re.escape(settings.BASE_URL)}(/\S+)", mailoutbox[0].body)
    assert path
    at = client.get(path[1], follow=True).redirect_chain[-1][0]
    client.post(at, {"password1": PASSWORD, "password2": PASSWORD})
    client.cookies.clear()
    assert "This link does not work any more" in client.get(path[1], follow=True).content.decode()


def test_an_unknown_address_gets_the_same_page_and_no_mail(client: Any, employee: Any, mailoutbox: Any) -> None:
    known = client.post(reverse("account_reset_password"), {"email": "eve@acme.example"}, follow=True)
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@acme.example"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain
    assert [mail.to for mail in mailoutbox] == [["eve@acme.example"]]


def test_who_has_left_gets_no_mail_and_cannot_sign_in(client: Any, employee: Any, mailoutbox: Any) -> None:
    employee.set_password(PASSWORD)
    employee.is_active = False
    employee.save()
    client.post(reverse("account_reset_password"), {"email": "eve@acme.example"})
    assert not mailoutbox
    client.post(reverse("account_login"), {"login": "eve@acme.example", "password": PASSWORD})
    assert client.get("/").status_code == 302


def test_signing_out_is_a_form_and_not_a_link(client: Any, employee: Any) -> None:
    client.force_login(employee, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Sign out?" in client.get(reverse("account_logout")).content.decode()
    assert client.get("/").status_code == 200
    client.post(reverse("account_logout"))
    assert client.get("/").status_code == 302


def test_a_password_is_changed_with_the_old_one(client: Any, employee: Any) -> None:
    employee.set_password(PASSWORD)
    employee.save()
    client.force_login(employee, backend="allauth.account.auth_backends.AuthenticationBackend")
    new = {"oldpassword": PASSWORD, "password1": PASSWORD + "!", "password2": PASSWORD + "!"}
    answer = client.post(reverse("account_change_password"), new, follow=True)
    assert "Your password was changed." in answer.content.decode()


def test_a_mail_server_that_is_down_does_not_tell_which_addresses_are_known(
    client: Any, employee: Any, settings: Any
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 1
    for address in (employee.email, "nobody@acme.example"):
        answer = client.post(reverse("account_reset_password"), {"email": address})
        assert (answer.status_code, answer.headers["Location"]) == (302, reverse("account_reset_password_done"))


@pytest.mark.parametrize(
    "page", ["account_login", "account_reset_password", "account_reauthenticate", "account_change_password"]
)
def test_labels_are_ours_in_sentence_case_and_no_placeholder_repeats_them(
    client: Any, employee: Any, page: str
) -> None:
    employee.set_password(PASSWORD)
    employee.save()
    if page in ("account_reauthenticate", "account_change_password"):
        client.force_login(employee, backend="allauth.account.auth_backends.AuthenticationBackend")
    shown = client.get(reverse(page)).content.decode().partition("<main")[2].partition("</main>")[0]
    words = re.findall(r"<(?:label|button|h1|a)[^>]*>\s*(?:<input[^>]*>)?\s*([^<]+)", shown)
    assert [phrase for phrase in words if re.search(r" [A-Z]", phrase.strip())] == []
    assert "placeholder" not in shown


def test_who_tries_too_often_reads_so_in_our_words(db: None, client: Any, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"reset_password": "1/m/ip"}
    asked = [client.post(reverse("account_reset_password"), {"email": f"{n}@acme.example"}) for n in range(2)]
    assert asked[1].status_code == 429
    assert "Too many tries" in asked[1].content.decode()
