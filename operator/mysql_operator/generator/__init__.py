"""Makes the CRD and both charts (templates, values, schemas, README tables, RBAC) from models."""
