"""The mail catcher: takes every mail of local mode, sends none on, and shows them in the browser."""
