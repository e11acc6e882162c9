"""Releases for gates: a repository of plain files, signed as TUF says, and the orders that name one of them."""
