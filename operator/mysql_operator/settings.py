"""What the operator's surroundings tell it, read once at start-up from the environment."""

from __future__ import annotations

import enum
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, Json, ValidationError

from mysql_operator.errors import SettingsError

PREFIX = "MYSQL_OPERATOR_"


class SecretRefs(enum.StrEnum):
    """Which Secrets of an object's namespace passwordSecretRef may name."""

    LABELLED = "Labelled"
    ANY = "Any"


class Settings(BaseModel):
    """Each field is the environment variable MYSQL_OPERATOR_<FIELD>."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    chart: Annotated[Path, Field(description="Folder of the bundled instance chart.")]
    namespaces: Annotated[
        str, Field(description="Namespaces to serve, with commas between; empty for all of them.")
    ] = ""
    helm_slots: Annotated[
        int,
        Field(ge=1, le=100, description="How many helm commands may work at once; ~50 MB each."),
    ] = 8
    helm_waiting: Annotated[
        int,
        Field(
            ge=1,
            le=1000,
            description="How many more may wait for the Job of a hook, such as a long restore.",
        ),
    ] = 100
    resync_seconds: Annotated[
        float,
        Field(ge=1, description="Seconds between two looks at an object that nothing happens to."),
    ] = 900
    shutdown_seconds: Annotated[
        float,
        Field(ge=0, description="Seconds that running helm commands get to finish on SIGTERM."),
    ] = 20
    own_namespace: Annotated[
        str,
        Field(
            description="Namespace of the operator's own pod: of its Lease, its pull secrets and "
            "the keys of shared stores; empty for one process outside a cluster, which needs no "
            "election."
        ),
    ] = ""
    secret_refs: Annotated[SecretRefs, Field(description="Which Secrets objects may name.")] = (
        SecretRefs.LABELLED
    )
    network_policy: Annotated[
        Json[dict[str, Any]],
        Field(description="The value `networkPolicy` of every release, as JSON."),
    ] = {}
    agent: Annotated[
        Json[dict[str, Any]],
        Field(description="The value `agent` of every release, as JSON: this operator's image."),
    ] = {}
    pull_secrets: Annotated[
        str,
        Field(
            description="Pull secrets of its image in the operator's namespace, with commas "
            "between, to be copied for the Jobs of the databases."
        ),
    ] = ""
    health_port: Annotated[int, Field(ge=1, le=65535, description="Port of /healthz.")] = 8080
    metrics_port: Annotated[
        int, Field(ge=0, le=65535, description="Port of /metrics; 0 for none.")
    ] = 0
    signing_port: Annotated[
        int,
        Field(
            ge=0,
            le=65535,
            description="Port of the service that signs requests to the stores of "
            "ClusterMySQLBackupStorage objects; 0 for none.",
        ),
    ] = 0
    signing_host: Annotated[
        str, Field(description="Name by which the Jobs of all namespaces reach that service.")
    ] = "localhost"
    signing_token_dir: Annotated[
        Path, Field(description="Folder with a token of the operator's own pod for that service.")
    ] = Path("/var/run/secrets/mysql-operator")
    log_level: Annotated[str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"
    identity: Annotated[
        str, Field(max_length=63, description="Name of this process, for instance the pod's.")
    ] = "mysql-operator"

    @property
    def served_namespaces(self) -> list[str]:
        """The namespaces one by one; empty for all of them."""
        return _listed(self.namespaces)

    @property
    def given_values(self) -> dict[str, Any]:
        """Values of every release that are set here."""
        values = {"agent": self.agent, "networkPolicy": self.network_policy}
        return {name: value for name, value in values.items() if value}

    @property
    def copied_pull_secrets(self) -> list[str]:
        """The pull secrets one by one."""
        return _listed(self.pull_secrets)


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Raises:
        SettingsError: a variable is missing or malformed; the message names it.
    """
    fields = {
        name: environment[PREFIX + name.upper()]
        for name in Settings.model_fields
        if PREFIX + name.upper() in environment
    }
    try:
        return Settings.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        variable = PREFIX + str(first["loc"][0]).upper()
        raise SettingsError("SettingsInvalid", f"{variable}: {first['msg']}") from error
