"""Who may do what: users by their roles, the operator's own account by a policy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mysql_operator import names
from tests.support import installing
from tests.support.commands import Result, must, run
from tests.support.objects import a_claim, a_mysql, a_secret, a_suspended_job
from tests.support.teams import Team
from tests.support.waiting import eventually

DRY = "--dry-run=server"
ACCOUNT = f"system:serviceaccount:{installing.NAMESPACE}:{installing.NAME}"
OURS = {names.INSTANCE: "shop", names.PART_OF: names.OPERATOR}
VERBS = ("get", "list", "create", "patch", "delete")

Object = dict[str, Any]


@pytest.fixture(scope="module")
def release(undisturbed: Team) -> list[Object]:
    """What helm makes of the instance chart with everything on, as one object each."""
    rendered = undisturbed.helm(
        "template", "shop", "charts/mysql-instance", "-f",
        "charts/mysql-instance/examples/everything.yaml",
    )  # fmt: skip
    as_json = undisturbed.kubectl(
        "create", "--dry-run=client", "-o", "json", "-f", "-", stdin=rendered
    )
    decoder, objects, at = json.JSONDecoder(), [], 0
    while at < len(as_json.rstrip()):
        made, end = decoder.raw_decode(as_json, at)
        objects += made.get("items", [made])
        at = end + len(as_json[end:]) - len(as_json[end:].lstrip())
    return [one for one in objects if one["kind"] != "Pod"]


def as_operator(team: Team, verb: str, an_object: Object) -> Result:
    """What the API server says to a write of the operator's own account; nothing is stored."""
    return team.try_kubectl("--as", ACCOUNT, verb, DRY, "-f", "-", stdin=json.dumps(an_object))


def a_release_secret(**changes: Any) -> Object:
    secret = a_secret("sh.helm.release.v1.shop.v1", release="x")
    return {**secret, "type": "helm.sh/release.v1", **changes}


def a_copy_of_passwords(**changes: Any) -> Object:
    secret = a_secret("shop-credentials", password="x")
    labels = {names.INSTANCE: "shop", names.MANAGED_BY: names.OPERATOR}
    return {**secret, "metadata": {"name": "shop-credentials", "labels": labels}, **changes}


def a_token(name: str) -> Object:
    """A Secret that Kubernetes fills with the token of a ServiceAccount."""
    secret = a_copy_of_passwords(type="kubernetes.io/service-account-token")
    of = {"kubernetes.io/service-account.name": "default"}
    return {**secret, "metadata": {**secret["metadata"], "name": name, "annotations": of}}


def a_job(labels: dict[str, str] | None = None, **pod: Any) -> Object:
    """A Job as the chart makes it, but for what the story changes in its pod."""
    job = a_suspended_job("restore-shop-job")
    job["metadata"]["labels"] = OURS if labels is None else labels
    (container,) = job["spec"]["template"]["spec"]["containers"]
    container["securityContext"] = {"allowPrivilegeEscalation": False} | pod.pop("security", {})
    job["spec"]["template"]["spec"] |= {"automountServiceAccountToken": False} | pod
    return job


def a_cron_job(**pod: Any) -> Object:
    """A CronJob whose Jobs have such a pod."""
    template = a_job(**pod)["spec"]
    del template["suspend"]
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "backup-shop", "labels": OURS},
        "spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": template}},
    }


def test_the_operator_may_write_all_that_a_release_holds(
    undisturbed: Team, release: list[Object]
) -> None:
    own = [a_release_secret(), a_copy_of_passwords(), a_job(), a_cron_job()]

    said = {
        f"{one['kind']} {one['metadata']['name']}": as_operator(undisturbed, "create", one)
        for one in [*release, *own]
    }

    assert len(said) >= 10
    assert {what: answer.said for what, answer in said.items() if not answer.ok} == {}


def mounting(**source: Any) -> dict[str, Any]:
    return {"volumes": [{"name": "x", **source}]}


