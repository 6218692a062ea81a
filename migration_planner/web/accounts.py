"""How people sign in: with the address from the roster; nobody signs up."""

import ipaddress
import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit  # the public one counts a sign-in that succeeded too
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation

from migration_planner.lib.languages import spoken
from migration_planner.reminders.mail import inlined

#: No machine is to answer (RFC 3834; the second for Outlook).
HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
#: The limit that counts failed sign-ins of one person from wherever they come (see ACCOUNT_RATE_LIMITS).
ANYWHERE = {"app": "allauth.account", "action": "login_failed_anywhere"}
#: Whoever has one address has its neighbours too: so many bits are the network's, by version of the protocol.
NETWORK_BITS = {4: 24, 6: 64}

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of the mail: to where people reach us, whatever host the request named."""
        uidb36, _, secret = key.partition("-")
        return settings.BASE_URL + reverse("account_reset_password_from_key", args=[uidb36, secret])

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse who has failed too often: as this person from this network, or as this person from anywhere."""
        super().pre_authenticate(request, **credentials)
        self._anywhere = ratelimit.consume(request, **ANYWHERE, key=_person(credentials))
        if not self._anywhere:
            raise self.validation_error("too_many_login_attempts")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Person and network, so that nobody is kept out everywhere by a stranger who guesses from somewhere."""
        return f"{_person(credentials)}@{network(self.get_client_ip(request))}"

    def _rollback_login_failed_rl_usage(self) -> None:
        super()._rollback_login_failed_rl_usage()
        self._anywhere.rollback()

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        super()._delete_login_attempts_cached_email(request, **credentials)
        ratelimit.clear(request, **ANYWHERE, key=_person(credentials))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """In the language of whoever reads it, not of whoever asked for it.

        A mail server that does not answer must not tell strangers, by an error page, which addresses are known here.
        """
        user = context.get("user")
        try:
            with translation.override(spoken(user.language) if user else None):
                super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException):
            log.exception("A mail about an account (%s) could not be sent.", template_prefix)

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        message: EmailMessage = super().render_mail(template_prefix, email, context, {**HEADERS, **(headers or {})})
        if isinstance(message, EmailMultiAlternatives):
            pages, message.alternatives = message.alternatives, []
            for html, kind in pages:
                message.attach_alternative(inlined(str(html)), str(kind))
        return message


def network(address: str) -> str:
    """The network of a client: 203.0.113.0 for 203.0.113.7, 2001:db8:1:2:: for 2001:db8:1:2::7."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, NETWORK_BITS[parsed.version]), strict=False).network_address)


def _person(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email", "")).lower()
