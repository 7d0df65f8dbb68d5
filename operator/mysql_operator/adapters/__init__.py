"""The only input and output: the Kubernetes API, processes (helm, the agent), HTTP."""
