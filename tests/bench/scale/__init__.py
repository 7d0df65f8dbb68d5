"""Measures the operator with hundreds of databases, on nodes on which nothing really runs."""
