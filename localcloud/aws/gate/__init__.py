"""The gate before MiniStack: runs in MiniStack's own environment, and imports nothing but it and the server.

MiniStack answers; the gate decides who may ask at all, notes who asked what, and makes good where MiniStack
lets through what AWS refuses.
"""
