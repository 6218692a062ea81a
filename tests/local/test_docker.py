"""The files for containers, read by the tools that read them in earnest."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.local.processes import ROOT

DOCKER = ROOT / "docker"
BIN = Path(sys.executable).parent
FILLED = {
    "POSTGRES_PASSWORD": "of-the-owner", "APPLICATION_PASSWORD": "of-the-application",
    "SECRET_KEY": "b", "TOKEN_PEPPER": "d", "MAIL_FROM": "c@acme.example",
    "BASE_URL": "https://planner.acme.example", "ALLOWED_HOSTS": "planner.acme.example", "EMAIL_URL": "smtp://mail.acme.example",
}  # fmt: skip

SECRETS = {"SECRET_KEY": "only-for-tests-" * 4, "TOKEN_PEPPER": "pepper-for-tests-" * 4}


def compose(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    command = [BIN / "docker-compose", "--env-file", "/dev/null", "-f", DOCKER / "compose.yaml", *arguments]
    environment = {"PATH": os.environ["PATH"], "HOME": "/nowhere", **settings}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_docker_compose_understands_the_file_and_everything_waits_for_what_it_needs() -> None:
    done = compose("config", **FILLED)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert set(services) == {"migrate", "web", "worker", "beat", "sender", "postgres", "redis"}
    for name in ("web", "worker", "beat"):
        waits = {other: how["condition"] for other, how in services[name]["depends_on"].items()}
        assert waits == {"migrate": "service_completed_successfully", "redis": "service_healthy"}
    assert set(services["sender"]["depends_on"]) == {"migrate"}  # mail goes on without the broker


def test_only_the_migration_knows_the_owner_of_the_tables_and_all_others_work_as_the_application() -> None:
    services = yaml.safe_load(compose("config", **FILLED).stdout)["services"]
    for name in ("web", "worker", "beat", "sender"):
        assert services[name]["environment"]["DATABASE_URL"].startswith("postgresql://planner_app:of-the-application@")
        assert "of-the-owner" not in str(services[name])
    migrate = services["migrate"]
    assert migrate["environment"]["DATABASE_URL"].startswith("postgresql://planner:of-the-owner@")
    assert migrate["environment"]["APPLICATION_PASSWORD"] == "of-the-application"
    assert "manage.py migrate --no-input && python manage.py grant_role planner_app --create" in migrate["command"][-1]


@pytest.mark.parametrize("name", sorted(FILLED))
def test_no_secret_and_no_address_has_a_default(name: str) -> None:
    done = compose("config", **{key: value for key, value in FILLED.items() if key != name})
    assert done.returncode != 0
    assert name in done.stderr


def test_the_example_of_the_environment_names_each_of_them_and_fills_in_none() -> None:
    lines = [line for line in (DOCKER / "env.example").read_text().splitlines() if line and not line.startswith("#")]
    assert sorted(lines) == sorted(f"{name}=" for name in FILLED)


def test_what_compose_hands_to_the_product_starts_it() -> None:
    services = yaml.safe_load(compose("config", **{**FILLED, **SECRETS}).stdout)["services"]
    environment = {"DJANGO_SETTINGS_MODULE": "migration_planner.config.settings", **services["web"]["environment"]}
    command = [sys.executable, "-m", "django", "check", "--deploy"]
    whole = {"PATH": os.environ["PATH"], **environment}
    done = subprocess.run(command, cwd=ROOT, env=whole, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_dockerfile_passes_its_linter() -> None:
    done = subprocess.run([BIN / "hadolint", DOCKER / "Dockerfile"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


def test_everything_the_dockerfile_copies_exists_and_reaches_the_builder() -> None:
    text = (DOCKER / "Dockerfile").read_text()
    let_through = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    sources = set(re.findall(r"^COPY (?!--from)(\S+)", text, re.MULTILINE))
    assert sources == let_through
    assert [name for name in sources if not (ROOT / name).exists()] == []
    assert re.search(r"^USER 10001$", text, re.MULTILINE)


def test_the_health_check_asks_by_an_allowed_name() -> None:
    program = "import health; print(health.ask(1))"
    environment = {"PATH": os.environ["PATH"], "ALLOWED_HOSTS": ".acme.example"}
    done = subprocess.run([sys.executable, "-c", program], cwd=DOCKER, env=environment, capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr
