"""Tests of what trains any model."""
