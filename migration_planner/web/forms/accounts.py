"""The forms of signing in, with the words of this product: sentence case, and no placeholder that repeats the label."""

from typing import Any

from allauth.account import forms as allauth
from django import forms
from django.utils.translation import gettext_lazy as _

LABELS = {
    "login": _("Work address"),
    "email": _("Work address"),
    "password": _("Password"),
    "remember": _("Stay signed in on this device"),
    "oldpassword": _("Password so far"),
    "password1": _("New password"),
    "password2": _("New password, again"),
}


class OurWords(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)


class LoginForm(OurWords, allauth.LoginForm):  # type: ignore[misc]
    pass


class ReauthenticateForm(OurWords, allauth.ReauthenticateForm):  # type: ignore[misc]
    pass


class ResetPasswordForm(OurWords, allauth.ResetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordKeyForm(OurWords, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class ChangePasswordForm(OurWords, allauth.ChangePasswordForm):  # type: ignore[misc]
    pass


class SetPasswordForm(OurWords, allauth.SetPasswordForm):  # type: ignore[misc]
    pass
