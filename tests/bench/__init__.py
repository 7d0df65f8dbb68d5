"""How long things take and what they cost, as a table: `make bench`. Nothing is asserted here."""
