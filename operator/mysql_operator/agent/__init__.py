"""What the Jobs run, and the operator itself for a check: backup, restore, drill, removal.

Speaks SQL and to object stores, never Kubernetes.
"""
