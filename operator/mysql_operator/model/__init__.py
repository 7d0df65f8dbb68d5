"""The one description of what users may write and of what the operator reports."""
