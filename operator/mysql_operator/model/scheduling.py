"""Where pods may run: tolerations and affinity, field by field as in every pod.

Written out instead of left open, so that the API server refuses a misspelt field at `kubectl apply`
and `kubectl explain` shows the way. A test compares the fields with those of the API server's pods.
"""

from __future__ import annotations

import enum
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from mysql_operator.model.annotations import Cel, cel
from mysql_operator.model.parts import Part

LABEL_VALUE = r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$"
LABEL_KEY = "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$"
LabelValue = Annotated[str, StringConstraints(max_length=63, pattern=LABEL_VALUE)]
LabelKey = Annotated[str, StringConstraints(max_length=317, pattern=LABEL_KEY)]
Values = Annotated[
    list[Annotated[str, StringConstraints(max_length=253)]] | None,
    Field(
        max_length=100,
        description="Values to compare with: at least one for In and NotIn, none for Exists and "
        "DoesNotExist, one integer for Gt and Lt.",
    ),
]
Weight = Annotated[int, Field(ge=1, le=100, description="Weight of this preference.")]


class TolerationOperator(enum.StrEnum):
    """How a toleration compares the taint."""

    EXISTS = "Exists"
    EQUAL = "Equal"


class TaintEffect(enum.StrEnum):
    """What a taint does to pods without a toleration."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"


class Toleration(Part):
    """Toleration of one taint; the schema of pod.spec.tolerations."""

    model_config = ConfigDict(
        json_schema_extra=cel(
            Cel(
                "!has(self.operator) || self.operator != 'Exists' || !has(self.value)",
                "spec.tolerations: operator Exists takes no value",
            ),
            Cel(
                "has(self.key) || (has(self.operator) && self.operator == 'Exists')",
                "spec.tolerations: without a key, operator must be Exists",
            ),
            Cel(
                "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
                "spec.tolerations: tolerationSeconds needs effect NoExecute",
            ),
        )
    )

    key: Annotated[
        LabelKey | None, Field(description="Key of the taint; all keys when omitted.")
    ] = None
    operator: Annotated[
        TolerationOperator | None,
        Field(description="Equal compares key and value, Exists only the key. Default: Equal."),
    ] = None
    value: Annotated[
        LabelValue | None, Field(description="Value of the taint, for operator Equal.")
    ] = None
    effect: Annotated[
        TaintEffect | None, Field(description="Effect of the taint; all effects when omitted.")
    ] = None
    toleration_seconds: Annotated[
        int | None,
        Field(description="Seconds that a pod stays on the node after a NoExecute taint appears."),
    ] = None


class NodeOperator(enum.StrEnum):
    """How a requirement compares a node's label."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"
    GT = "Gt"
    LT = "Lt"


class LabelOperator(enum.StrEnum):
    """How a requirement compares an object's label."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


def _values_match_operator() -> Cel:
    """Refuse what the API server would refuse only in the Deployment."""
    return Cel(
        "self.operator in ['Exists', 'DoesNotExist'] ? !has(self.values) || size(self.values) == 0"
        " : has(self.values) && (size(self.values) == 1 || "
        "(size(self.values) > 1 && self.operator in ['In', 'NotIn']))",
        "spec.affinity, spec.namespaceSelector: In and NotIn need values, Gt and Lt exactly one, "
        "Exists and DoesNotExist take none",
    )


class NodeRequirement(Part):
    """Requirement on one label or field of the node."""

    model_config = ConfigDict(json_schema_extra=cel(_values_match_operator()))

    key: Annotated[LabelKey, Field(description="Key of the label, or name of the field.")]
    operator: Annotated[NodeOperator, Field(description="Comparison of the value with `values`.")]
    values: Values = None


NodeRequirements = Annotated[list[NodeRequirement] | None, Field(max_length=20)]


class NodeSelectorTerm(Part):
    """Requirements that a node must meet, all of them."""

    match_expressions: Annotated[
        NodeRequirements, Field(description="Requirements on labels of the node.")
    ] = None
    match_fields: Annotated[
        NodeRequirements, Field(description="Requirements on fields of the node.")
    ] = None


class NodeSelector(Part):
    """Node selector: a node must meet one of the terms."""

    node_selector_terms: Annotated[
        list[NodeSelectorTerm],
        Field(min_length=1, max_length=20, description="Terms; a node must meet one of them."),
    ]


class PreferredNode(Part):
    """Preference for nodes that meet a term."""

    weight: Weight
    preference: Annotated[NodeSelectorTerm, Field(description="Term that the node should meet.")]


class NodeAffinity(Part):
    """Rules on the labels of nodes."""

    required_during_scheduling_ignored_during_execution: Annotated[
        NodeSelector | None, Field(description="What a node must meet.")
    ] = None
    preferred_during_scheduling_ignored_during_execution: Annotated[
        list[PreferredNode] | None, Field(max_length=20, description="What a node should meet.")
    ] = None


class LabelRequirement(Part):
    """Requirement on one label."""

    model_config = ConfigDict(json_schema_extra=cel(_values_match_operator()))

    key: Annotated[LabelKey, Field(description="Key of the label.")]
    operator: Annotated[LabelOperator, Field(description="Comparison of the value with `values`.")]
    values: Values = None


class LabelSelector(Part):
    """Label selector: all requirements must be met."""

    match_labels: Annotated[
        dict[str, LabelValue] | None, Field(max_length=50, description="Labels and their values.")
    ] = None
    match_expressions: Annotated[
        list[LabelRequirement] | None, Field(max_length=20, description="Requirements on labels.")
    ] = None


LabelKeys = Annotated[list[LabelKey] | None, Field(max_length=20)]


class PodAffinityTerm(Part):
    """Other pods, and the kind of place that the rule is about."""

    label_selector: Annotated[
        LabelSelector | None, Field(description="Labels of the other pods.")
    ] = None
    topology_key: Annotated[
        LabelKey,
        Field(
            description="Label of nodes, for instance kubernetes.io/hostname: nodes with the same "
            "value are one place."
        ),
    ]
    namespaces: Annotated[
        list[str] | None,
        Field(max_length=50, description="Namespaces of the pods; this object's when omitted."),
    ] = None
    namespace_selector: Annotated[
        LabelSelector | None, Field(description="Labels of further namespaces of the pods.")
    ] = None
    match_label_keys: Annotated[
        LabelKeys, Field(description="Labels whose values must be the same in both pods.")
    ] = None
    mismatch_label_keys: Annotated[
        LabelKeys, Field(description="Labels whose values must differ between both pods.")
    ] = None


class PreferredPods(Part):
    """Preference for a place relative to other pods."""

    weight: Weight
    pod_affinity_term: Annotated[
        PodAffinityTerm, Field(description="Pods to run close to, or apart from.")
    ]


class PodAffinity(Part):
    """Rules relative to pods that already run."""

    required_during_scheduling_ignored_during_execution: Annotated[
        list[PodAffinityTerm] | None,
        Field(max_length=20, description="Terms that must be met, all of them."),
    ] = None
    preferred_during_scheduling_ignored_during_execution: Annotated[
        list[PreferredPods] | None,
        Field(max_length=20, description="Terms that should be met."),
    ] = None


class Affinity(Part):
    """Affinity of pods; the schema of pod.spec.affinity."""

    node_affinity: Annotated[
        NodeAffinity | None, Field(description="Nodes that the pods must or should run on.")
    ] = None
    pod_affinity: Annotated[
        PodAffinity | None, Field(description="Pods that the pods must or should run close to.")
    ] = None
    pod_anti_affinity: Annotated[
        PodAffinity | None, Field(description="Pods that the pods must or should run apart from.")
    ] = None
