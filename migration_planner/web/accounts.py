"""How people sign in: with the address from the roster; nobody signs up."""

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation

from migration_planner.lib.languages import spoken
from migration_planner.reminders.mail import inlined

#: No machine is to answer (RFC 3834; the second for Outlook).
HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of the mail: to where people reach us, whatever host the request named."""
        uidb36, _, secret = key.partition("-")
        return settings.BASE_URL + reverse("account_reset_password_from_key", args=[uidb36, secret])

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
