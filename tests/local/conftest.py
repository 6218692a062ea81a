import pytest


@pytest.fixture
def production() -> dict[str, str]:
    """A complete production environment, at whose addresses nothing answers."""
    return {
        "DATABASE_URL": "postgresql://planner@/planner?host=/nowhere",
        "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "MAIL_FROM": "Migration Planner <planner@acme.example>",
        "SECRET_KEY": "q7" * 10 + "-a long and quite unguessable word of the tests-" + "z3" * 10,
        "TOKEN_PEPPER": "z3" * 10 + "-another long and unguessable word of the tests-" + "q7" * 10,
        "BASE_URL": "https://planner.acme.example",
        "ALLOWED_HOSTS": "planner.acme.example",
    }
