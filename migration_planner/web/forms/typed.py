"""What somebody typed, kept in the form while one hidden field of it is brought up to date."""

from typing import Any

from django import forms


def renew(form: forms.Form, name: str, value: Any) -> None:
    form.data = {key: form.data.get(key) for key in form.data} | {name: value}
