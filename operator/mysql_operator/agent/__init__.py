"""What the hook Jobs run: back up, restore, set passwords. Speaks SQL, never Kubernetes."""
