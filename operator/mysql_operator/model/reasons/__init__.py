"""The catalogue of reasons: what each means, what it costs, and what to do."""
