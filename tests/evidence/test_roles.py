"""The application's role of the database: it can do its work, and cannot rewrite history, by whatever statement."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from migration_planner.evidence import roles
from migration_planner.evidence.sealing import seal_all
from migration_planner.evidence.verifying import verify
from migration_planner.lib.errors import DomainError
from migration_planner.lib.statements import rows, run
from migration_planner.people.roster import staging
from migration_planner.planning import freezing, publishing, rosters
from migration_planner.planning.models import Event, Mark, PersonAtCutoff
from migration_planner.reminders.models import Attempt
from migration_planner.reminders.ticking import tick

#: Made and gone with the transaction of each test; roles belong to the whole cluster, which other workers of the tests use too.
APPLICATION = "application_of_{database}"
GUARDED = """
    SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE NOT tgisinternal AND (tgtype & 2) = 2 AND (tgtype & 16) = 16 AND prosrc LIKE '%%RAISE EXCEPTION%%' ORDER BY 1
"""


@pytest.fixture
def application(db: None) -> str:
    name = APPLICATION.format(database=connection.settings_dict["NAME"])
    run(f'CREATE ROLE "{name}" LOGIN')
    roles.grant(name)
    return name


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    run(f'SET ROLE "{role}"')
    try:
        yield
    finally:
        run("RESET ROLE")


def refused_to(role: str, statement: str) -> None:
    refused = r"permission denied|must be owner"
    with acting_as(role), pytest.raises(DatabaseError, match=refused), transaction.atomic():
        run(statement)


@pytest.fixture
def notices() -> Iterator[list[str]]:
    """What PostgreSQL says beside its answers, such as that it has left out a table."""
    said: list[str] = []
    connection.ensure_connection()
    handler: Callable[[Any], None] = lambda diagnostic: said.append(diagnostic.message_primary or "")  # noqa: E731
    connection.connection.add_notice_handler(handler)
    yield said
    connection.connection.remove_notice_handler(handler)


def test_the_application_lives_through_a_ban_as_a_role_that_owns_nothing(
    draft: Any, owner: Any, employee: Any, mailbox: Any, now: datetime, application: str, notices: list[str]
) -> None:
    people = [("olga", "Acme"), ("lee", "Acme/Engineering/Search"), ("eve", "Acme/Engineering/Search"), ("new", "Acme")]
    file = "email,name,team\n" + "".join(f"{name}@acme.example,{name},{team}\n" for name, team in people)
    with acting_as(application):
        rosters.apply_roster(staging.stage(BytesIO(file.encode()), name="a.csv", by=owner, now=now), by=owner, now=now)
        publishing.publish(draft, by=owner, now=now)
        checklist = draft.checklists.get(person=employee)
        checklist.mark(draft.steps.per_person()[0], Mark.State.DONE, by=employee, now=now)
        tick(now=now + timedelta(days=1))
        assert freezing.freeze_all(now=draft.cutoff_at + timedelta(minutes=1)) == 1
        assert seal_all(now=now + timedelta(days=1)) == Event.objects.count() >= 3
        assert [chain.findings for chain in verify()] == [[], []]
    assert mailbox.raw
    assert Attempt.objects.count() == len(mailbox.raw)
    assert PersonAtCutoff.objects.count() == 4
    assert [words for words in notices if "permission denied" in words] == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET id = id",
        "DELETE FROM {table}",
        "TRUNCATE {table} CASCADE",
        "ALTER TABLE {table} DISABLE TRIGGER ALL",
        "SELECT * FROM {table} FOR UPDATE",
        "DROP TABLE {table} CASCADE",
        "CREATE TRIGGER mine BEFORE INSERT ON {table} EXECUTE FUNCTION evidence_refuse_to_rewrite()",
    ],
)
def test_it_can_not_rewrite_what_is_only_added_to(application: str, statement: str) -> None:
    for table in roles.ADDED_TO:
        refused_to(application, statement.format(table=table))


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "CREATE TABLE mine (id int)",
        "CREATE OR REPLACE FUNCTION evidence_refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "DROP FUNCTION evidence_refuse_to_rewrite() CASCADE",
        "DELETE FROM planning_atcutoff",
        "TRUNCATE people_user CASCADE",
        "ALTER TABLE people_user ADD mine int",
        "DELETE FROM django_migrations",
        "GRANT UPDATE ON planning_event TO CURRENT_USER; UPDATE planning_event SET id = id",
    ],
)
def test_it_can_not_change_the_schema_or_help_itself(application: str, statement: str) -> None:
    refused_to(application, statement)


def test_every_table_with_a_trigger_against_rewriting_is_kept_from_the_application(db: None) -> None:
    guarded = {name for (name,) in rows(GUARDED)}
    assert guarded == {*roles.ADDED_TO, *roles.STAY}


def test_all_tables_that_are_analysed_are_there_and_may_be(application: str) -> None:
    with acting_as(application):
        run(f"ANALYZE {', '.join(roles.ANALYZED)}")


def test_granting_again_changes_nothing_and_takes_back_what_was_too_much(application: str) -> None:
    before = rows("SELECT relname, relacl::text FROM pg_class WHERE relacl IS NOT NULL ORDER BY 1")
    run(f'GRANT UPDATE (why), DELETE ON planning_event TO "{application}"')
    run(f'GRANT TRUNCATE ON evidence_seal TO "{application}"')
    assert roles.rewritable(application) == ["evidence_seal", "planning_event"]
    assert roles.grant(application) is False
    assert roles.rewritable(application) == []
    assert rows("SELECT relname, relacl::text FROM pg_class WHERE relacl IS NOT NULL ORDER BY 1") == before


def test_tables_of_later_versions_can_be_used_at_once(application: str) -> None:
    run("CREATE TABLE later (id bigint GENERATED BY DEFAULT AS IDENTITY, words text)")
    with acting_as(application):
        run("INSERT INTO later (words) VALUES ('x')")
        run("UPDATE later SET words = 'y'")


@pytest.mark.parametrize("more", ["SUPERUSER", "CREATEROLE"])
def test_a_role_that_could_undo_any_limit_is_refused(application: str, more: str) -> None:
    run(f'ALTER ROLE "{application}" {more}')
    with pytest.raises(DomainError, match="superuser or may make roles"):
        roles.grant(application)


def test_whoever_owns_the_tables_or_may_act_as_their_owner_is_refused(application: str) -> None:
    run(f'CREATE ROLE "{application}_owner"')
    run(f'ALTER TABLE planning_event OWNER TO "{application}_owner"')
    run(f'GRANT "{application}_owner" TO "{application}"')
    for role in (application, f"{application}_owner"):
        with pytest.raises(DomainError, match="owns the tables, or may act as"):
            roles.grant(role)


def test_a_way_around_by_everybody_or_by_another_role_is_named(application: str) -> None:
    with transaction.atomic():
        run("GRANT DELETE ON planning_event TO PUBLIC")
        with pytest.raises(DomainError, match="still rewrite planning_event, by a grant to PUBLIC"):
            roles.grant(application)
        run("REVOKE DELETE ON planning_event FROM PUBLIC")
    run(f'GRANT pg_write_all_data TO "{application}"')
    with pytest.raises(DomainError, match="could still rewrite evidence_seal, planning_atcutoff, planning_comment"):
        roles.grant(application)


def test_the_one_who_grants_owns_the_tables(application: str) -> None:
    run(f'CREATE ROLE "{application}_other"')
    with acting_as(application), pytest.raises(DomainError, match="Run this as the role that owns the tables"):
        roles.grant(f"{application}_other")


def test_an_owner_who_may_not_make_roles_is_told_to_let_somebody_else(application: str) -> None:
    run(f'CREATE ROLE "{application}_owner"')
    for (table,) in rows("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"):
        run(f'ALTER TABLE {table} OWNER TO "{application}_owner"')
    refused = "Let somebody make planner_other"
    with acting_as(f"{application}_owner"), pytest.raises(DomainError, match=refused), transaction.atomic():
        roles.grant("planner_other", password="a long one of the tests")


def test_the_command_makes_a_role_with_the_password_of_the_environment_or_says_what_to_do(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = APPLICATION.format(database=connection.settings_dict["NAME"]) + "_made"
    with pytest.raises(CommandError, match="There is no role"):
        call_command("grant_role", name)
    monkeypatch.setenv("APPLICATION_PASSWORD", "short")
    with pytest.raises(CommandError, match="APPLICATION_PASSWORD is not set, or shorter than 16"):
        call_command("grant_role", name, "--create")
    out = StringIO()
    for password in ("the first of its passwords", "another of its passwords"):
        monkeypatch.setenv("APPLICATION_PASSWORD", password)
        call_command("grant_role", name, "--create", stdout=out)
    assert "was made, and can add to history" in out.getvalue()
    [(kept, may_sign_in)] = rows("SELECT rolpassword, rolcanlogin FROM pg_authid WHERE rolname = %(name)s", name=name)
    assert kept.startswith("SCRAM-SHA-256$")
    assert may_sign_in


def test_who_could_rewrite_history_is_known(application: str) -> None:
    assert roles.rewritable(application) == []
    assert roles.rewritable() == sorted([*roles.ADDED_TO, *roles.STAY])
    with acting_as(application):
        assert roles.rewritable() == []


def test_an_installation_that_works_as_the_owner_is_warned_and_auditors_are_told(
    application: str, settings: Any
) -> None:
    def warned() -> list[str]:
        found = run_checks(databases=["default"], include_deployment_checks=True)
        return [message.id for message in found if message.id == "evidence.W001"]

    def said() -> str:
        out = StringIO()
        call_command("verify_history", stdout=out, stderr=out)
        return out.getvalue()

    assert warned() == []  # local mode has one role
    settings.LOCAL_MODE = False
    assert warned() == ["evidence.W001"]
    assert "could also change history: docs/operating.md" in said()
    with acting_as(application):
        assert warned() == []
        assert "could also change history" not in said()
