"""Tests against published vectors and photographs."""
