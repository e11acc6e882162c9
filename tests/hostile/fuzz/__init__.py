"""Fuzz targets: every parser that sees a stranger's bytes, searched by what of it runs."""
