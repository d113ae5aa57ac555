"""The desk of the dashboard's tests: a lamp looks at the same files."""

from tests.web.conftest import desk, make_desk

__all__ = ["desk", "make_desk"]
