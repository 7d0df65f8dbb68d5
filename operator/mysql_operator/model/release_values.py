"""The values of the bundled chart that no user writes: the operator's own part.

Plain helm works with the defaults here; the operator sets them for each release.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mysql_operator.model.network import InstanceNetworkPolicy
from mysql_operator.model.parts import Amount, ImagePullPolicy, LocalObjectReference, Part

SMALL_REQUESTS: dict[str, Amount] = {"cpu": "50m", "memory": "64Mi"}
"""What the pod of a Job needs for itself."""


class Credentials(Part):
    """Names only: a password is never a value."""

    secret_name: Annotated[
        str,
        Field(
            description="Secret with the key root-password and, optionally, user-password and "
            "operator-password (of the account mysql_operator, which Jobs and probes use; without "
            "it that account has the root password). RELEASE-credentials when empty. The chart "
            "never creates it."
        ),
    ] = ""
    root_password_version: Annotated[
        str,
        Field(
            description="Version of the passwords of root and mysql_operator. A change restarts "
            "the server, which sets the new passwords at its start. Never a password, nor a hash "
            "of one."
        ),
    ] = ""
    user_password_version: Annotated[
        str,
        Field(
            description="Version of the application user's password, in an annotation of the Job "
            "that applies it (otus.homework/user-password-version)."
        ),
    ] = ""


class Agent(Part):
    """The backup agent, which is in the operator's image."""

    image: Annotated[
        str,
        Field(
            description="Image of the agent, which is the operator's: mysql-operator with the "
            "version of this chart as its tag when empty. It takes and restores backups and sets "
            "passwords in the Jobs; a change restarts no server. The operator sets its own image."
        ),
    ] = ""
    pull_policy: Annotated[
        ImagePullPolicy,
        Field(description="When the kubelet pulls it: Always, IfNotPresent or Never."),
    ] = ImagePullPolicy.IF_NOT_PRESENT
    pull_secrets: Annotated[
        list[LocalObjectReference],
        Field(
            description="Secrets of the release's namespace with credentials of its registry, "
            "beside imagePullSecrets."
        ),
    ] = []


class JobRequests(Part):
    """Requests of a container of a Job's pod."""

    cpu: Annotated[Amount, Field(description="CPU, for instance 50m.")] = SMALL_REQUESTS["cpu"]
    memory: Annotated[Amount, Field(description="Memory, for instance 64Mi.")] = SMALL_REQUESTS[
        "memory"
    ]


class Jobs(Part):
    """Pods of the Jobs."""

    requests: Annotated[
        JobRequests,
        Field(
            description="Requests of each container of a Job's pod. The operator sets them to "
            "what the server requests, up to 500m of CPU and 512Mi of memory, so that a Job meets "
            "the limit ranges that the server meets."
        ),
    ] = JobRequests()


class Hooks(Part):
    """Jobs that the next install or upgrade runs. Each may safely run again."""

    check: Annotated[
        bool,
        Field(
            description="Run the check Job before an upgrade: it tries the new image and the new "
            "my.cnf in a pod of its own. Where it fails, the upgrade fails and the running server "
            "is not touched. An install has nothing to protect and runs no check."
        ),
    ] = True
    current_version: Annotated[
        str,
        Field(
            description="Version of MySQL that has last used the data, for instance 8.4.3: the "
            "check Job refuses an image that cannot take the data over. Empty: not checked."
        ),
    ] = ""
    check_requests: Annotated[
        dict[str, Amount],
        Field(
            description="CPU and memory that the check Job asks for. The operator asks for what "
            "the new server needs more than the running one, so that a server which fits no node "
            "is refused."
        ),
    ] = SMALL_REQUESTS
    restore: Annotated[
        bool,
        Field(
            description="Run the restore Job. It changes nothing in a complete database; a new "
            "server becomes ready only after it has run once."
        ),
    ] = True
    expect_data: Annotated[
        bool,
        Field(
            description="The database was complete before: the restore Job refuses to restore a "
            "backup into an empty volume, because the backup may be older than the lost data."
        ),
    ] = False
    change_user_password: Annotated[
        bool, Field(description="Run the Job that sets the application user's password.")
    ] = False


class ReleaseValues(Part):
    """The operator's part of the values."""

    object_uid: Annotated[
        str,
        Field(
            description="UID of the MySQL object of this release, in an annotation of its Jobs "
            "(otus.homework/object-uid): it tells them from Jobs of an earlier object of that name."
        ),
    ] = ""
    credentials: Annotated[Credentials, Field(description="Secret with the passwords.")] = (
        Credentials()
    )
    server_digest: Annotated[
        str,
        Field(
            description="Digest of what the server is made from: an annotation of the Deployment "
            "(otus.homework/server-digest), by which the operator knows whether an upgrade needs "
            "the check Job."
        ),
    ] = ""
    agent: Annotated[Agent, Field(description="The backup agent.")] = Agent()
    jobs: Annotated[Jobs, Field(description="Pods of the Jobs.")] = Jobs()
    network_policy: Annotated[
        InstanceNetworkPolicy, Field(description="Who may connect to the database.")
    ] = InstanceNetworkPolicy()
    hooks: Annotated[Hooks, Field(description="Jobs that the next install or upgrade runs.")] = (
        Hooks()
    )
