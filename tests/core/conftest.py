"""Laws are checked without a time limit for each example: a year of opening hours is worked out only once."""

from hypothesis import settings

settings.register_profile("deskwatch", deadline=None)
settings.load_profile("deskwatch")
