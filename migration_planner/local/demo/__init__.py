"""The demo: an invented company over the structure of a real organisation, with a ban in full swing, one over, one in draft."""

from migration_planner.local.demo.load import ensure, load

__all__ = ["ensure", "load"]
