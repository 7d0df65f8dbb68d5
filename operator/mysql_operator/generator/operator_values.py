"""The values of the operator's own chart."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from mysql_operator.model.parts import LocalObjectReference, ObjectName, Part, Resources, Toleration

Namespace = Annotated[
    str, StringConstraints(max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
]


class Image(Part):
    """The operator's image."""

    repository: Annotated[
        str, Field(min_length=1, description="Image of the operator, without its tag.")
    ] = "mysql-operator"
    tag: Annotated[str, Field(description="Tag of the image; empty: the chart's appVersion.")] = ""
    pull_policy: Annotated[
        str,
        Field(
            pattern="^(Always|IfNotPresent|Never)$",
            description="When the kubelet asks the registry for the image.",
        ),
    ] = "IfNotPresent"


class Crds(Part):
    """The definition of MySQL objects."""

    install: Annotated[
        bool,
        Field(
            description="Install and upgrade the CustomResourceDefinition with this release. It is "
            "never removed by helm, since all MySQL objects would go with it. Set it to false "
            "where something else brings the definition."
        ),
    ] = True


class Warnings(Part):
    """What users are warned about."""

    plain_passwords: Annotated[
        bool,
        Field(
            description="Warn at `kubectl apply` of a password that stands in the object itself. "
            "Needs the right to make a ValidatingAdmissionPolicy, which is cluster-wide."
        ),
    ] = True


class DeletionProtection(Part):
    """What makes `spec.deletionProtection` work."""

    enforce: Annotated[
        bool,
        Field(
            description="Refuse to delete objects with spec.deletionProtection. Needs the right to "
            "make a ValidatingAdmissionPolicy, which is cluster-wide."
        ),
    ] = True


class OperatorValues(Part):
    """What somebody who installs the operator may set."""

    namespaces: Annotated[
        list[Namespace] | None,
        Field(
            description="Namespaces to serve; empty: all of them. Given a list, the operator gets "
            "Roles in these namespaces and no ClusterRole."
        ),
    ] = None
    image: Annotated[Image, Field(description="The operator's image.")] = Image()
    crds: Annotated[Crds, Field(description="The definition of MySQL objects.")] = Crds()
    warnings: Annotated[Warnings, Field(description="What users are warned about.")] = Warnings()
    deletion_protection: Annotated[
        DeletionProtection, Field(description="What makes spec.deletionProtection work.")
    ] = DeletionProtection()
    helm_slots: Annotated[
        int,
        Field(
            ge=1,
            le=100,
            description="How many helm commands may work at once. Each takes about 50 MB, which "
            "the limit of memory below must leave room for.",
        ),
    ] = 8
    helm_waiting: Annotated[
        int,
        Field(
            ge=1,
            le=1000,
            description="How many helm commands more may wait for the Job of a hook, such as a "
            "restore of hours. Each takes about 14 MB. A restore beyond that waits for its turn; "
            "deletions and new empty databases go before it.",
        ),
    ] = 100
    resync_seconds: Annotated[
        int,
        Field(ge=1, description="Seconds between two looks at an object that nothing happens to."),
    ] = 30
    shutdown_seconds: Annotated[
        int,
        Field(
            ge=0,
            le=3600,
            description="Seconds that running helm commands get to finish when the operator stops.",
        ),
    ] = 20
    log_level: Annotated[
        str,
        Field(
            pattern="^(DEBUG|INFO|WARNING|ERROR)$",
            description="DEBUG, INFO, WARNING or ERROR.",
        ),
    ] = "INFO"
    resources: Annotated[
        Resources,
        Field(
            description="CPU and memory of the operator. It takes about 100 MB itself; the limit "
            "leaves room for helmSlots helm processes of about 50 MB each, and for helmWaiting of "
            "about 14 MB each."
        ),
    ] = Resources(requests={"cpu": "100m", "memory": "256Mi"}, limits={"memory": "2Gi"})
    image_pull_secrets: Annotated[
        list[LocalObjectReference] | None,
        Field(description="Secrets with the credentials of a private registry."),
    ] = None
    node_selector: Annotated[
        dict[str, str] | None, Field(description="Labels that a node must have.")
    ] = None
    tolerations: Annotated[
        list[Toleration] | None,
        Field(description="Taints of nodes that the operator puts up with."),
    ] = None
    affinity: Annotated[
        dict[str, Any] | None, Field(description="Where the operator may run, as in every pod.")
    ] = None
    priority_class_name: Annotated[
        ObjectName | None, Field(description="Priority class of the operator's pod.")
    ] = None
