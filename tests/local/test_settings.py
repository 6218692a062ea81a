"""What is missing or dangerous stops the start, and says which."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDED = [
    "DATABASE_URL", "CELERY_BROKER_URL", "EMAIL_URL", "MAIL_FROM", "SECRET_KEY", "TOKEN_PEPPER", "BASE_URL",
    "ALLOWED_HOSTS",
]  # fmt: skip


def start(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Start Django as production does, by its own command."""
    command = [sys.executable, "-m", "django", *(arguments or ("check",))]
    whole = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "migration_planner.config.settings", **environment}
    return subprocess.run(command, cwd=ROOT, env=whole, capture_output=True, text=True, timeout=60)


def test_a_complete_environment_starts_and_passes_the_deployment_check(production: dict[str, str]) -> None:
    done = start(production, "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", NEEDED)
def test_each_setting_is_needed_and_named_when_it_is_missing(production: dict[str, str], name: str) -> None:
    del production[name]
    done = start(production)
    assert done.returncode != 0
    assert name in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("TOKEN_PEPPER", "short"),
        ("TOKEN_PEPPER", "q7" * 10 + "-a long and quite unguessable word of the tests-" + "z3" * 10),
        ("MAIL_PER_MINUTE", "many"),
        ("MAIL_DOMAIN_LIMITS", "gmail.com=0"),
        ("SECRET_KEY", "x" * 60),
        ("ALLOWED_HOSTS", "*"),
        ("BASE_URL", "http://planner.acme.example"),
        ("EMAIL_URL", "http://mail.acme.example"),
        ("DATABASE_URL", "mysql://nobody@db.acme.example/planner"),
        ("DATABASE_URL", "postgresql://db.acme.example"),
        ("SECURE_SSL_REDIRECT", "perhaps"),
        ("LOCAL_MODE", "perhaps"),
    ],
)
def test_a_nonsensical_value_stops_the_start_and_is_named(production: dict[str, str], name: str, value: str) -> None:
    done = start({**production, name: value})
    assert done.returncode != 0
    assert name in done.stderr


@pytest.mark.parametrize(
    "dangerous",
    [
        {},
        {"DATABASE_URL": "postgresql://db.acme.example/planner"},
        {"DATABASE_URL": f"postgresql:///planner?host={ROOT}/.local/postgres&hostaddr=192.0.2.1"},
        {"DATABASE_URL": f"postgresql:///planner?host={ROOT}/.local/postgres", "PGHOSTADDR": "192.0.2.1"},
        {"DATABASE_URL": f"postgresql:///planner?host={ROOT}/.local/postgres,db.acme.example"},
    ],
)
def test_local_mode_never_starts_over_a_real_database(production: dict[str, str], dangerous: dict[str, str]) -> None:
    done = start({**production, "LOCAL_MODE": "true", **dangerous})
    assert done.returncode != 0
    assert "does not lead to the database embedded in this checkout" in done.stderr


def test_local_mode_sends_no_mail_away(production: dict[str, str]) -> None:
    address = f"postgresql:///planner?host={ROOT}/.local/postgres"
    away = {"DATABASE_URL": address, "EMAIL_URL": "smtp://mail.acme.example"}
    done = start({**production, "LOCAL_MODE": "true", **away})
    assert done.returncode != 0
    assert "EMAIL_URL leads away" in done.stderr


def test_debug_cannot_be_switched_on(production: dict[str, str]) -> None:
    program = "from django.conf import settings; print(settings.DEBUG, settings.LOCAL_MODE)"
    whole = {"DJANGO_SETTINGS_MODULE": "migration_planner.config.settings", "DEBUG": "true", "DJANGO_DEBUG": "1"}
    environment = {"PATH": os.environ["PATH"], **production, **whole}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False"], done.stderr


def test_a_half_set_environment_does_not_fall_back_to_the_embedded_database(production: dict[str, str]) -> None:
    del production["DATABASE_URL"]
    environment = {"PATH": os.environ["PATH"], **production}
    command = [sys.executable, "manage.py", "migrate"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("DATABASE_URL is not set, but CELERY_BROKER_URL, EMAIL_URL, BASE_URL")


def test_up_is_not_for_production(production: dict[str, str]) -> None:
    environment = {"PATH": os.environ["PATH"], **production}
    command = [sys.executable, "manage.py", "up"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "Unknown command: 'up'" in done.stderr


def test_the_settings_of_the_build_serve_nobody() -> None:
    program = """
import django; django.setup()
from django.test import Client
raise SystemExit(Client(SERVER_NAME="build.invalid").get("/livez").status_code != 400)
"""
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "migration_planner.config.build"}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_an_empty_setting_counts_as_not_set(production: dict[str, str]) -> None:
    program = "from django.conf import settings; print(settings.SECURE_SSL_REDIRECT, settings.SECRET_KEY_FALLBACKS)"
    empty = {"SECURE_SSL_REDIRECT": "", "SECRET_KEY_FALLBACKS": ""}
    django = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "migration_planner.config.settings"}
    environment = {**django, **production, **empty}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "[]"], done.stderr


def test_a_client_cannot_make_up_its_address_behind_a_proxy(production: dict[str, str]) -> None:
    program = """
import django; django.setup()
from allauth.core.internal.httpkit import get_client_ip
from django.test import RequestFactory
print(get_client_ip(RequestFactory().get("/", headers={"X-Forwarded-For": "198.51.100.6, 192.0.2.7"})))
"""
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "migration_planner.config.settings",
        **production,
    }
    seen = {}
    for behind in ("true", "false"):
        whole = {**environment, "BEHIND_PROXY": behind}
        done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=whole, capture_output=True, text=True)
        seen[behind] = done.stdout.strip() or done.stderr
    assert seen == {"true": "192.0.2.7", "false": "127.0.0.1"}


def test_a_command_says_in_a_line_that_the_database_does_not_answer(production: dict[str, str]) -> None:
    nowhere = {**production, "DATABASE_URL": "postgresql://nobody@/planner?host=/nowhere"}
    for command in (["progress", "1"], ["recount", "--check"], ["tick"]):
        done = start(nowhere, *command)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("CommandError: The database does not answer: ")
