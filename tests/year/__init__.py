"""Counting a simulated time again; the tests that call this are in tests/steering/test_a_year.py."""

import pytest

pytest.register_assert_rewrite(
    *(f"tests.year.{name}" for name in ("figures", "files", "lists", "mails", "past", "people", "risks"))
)
