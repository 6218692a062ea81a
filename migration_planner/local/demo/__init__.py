"""The demo: an invented company over the structure of a real organisation, with bans over, in force and in draft (load.py)."""
