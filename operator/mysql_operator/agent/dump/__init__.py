"""The method Dump: one SQL file, written, proven and loaded back."""
