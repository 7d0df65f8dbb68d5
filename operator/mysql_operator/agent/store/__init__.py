"""Where backups are kept, a claim or a bucket, and how a file gets there and back."""
