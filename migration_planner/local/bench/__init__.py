"""How fast the product is, as ratios to a floor measured in the same run on the same machine.

A floor is the least work that could give the same: a bare statement for the work of the database, a view with session,
sign-in and one statement for a page. Seconds depend on the machine; ratios travel.
"""
