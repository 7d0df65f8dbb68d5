"""Look at the database as an application does: `mysql-operator agent test-service`.

`helm test` runs it. It connects to the Service of the clients, and changes nothing.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from mysql_operator import names
from mysql_operator.agent import markers
from mysql_operator.agent.settings import MYSQL_PORT, Settings
from mysql_operator.agent.sql import inventory, sessions
from mysql_operator.errors import OperatorError
from mysql_operator.model.receipts import ServiceReceipt

logger = logging.getLogger(__name__)


def test_service(settings: Settings) -> ServiceReceipt:
    """Connect, and find the database complete.

    Raises:
        OperatorError: NoDatabase, NotRestored, or why nobody can connect.
    """
    door = replace(settings.door(), ports=(MYSQL_PORT,))
    with sessions.connect_within(door, settings.wait_seconds) as session:
        if settings.database not in inventory.schemas(session):
            raise OperatorError(
                "NoDatabase",
                f"the server has no database {settings.database}; restart its pod, which makes it",
            )
        if markers.state(session) != markers.COMPLETE:
            job = names.restore_job(settings.instance)
            raise OperatorError("NotRestored", f"the restore is not complete; see job/{job}")
        for table in inventory.contents(session):
            logger.info("%s.%s: %d rows", table.schema_name, table.table, table.rows)
        return ServiceReceipt(server_version=str(session.version))
