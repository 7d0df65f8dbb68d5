"""The values of the operator's own chart."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from mysql_operator.generator.monitoring_values import Metrics
from mysql_operator.generator.pod_values import (
    SECURITY_CONTEXT,
    EnvironmentVariable,
    Marks,
    ServiceAccount,
)
from mysql_operator.generator.security_values import AllowedImage, NetworkPolicy, Policies, Rbac
from mysql_operator.model.parts import (
    Amounts,
    ImagePullPolicy,
    LocalObjectReference,
    ObjectName,
    Part,
    Resources,
)
from mysql_operator.model.scheduling import Affinity, LabelValue, Toleration
from mysql_operator.settings import SecretRefs

SIGNING_PORT = 8443
"""Of the service that signs requests to the stores of ClusterMySQLBackupStorage objects."""

Namespace = Annotated[
    str, StringConstraints(max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
]


class Image(Part):
    """The operator's image."""

    repository: Annotated[
        str, Field(min_length=1, description="Image of the operator, without the tag.")
    ] = "mysql-operator"
    tag: Annotated[
        str, Field(description="Tag of the image; the chart's appVersion when empty.")
    ] = ""
    pull_policy: Annotated[
        ImagePullPolicy,
        Field(description="When the kubelet pulls the image: Always, IfNotPresent or Never."),
    ] = ImagePullPolicy.IF_NOT_PRESENT


class Agent(Part):
    """The backup agent, which runs in the Jobs of the databases, from the operator's image."""

    copy_pull_secrets: Annotated[
        bool,
        Field(
            description="Copy imagePullSecrets into the namespace of each database, as the Secret "
            "NAME-agent-registry: its Jobs pull the operator's image there. Whoever may read "
            "Secrets in that namespace can read it."
        ),
    ] = True
    pull_secrets: Annotated[
        list[LocalObjectReference] | None,
        Field(
            description="Further pull secrets of the operator's image, which are in each namespace "
            "that has databases."
        ),
    ] = None


class Crds(Part):
    """The five CustomResourceDefinitions."""

    install: Annotated[
        bool,
        Field(
            description="Install and upgrade the five CustomResourceDefinitions with this release. "
            "Helm never deletes them, because that would delete all objects of these kinds. Set it "
            "to false if something else installs the definitions."
        ),
    ] = True


class Warnings(Part):
    """Warnings at `kubectl apply`."""

    plain_passwords: Annotated[
        bool,
        Field(
            description="Warn at `kubectl apply` about a plain-text password in the object. This "
            "needs permission to create a ValidatingAdmissionPolicy, which is cluster-wide."
        ),
    ] = True


class DeletionProtection(Part):
    """Enforcement of `spec.deletionProtection`."""

    enforce: Annotated[
        bool,
        Field(
            description="Refuse to delete objects with spec.deletionProtection. This needs "
            "permission to create a ValidatingAdmissionPolicy, which is cluster-wide."
        ),
    ] = True


