"""A year of bans in the database, as a company would have lived it: for the demo, for tests that count again, and for judging
forecasts over bans that the product itself has kept. Seeded; no mail ever leaves the machine.

What people do is planned and written by statements over sets, which leave what the product's own functions would: marks with
their events, counters, kept days. What owners, leads and the clock do goes by those functions themselves.
"""
