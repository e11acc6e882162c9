"""The desk that the tests of this folder share."""

from tests.unit.commands.desk import desk

__all__ = ["desk"]
