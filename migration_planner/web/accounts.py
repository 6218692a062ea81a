"""How people sign in: with the address from the roster; nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of the mail: to where people reach us, whatever host the request named."""
        uidb36, _, secret = key.partition("-")
        return settings.BASE_URL + reverse("account_reset_password_from_key", args=[uidb36, secret])
