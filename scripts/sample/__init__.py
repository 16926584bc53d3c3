"""The sample shop: the exports of an invented French retailer, defects included.

`python -m scripts.sample [FOLDER]` writes it. The same bytes come out on every run and every
supported Python: only `random.Random.random()` is drawn from (its sequence is guaranteed), no
float is ever printed, and nothing depends on the order of a set or on the locale.
"""
