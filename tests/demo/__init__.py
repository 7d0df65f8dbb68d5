"""The walk-through, told on the terminal: `make demo`. Only the standard library is needed."""
