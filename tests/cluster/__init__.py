"""The Kubernetes that the tests run on: `python3 -m tests.cluster up`.

Only the standard library is used, so that it runs before any virtual environment exists.
"""
