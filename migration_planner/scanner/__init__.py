"""The scanner: finds what a team built on a banned tool, says what carries over, and writes a patch that carries it.

It stands alone: Python 3.8 or newer and the standard library, nothing of the product, so that it can be handed out as
one file (`building.build`). What it looks for are detectors, which are data. It reports rules, paths, lines and numbers;
never the content of a file and never the value of a secret.
"""

#: The version of the report's form. A reader refuses one it does not know.
FORMAT = 1
VERSION = "1.0"