class OperatorValues(Part):
    """Values of the operator's chart."""

    namespaces: Annotated[
        list[Namespace] | None,
        Field(
            description="Namespaces to serve; all when empty. With a list, the operator gets "
            "Roles in these namespaces and no ClusterRole."
        ),
    ] = None
    image: Annotated[Image, Field(description="The operator's image.")] = Image()
    agent: Annotated[
        Agent, Field(description="The backup agent in the Jobs, which has the operator's image.")
    ] = Agent()
    crds: Annotated[Crds, Field(description="CustomResourceDefinition of MySQL objects.")] = Crds()
    warnings: Annotated[Warnings, Field(description="Warnings at `kubectl apply`.")] = Warnings()
    deletion_protection: Annotated[
        DeletionProtection, Field(description="Enforcement of spec.deletionProtection.")
    ] = DeletionProtection()
    rbac: Annotated[
        Rbac, Field(description="What the users of the cluster may do with MySQL objects.")
    ] = Rbac()
    policies: Annotated[
        Policies, Field(description="What the API server refuses on behalf of this chart.")
    ] = Policies()
    allowed_images: Annotated[
        list[AllowedImage] | None,
        Field(
            description="Images that spec.image may name; empty: all. An entry that ends with /, : "
            "or @ allows what begins with it (registry.example/mysql/, or mysql: for every tag of "
            "mysql), any other entry exactly itself. Whoever chooses the image sees the passwords "
            "and the data of the database. Objects that are there keep their image. Needs the "
            "right to make a ValidatingAdmissionPolicy."
        ),
    ] = None
    secret_refs: Annotated[
        SecretRefs,
        Field(
            description="Which Secrets objects may name. Labelled: for a password those of type "
            "kubernetes.io/basic-auth and those with the label otus.homework/password-for, for the "
            "keys of a store those with otus.homework/storage-for; its value is the name of the "
            "object, or Any. Any: every Secret of the namespace; whoever may create MySQL objects "
            "can then read every Secret value of up to 128 characters there."
        ),
    ] = SecretRefs.LABELLED
    network_policy: Annotated[
        NetworkPolicy, Field(description="NetworkPolicies of the operator and of the databases.")
    ] = NetworkPolicy()
    metrics: Annotated[
        Metrics, Field(description="Metrics of the operator and of all MySQL objects.")
    ] = Metrics()
    helm_slots: Annotated[
        int,
        Field(
            ge=1,
            le=100,
            description="Maximum number of helm commands at once. Each takes about 50 MB, for "
            "which resources.limits.memory must leave room.",
        ),
    ] = 8
    helm_waiting: Annotated[
        int,
        Field(
            ge=1,
            le=1000,
            description="Maximum number of further helm commands that wait for the Job of a hook, "
            "such as a restore of hours. Each takes about 22 MB. A restore beyond that waits for "
            "its turn; deletions and new empty databases go before it.",
        ),
    ] = 100
    resync_seconds: Annotated[
        int,
        Field(
            ge=1,
            description="Seconds after which the operator looks again at an idle object. Changes "
            "are noticed at once; this is for what the operator may have missed.",
        ),
    ] = 900
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
            description="CPU and memory of the operator. It takes about 100 MB itself; the memory "
            "limit leaves room for helmSlots helm processes of about 50 MB each, and for "
            "helmWaiting of about 22 MB each."
        ),
    ] = Resources(requests=Amounts(cpu="100m", memory="256Mi"), limits=Amounts(memory="3Gi"))
    service_account: Annotated[
        ServiceAccount, Field(description="ServiceAccount of the operator.")
    ] = ServiceAccount()
    pod_labels: Annotated[
        Marks | None, Field(description="Further labels of the operator's pod.")
    ] = None
    pod_annotations: Annotated[
        Marks | None, Field(description="Annotations of the operator's pod.")
    ] = None
    pod_security_context: Annotated[
        dict[str, Any] | None,
        Field(
            description="Security context of the operator's pod, by default what the restricted "
            "Pod Security Standard asks for. On OpenShift set runAsUser and runAsGroup to null."
        ),
    ] = SECURITY_CONTEXT
    extra_env: Annotated[
        list[EnvironmentVariable] | None,
        Field(
            description="Further environment variables of the operator, for instance HTTPS_PROXY "
            "and NO_PROXY."
        ),
    ] = None
    image_pull_secrets: Annotated[
        list[LocalObjectReference] | None,
        Field(description="Secrets with credentials of a private registry."),
    ] = None
    node_selector: Annotated[
        dict[str, LabelValue] | None,
        Field(description="Labels that a node must have, with their values."),
    ] = None
    tolerations: Annotated[
        list[Toleration] | None,
        Field(description="Tolerations of the operator's pod; the schema of pod.spec.tolerations."),
    ] = None
    affinity: Annotated[
        Affinity | None,
        Field(description="Affinity of the operator's pod; the schema of pod.spec.affinity."),
    ] = None
    priority_class_name: Annotated[
        ObjectName | None, Field(description="PriorityClass of the operator's pod.")
    ] = None
