"""Carrying over: a patch to review for what moves by renaming and safe substitution, and what becomes of all the rest."""
