"""The only input and output: helm and the Kubernetes API."""
