"""The method Clone: the data files themselves, copied by MySQL's clone plugin."""
