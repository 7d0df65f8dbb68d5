"""What the tests against a real cluster share: the user's own commands, builders and deadlines."""
