"""Objects that ask for one Job each: backups on demand, restores in place, removals."""
