"""Whose certificates the agent trusts."""

from __future__ import annotations

import ssl


def trusting(ca_bundle: str | None) -> ssl.SSLContext:
    """Trust the authorities of the image, and those of a bundle (PEM) beside them.

    Raises:
        ValueError: these are no certificates.
    """
    context = ssl.create_default_context()
    if ca_bundle:
        context.load_verify_locations(cadata=ca_bundle)
    return context
