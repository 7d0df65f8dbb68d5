"""What a pass observes: facts read from the API's objects, gathered for one decision."""
