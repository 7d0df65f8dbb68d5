"""The addresses inside the cluster's own network namespace: nothing outside can collide."""

NODE_NAME = "node-1"
NODE_IP = "10.250.0.1"
NODE_GATEWAY = "10.250.0.254"
PODS = "10.244.0.0/16"
SERVICES = "10.96.0.0/16"
API_SERVICE_IP = "10.96.0.1"
API_PORT = 6443
API_URL = f"https://127.0.0.1:{API_PORT}"
DOMAIN = "cluster.local"
CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
