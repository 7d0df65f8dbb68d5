"""From what users wrote to what helm and Kubernetes are given; pure functions only."""
