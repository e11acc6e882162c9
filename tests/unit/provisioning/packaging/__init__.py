"""Tests of the package: what is pure about it, and what is kept between builds."""
