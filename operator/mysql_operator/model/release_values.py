"""The values of the bundled chart that no user writes: the operator's own part.

Plain helm works with the defaults here; the operator sets them for each release.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mysql_operator.model.parts import Amount, Part

SMALL_REQUESTS: dict[str, Amount] = {"cpu": "50m", "memory": "64Mi"}
"""What the pod of a Job needs for itself."""


class Credentials(Part):
    """Names only: a password is never a value."""

    secret_name: Annotated[
        str,
        Field(
            description="Secret with the key root-password and, optionally, user-password and "
            "operator-password (of the account mysql_operator, which Jobs and probes use; without "
            "it that account has the password of root). Empty: RELEASE-credentials. The chart "
            "never makes it."
        ),
    ] = ""
    root_password_version: Annotated[
        str,
        Field(
            description="Changes with the passwords of root and of mysql_operator and restarts "
            "the server, which takes the new ones at its start. Never a password, nor a plain hash "
            "of one."
        ),
    ] = ""
    user_password_version: Annotated[
        str,
        Field(
            description="Changes with the password of the application user; an annotation of the "
            "Job that applies it (otus.homework/user-password-version)."
        ),
    ] = ""


class JobRequests(Part):
    """What the scheduler reserves for the pod of a Job."""

    cpu: Annotated[Amount, Field(description="CPU, for instance 50m.")] = SMALL_REQUESTS["cpu"]
    memory: Annotated[Amount, Field(description="Memory, for instance 64Mi.")] = SMALL_REQUESTS[
        "memory"
    ]


class Jobs(Part):
    """The pods of the Jobs."""

    requests: Annotated[
        JobRequests,
        Field(
            description="What the scheduler reserves for the pod of a Job. The operator sets what "
            "the server asks for, up to 500m of CPU and 512Mi of memory, so that a Job meets the "
            "limit ranges that the server meets."
        ),
    ] = JobRequests()


class Hooks(Part):
    """Which Jobs the coming install or upgrade runs. All of them may safely run again."""

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
            description="Run the restore Job. It does nothing where the database is complete; the "
            "server is not ready before it has run once."
        ),
    ] = True
    expect_data: Annotated[
        bool,
        Field(
            description="The database was complete before: the restore Job refuses to fill an "
            "empty volume from a backup, which may be older."
        ),
    ] = False
    change_user_password: Annotated[
        bool, Field(description="Run the Job that gives the application user its password.")
    ] = False


class ReleaseValues(Part):
    """The operator's part of the values."""

    object_uid: Annotated[
        str,
        Field(
            description="UID of the MySQL object that the release is made for: an annotation of "
            "its Jobs (otus.homework/object-uid), so that none is taken for one of an earlier "
            "object of that name."
        ),
    ] = ""
    credentials: Annotated[Credentials, Field(description="Where the passwords are.")] = (
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
    jobs: Annotated[Jobs, Field(description="The pods of the Jobs.")] = Jobs()
    hooks: Annotated[Hooks, Field(description="Which Jobs the coming install or upgrade runs.")] = (
        Hooks()
    )
