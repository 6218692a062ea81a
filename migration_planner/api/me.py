"""Oneself: who one is here, what one has chosen, what is held about one, and one's own tokens."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.response import Response

from migration_planner.api.doors import MARKS, READ, Call, Serializer, act, door
from migration_planner.api.figures import PersonUnderBan
from migration_planner.api.shapes import Paged, PersonInShort, TeamInShort, page, paged
from migration_planner.lib.paging import Page
from migration_planner.people.models import Team, User
from migration_planner.planning import held, preferences, tokens
from migration_planner.planning.models import AccessToken, Checklist
from migration_planner.reminders import bundles, reported


class Me(PersonInShort):
    """Whoever the token, or the session, belongs to."""

    site = serializers.CharField()
    is_owner = serializers.BooleanField(help_text="May draft bans.")
    is_auditor = serializers.BooleanField()
    is_administrator = serializers.BooleanField()
    home_team = TeamInShort(allow_null=True)
    leads = TeamInShort(many=True, help_text="Teams led by name; with each go all below it.")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(AccessToken.Scope.choices), help_text="Of the token; empty for a session."
    )


class Preferences(Serializer):
    """What people choose for themselves."""

    zone = serializers.CharField(max_length=64, help_text="By its clock deadlines are shown and reminders sent.")
    language = serializers.CharField(max_length=16)
    reminder_hour = serializers.IntegerField(min_value=0, max_value=23)
    weekly_figures = serializers.BooleanField(help_text="Whether the weekly figures of teams one leads come.")


class PreferencesChange(Serializer):
    """What is to be otherwise; what is left out stays."""

    zone = serializers.CharField(max_length=64, required=False)
    language = serializers.CharField(max_length=16, required=False)
    reminder_hour = serializers.IntegerField(min_value=0, max_value=23, required=False)
    weekly_figures = serializers.BooleanField(required=False)


class AccessTokenRow(Serializer):
    """An access token. The secret itself was shown once, when it was made."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    begins = serializers.CharField(help_text="The first characters; empty for tokens from before they were kept.")
    scopes = serializers.ListField(child=serializers.ChoiceField(AccessToken.Scope.choices))
    made_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


@act("me", READ, "me", answer=Me)
def read_me(call: Call) -> dict[str, Any]:
    """Who you are here, and what your token is for."""
    user, auth = call.user, call.request.auth
    names = ("pk", "name", "email", "site", "is_owner", "is_auditor", "is_administrator")
    return {
        **{name: getattr(user, name) for name in names},
        "home_team": Team.objects.filter(memberships__user=user, memberships__is_home=True).first(),
        "leads": Team.objects.filter(path__in=user.led_paths).order_by("path"),
        "scopes": auth.scopes if isinstance(auth, AccessToken) else [],
    }


@act("preferences", READ, "me", answer=Preferences)
def read_preferences(call: Call) -> dict[str, Any]:
    """What you have chosen for yourself."""
    return _chosen(call.user)


@act("choose_preferences", MARKS, "me", body=PreferencesChange, answer=Preferences, example={"reminder_hour": 8})
def choose_preferences(call: Call) -> dict[str, Any]:
    """Choose your time zone, language, reminder hour, and whether weekly figures come. Repeating it changes nothing."""
    user, said = call.user, dict(call.said)
    figures = said.pop("weekly_figures", None)
    if said:
        now_chosen = {name: getattr(user, name) for name in preferences.CHOSEN}
        preferences.choose(user, **{**now_chosen, **said}, by=user, now=call.now)
    if figures is not None:
        (bundles.resume_bundles if figures else bundles.pause_bundles)(user, by=user, now=call.now)
    return _chosen(user)


def _chosen(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in preferences.CHOSEN} | {
        "weekly_figures": user.bundles_paused_at is None
    }


@act("held_about_me", READ, "me", answer=OpenApiTypes.OBJECT)
def read_held(call: Call) -> Response:
    """Everything that is held about you beside your marks and mail: what, from where, and until when."""
    return Response(held.as_data(call.user, now=call.now))


@act("my_tokens", READ, "me", query=Paged, answer=paged(AccessTokenRow))
def list_tokens(call: Call) -> Page[AccessToken]:
    """Your access tokens, newest first. They are made on the page alone, so that no token makes another."""
    return page(call, AccessToken.objects.filter(made_by=call.user))


@act("my_token", READ, "me", answer=AccessTokenRow)
def read_token(call: Call, pk: int) -> AccessToken:
    """One of your access tokens."""
    return get_object_or_404(AccessToken, pk=pk, made_by=call.user)


@act("revoke_my_token", MARKS, "me")
def revoke_token(call: Call, pk: int) -> None:
    """Revoke one of your access tokens. It opens nothing from then on, and cannot be brought back."""
    tokens.revoke(get_object_or_404(AccessToken, pk=pk, made_by=call.user), by=call.user, now=call.now)


@act("reported_to_me", READ, "me", query=Paged, answer=paged(PersonUnderBan))
def list_reported(call: Call) -> Page[Checklist]:
    """Who is late below you as a line manager, of all bans that have told you so."""
    return page(call, reported.of_manager(call.user), ("migration__deadline_at", "person__name", "pk"))


my_reports = door(get=list_reported)
me = door(get=read_me)
my_preferences = door(get=read_preferences, patch=choose_preferences)
my_held = door(get=read_held)
my_tokens = door(get=list_tokens)
my_token = door(get=read_token, delete=revoke_token)
