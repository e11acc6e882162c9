"""Tests of the technician's guide: its pictures, its cards and its notices."""
