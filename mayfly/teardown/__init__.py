"""Teardown: one lister and remover a kind of thing, one loop, and a receipt that says what became of all.

What is the same on every cloud is here; `azure` and `aws` each have a `Teardown`.
"""

from mayfly.teardown.receipt import Receipt
from mayfly.teardown.stack import Stack
from mayfly.teardown.teardown import TeardownTarget

__all__ = ["Receipt", "Stack", "TeardownTarget"]
