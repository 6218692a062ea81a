"""Counting a simulated quarter again; the tests that call this are in tests/steering/test_a_year.py."""
