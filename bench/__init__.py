"""Measurements of PhotoFinder: `python -m bench [GROUP…]` prints one table.

See `rows.py` for how to add a row.
"""
