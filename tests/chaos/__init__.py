"""Faults, injected into real operations on a real cluster, and what they cost."""
