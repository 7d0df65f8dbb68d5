"""Who may connect to a database, in the words of Kubernetes' NetworkPolicy."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from mysql_operator.model.parts import Part


class Peer(Part):
    """Where connections may come from, as in every NetworkPolicy."""

    pod_selector: Annotated[
        dict[str, Any] | None, Field(description="Labels of pods, as in every NetworkPolicy.")
    ] = None
    namespace_selector: Annotated[
        dict[str, Any] | None,
        Field(description="Labels of namespaces; without it, the database's own namespace."),
    ] = None
    ip_block: Annotated[
        dict[str, Any] | None, Field(description="A range of addresses outside the cluster.")
    ] = None


class InstanceNetworkPolicy(Part):
    """The NetworkPolicy of a database."""

    enabled: Annotated[
        bool,
        Field(
            description="Make a NetworkPolicy: applications reach the database from `clients` "
            "alone, and the port for administration is for the Jobs of this database. A cluster "
            "whose network plugin knows no NetworkPolicy ignores it."
        ),
    ] = False
    clients: Annotated[
        list[Peer] | None,
        Field(
            description="Where applications may connect from; empty: all pods of the database's "
            "own namespace."
        ),
    ] = None
