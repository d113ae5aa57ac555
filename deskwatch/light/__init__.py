"""A status lamp for a board: which light, and the ways it leaves this machine. See ``gui.py light``."""