TOKEN = {"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}
REFUSED: dict[str, tuple[Object, str]] = {
    "a Secret of another name": (a_secret("theirs", x="y"), "no Secrets but"),
    "a token as a copy of passwords": (
        a_token("shop-credentials"),
        "no other type",
    ),
    "any Secret as a release": (a_release_secret(type="Opaque"), "no other type"),
    "a copy without its label": (
        a_secret("shop-credentials", x="y"),
        "without its label",
    ),
    "a Job without its label": (a_job(labels={}), "without its label"),
    "a pod with a token": (a_job(automountServiceAccountToken=True), "have no token"),
    "a pod that leaves the token open": (a_job(automountServiceAccountToken=None), "have no token"),
    "a pod of another account": (a_job(serviceAccountName="admin"), "have no token"),
    "a token as a volume": (a_job(**mounting(**TOKEN)), "mount nothing but"),
    "the node's network": (a_job(hostNetwork=True), "share no namespace"),
    "the node's processes": (a_job(hostPID=True), "share no namespace"),
    "the node's memory": (a_job(hostIPC=True), "share no namespace"),
    "a folder of the node": (a_job(**mounting(hostPath={"path": "/"})), "mount nothing but"),
    "a folder of the node, for each Job of a CronJob": (
        a_cron_job(**mounting(hostPath={"path": "/"})),
        "mount nothing but",
    ),
    "privileges for each Job of a CronJob": (
        a_cron_job(security={"privileged": True, "allowPrivilegeEscalation": True}),
        "gain no privileges",
    ),
    "a token in each Job of a CronJob": (
        a_cron_job(automountServiceAccountToken=True),
        "have no token",
    ),
    "a volume of a driver": (a_job(**mounting(csi={"driver": "x"})), "mount nothing but"),
    "privileges": (
        a_job(security={"privileged": True, "allowPrivilegeEscalation": True}),
        "gain no privileges",
    ),
    "a capability": (
        a_job(security={"capabilities": {"add": ["SYS_ADMIN"]}}),
        "gain no privileges",
    ),
}


@pytest.mark.parametrize(("written", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_the_operator_may_write_nothing_else(undisturbed: Team, written: Object, why: str) -> None:
    refused = as_operator(undisturbed, "create", written)

    assert not refused.ok, refused.said
    assert "mysql-operator-own-account" in refused.err
    assert why in refused.err


@pytest.mark.parametrize("namespace", ["kube-system", "kube-public", installing.NAMESPACE])
def test_the_operator_writes_nothing_where_no_database_belongs(
    undisturbed: Team, namespace: str
) -> None:
    for written in (a_copy_of_passwords(), a_job()):
        refused = as_operator(Team(namespace), "create", written)

        assert not refused.ok, refused.said
        assert "the operator changes nothing in" in refused.err


def test_the_operator_neither_changes_nor_deletes_what_others_have_made(team: Team) -> None:
    others = [
        a_claim("shop-pvc"),
        a_suspended_job("restore-shop-job"),
        a_secret("shop-credentials"),
    ]
    team.apply(*others)

    for one in others:
        deleted = as_operator(team, "delete", one)
        what = f"{one['kind'].lower()}/{one['metadata']['name']}"
        label = f"{names.PART_OF}={names.OPERATOR}"
        claimed = team.try_kubectl("--as", ACCOUNT, "label", DRY, what, label)
        for refused in (deleted, claimed):
            assert not refused.ok, refused.said
            assert "that it has not made" in refused.err


def test_the_operator_never_edits_what_users_wrote(undisturbed: Team) -> None:
    patch = '{"spec": {"image": "evil.example/mysql:1"}}'

    refused = undisturbed.try_kubectl(
        "--as", ACCOUNT, "patch", "ms", "stored", DRY, "--type=merge", "-p", patch
    )

    assert not refused.ok, refused.said
    assert "never changes the spec" in refused.err


def test_the_operator_holds_a_backup_that_a_person_asked_for_and_changes_nothing_else(
    team: Team,
) -> None:
    backup: Object = {
        "apiVersion": f"{names.GROUP}/{names.VERSION}",
        "kind": names.MYSQL_BACKUP.kind,
        "metadata": {"name": "theirs"},
        "spec": {"mysqlName": "nobody", "reclaimPolicy": "Retain"},
    }
    team.apply(backup)

    def patched(patch: Object) -> Result:
        words = ("patch", "msb", "theirs", DRY, "--type=merge", "-p", json.dumps(patch))
        return team.try_kubectl("--as", ACCOUNT, *words)

    held = patched({"metadata": {"finalizers": [names.FILES_FINALIZER]}})
    assert held.ok, held.said
    label = {names.MANAGED_BY: names.OPERATOR}
    refusals = {
        "never changes the spec": patched({"spec": {"reclaimPolicy": "Delete"}}),
        "that it has not made": patched({"metadata": {"labels": label}}),
        "not made": patched({"metadata": {"annotations": {names.HELM_RELEASE: "x"}}}),
        "it has not made": as_operator(team, "delete", backup),
    }
    for why, refused in refusals.items():
        assert not refused.ok, refused.said
        assert why in refused.err


def test_only_the_policy_of_a_backup_can_be_changed(team: Team) -> None:
    backup: Object = {
        "apiVersion": f"{names.GROUP}/{names.VERSION}",
        "kind": names.MYSQL_BACKUP.kind,
        "metadata": {"name": "mine"},
        "spec": {"mysqlName": "nobody"},
    }
    team.apply(backup)

    def edited(**spec: str) -> Result:
        return team.try_apply({**backup, "spec": {**backup["spec"], **spec}}, DRY)

    assert edited(reclaimPolicy="Delete").ok
    file = "nobody-20261125T030000Z.tar.zst"
    for refused in (edited(mysqlName="other"), edited(file=file), edited(reclaimPolicy="Recycle")):
        assert not refused.ok, refused.said


def test_the_finalizer_is_the_operators_to_remove(undisturbed: Team) -> None:
    eventually(lambda: undisturbed.get("ms", "stored")["metadata"].get("finalizers"))
    without: Object = {"metadata": {"finalizers": None}}
    given_up = f"I give up the data of {undisturbed.namespace}/stored"

    refused = _patched(undisturbed, without)
    by_the_operator = _patched(undisturbed, without, "--as", ACCOUNT)
    with_the_sentence = _patched(
        undisturbed, {"metadata": {"finalizers": None, "annotations": {names.GIVE_UP: given_up}}}
    )
    without_backup = _patched(undisturbed, {**without, "spec": {"deletionPolicy": "Delete"}})

    assert not refused.ok, refused.said
    assert (
        f'kubectl annotate ms -n {undisturbed.namespace} stored "{names.GIVE_UP}={given_up}"'
        in (refused.err)
    )
    for taken in (by_the_operator, with_the_sentence, without_backup):
        assert taken.ok, taken.said


def _patched(team: Team, patch: Object, *options: str) -> Result:
    words = ("patch", "ms", "stored", DRY, "--type=merge", "-p", json.dumps(patch))
    return team.try_kubectl(*options, *words)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("view", set()), ("edit", set(VERBS)), ("admin", set(VERBS)),
     ("mysql-operator-view", {"get", "list"}), ("mysql-operator-edit", set(VERBS))],
)  # fmt: skip
def test_users_get_their_rights_by_kubernetes_own_roles(
    undisturbed: Team, role: str, allowed: set[str]
) -> None:
    user = f"somebody-with-{role}"
    undisturbed.kubectl("create", "rolebinding", user, f"--clusterrole={role}", f"--user={user}")

    def may() -> set[str]:
        answers = {
            verb: undisturbed.try_kubectl("auth", "can-i", verb, "mysqls", "--as", user).out
            for verb in VERBS
        }
        return {verb for verb, answer in answers.items() if answer.strip() == "yes"}

    eventually(lambda: may() == allowed, f"{user} may {allowed}")


@pytest.fixture
def allowed_images(undisturbed: Team) -> Iterator[list[str]]:
    """A list of allowed images, in force in one namespace."""
    allowed = ["registry.example/mysql/", "mysql:", "localhost/mysql:9.7"]
    policy = undisturbed.helm(
        "template", "x", installing.CHART, "-s", "templates/images-policy.yaml",
        "-s", "templates/images-policy-binding.yaml",
        f"--set-json=allowedImages={json.dumps(allowed)}",
        f"--set-json=namespaces={json.dumps([undisturbed.namespace])}",
    )  # fmt: skip
    must("kubectl", "apply", "-f", "-", stdin=policy)
    yield allowed
    run("kubectl", "delete", "-f", "-", stdin=policy)


def test_only_allowed_images_are_taken(undisturbed: Team, allowed_images: list[str]) -> None:
    def answer(image: str) -> Result:
        return undisturbed.try_apply(a_mysql("new", image=image), DRY)

    eventually(lambda: not answer("evil.example/x:1").ok, "the policy is in force")

    for image in ("registry.example/mysql/a:1", "mysql:8.4", "localhost/mysql:9.7"):
        assert answer(image).ok, answer(image).said
    for image in ("registry.example/mysql-evil:1", "mysql:5000/evil:1", "localhost/mysql:9.7-b"):
        refused = answer(image)
        assert not refused.ok, refused.said
        assert f"spec.image: {image}" in refused.err
        assert all(one in refused.err for one in allowed_images)
    kept = {"metadata": {"labels": {"team": "a"}}}
    assert _patched(undisturbed, kept).ok  # its image was taken before there was a list
