"""Where things lie on disk: the ticket folder, its mirror in memory, heartbeats and locks.

Every write goes through ``atomic``; a test finds any other.
"""
