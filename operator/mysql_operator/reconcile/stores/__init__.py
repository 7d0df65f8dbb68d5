"""The stores of backups: who may use them, whether they work, and who signs for them."""
