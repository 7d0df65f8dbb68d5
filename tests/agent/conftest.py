"""The databases of tests/scripts, and pods of the agent beside them."""

from tests.scripts.conftest import make_instance, network, root_file_system

__all__ = ["make_instance", "network", "root_file_system"]
