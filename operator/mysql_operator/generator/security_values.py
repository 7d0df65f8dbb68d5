"""The values of the operator's chart that say who may do what."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from mysql_operator.model.network import Peer
from mysql_operator.model.parts import ObjectName, Part

AllowedImage = Annotated[
    str, StringConstraints(min_length=2, max_length=255, pattern=r"^[-a-zA-Z0-9._/:@]+$")
]


class Rbac(Part):
    """What the users of a cluster may do with MySQL objects."""

    user_roles: Annotated[
        bool,
        Field(
            description="Make the ClusterRoles mysql-operator-view (read MySQL, MySQLBackup, "
            "MySQLRestore and storage objects) and mysql-operator-edit (also create, change and "
            "delete them), to be bound in the namespaces of your teams."
        ),
    ] = True
    aggregate: Annotated[
        bool,
        Field(
            description="Add the rights of mysql-operator-edit to Kubernetes' own roles edit and "
            "admin. Nothing is added to view: spec.password may hold a plain password, and view "
            "must not read passwords. Bind mysql-operator-view where only passwordSecretRef is "
            "used."
        ),
    ] = True


class Policies(Part):
    """What the API server refuses on behalf of this chart."""

    own_account: Annotated[
        bool,
        Field(
            description="Limit what the operator's own ServiceAccount may write, beyond what RBAC "
            "can say: Secrets only as helm releases, NAME-credentials and NAME-agent-registry, and "
            "once mysql-operator-signing in its own namespace; pods only without a token for the "
            "API server, without host access, and under the default ServiceAccount (Jobs also "
            "under those of jobServiceAccounts); nothing of other people; nothing else in kube-* "
            "namespaces, nor in the operator's own unless it is listed in namespaces. Needs the "
            "right to make a ValidatingAdmissionPolicy, which is cluster-wide."
        ),
    ] = True
    job_service_accounts: Annotated[
        list[ObjectName],
        Field(
            description="Names of ServiceAccounts that Jobs may run under beside the default one: "
            "what serviceAccountName of a MySQLBackupStorage may say while ownAccount is true. An "
            "operator that was taken over could make pods under each of them in every namespace."
        ),
    ] = []  # noqa: RUF012 - pydantic copies it for each object
    final_backup: Annotated[
        bool,
        Field(
            description="Refuse to anybody but the operator to remove the finalizer of an object "
            "with deletionPolicy Backup, which would skip the final backup. The way out is the "
            "annotation otus.homework/give-up-final-backup; without an operator, set this to "
            "false. Needs the right to make a ValidatingAdmissionPolicy."
        ),
    ] = True


class NetworkPolicy(Part):
    """NetworkPolicies of the operator and of the databases."""

    enabled: Annotated[
        bool,
        Field(
            description="Make a NetworkPolicy for the operator, which takes connections on its "
            "ports for health and metrics alone, and one for each database: applications reach it "
            "from `clients`, and its port for administration is for its own Jobs. A cluster whose "
            "network plugin knows no NetworkPolicy ignores them, and no plugin has been run "
            "against them in the tests of this chart: try them on yours first. Teams may add "
            "NetworkPolicies of their own, which allow more."
        ),
    ] = False
    clients: Annotated[
        list[Peer] | None,
        Field(
            description="Where applications may connect to databases from; empty: all pods of the "
            "database's own namespace."
        ),
    ] = None
