"""The signing service's certificates count whatever the clock said when they were made."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509

from mysql_operator.adapters import certificates


def an_authority() -> str:
    """The certificate of one, in PEM."""
    return certificates.new_authority().certificate


@pytest.mark.parametrize("year", [2021, 2026, 2100])
def test_the_authority_counts_at_any_time(year: int) -> None:
    authority = certificates.new_authority()
    certificate = x509.load_pem_x509_certificate(authority.certificate.encode())
    moment = datetime(year, 1, 1, tzinfo=UTC)

    assert certificate.not_valid_before_utc < moment < certificate.not_valid_after_utc
    assert certificates.serving(authority, ["mysql-operator.ns.svc"]).cert_store_stats() is not None
