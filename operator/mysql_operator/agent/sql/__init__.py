"""What the agent knows of MySQL as a server: sessions, errors, names, what is on it."""
