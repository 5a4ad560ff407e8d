"""What is in deploy/cluster is consistent, and its commands are real and do what they say."""

from __future__ import annotations

import importlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import yaml

from crawler.session.software import VERSION
from pipelines.db.connection import open_archive
from tests.conftest import ROOT, Crawled
from tests.test_deploy import PLACES
from tests.test_docs import COMMANDS, command, options

CLUSTER = ROOT / "deploy/cluster"
MANIFESTS = sorted((CLUSTER / "kubernetes").glob("*.yaml"))
IMAGE = f"housecall-cluster:{VERSION}"
ADDRESS = "tcp://scheduler:8786"
USER = 10001


def compose() -> dict[str, Any]:
    """The compose file, with each variable's default in its place."""
    text = (CLUSTER / "compose.yaml").read_text("utf-8")
    text = re.sub(r"\$\{WARCS:\?[^}]*\}", "/srv/warcs", text)
    loaded: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{[A-Z]+:-([^}]*)\}", r"\1", text))
    assert "$" not in json.dumps(loaded)
    return loaded


def services() -> dict[str, dict[str, Any]]:
    """The services of the compose file."""
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def objects(kind: str | None = None) -> list[dict[str, Any]]:
    """The Kubernetes objects in all files, or those of a kind."""
    found = [one for path in MANIFESTS for one in yaml.safe_load_all(path.read_text("utf-8"))]
    return [one for one in found if kind in (None, one["kind"])]


def pods() -> dict[str, dict[str, Any]]:
    """The pods that are made, by the name of the object that makes them."""
    makers = [one for one in objects() if "template" in one.get("spec", {})]
    return {one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in makers}


def container(name: str) -> dict[str, Any]:
    """The one container of a pod."""
    (found,) = pods()[name]["containers"]
    assert isinstance(found, dict)
    return found


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command that is started, by who starts it."""
    for name, service in services().items():
        yield f"compose {name}", service["command"]
    for name in pods():
        yield f"kubernetes {name}", container(name)["command"]


def dask_command(verb: str) -> Any:
    """Dask's own command."""
    module = importlib.import_module(f"distributed.cli.dask_{verb}")
    return module.main


@pytest.mark.parametrize(("who", "words"), list(commands()), ids=lambda value: str(value)[:30])
def test_every_command_is_one(who: str, words: list[str]) -> None:
    assert all(isinstance(word, str) for word in words)
    program, verb, *rest = words
    if program == "dask":
        # Dask's parser takes them, and has an option for each.
        parsed = dask_command(verb).make_context(verb, list(rest))
        assert not parsed.params["preload_argv"]
    else:
        assert program == "scrapy"
        assert verb in COMMANDS
        assert {word for word in rest if word.startswith("-")} <= options(command(verb))
        for setting in (word for word in rest if re.match(r"[A-Z_]+=", word)):
            name, _, value = setting.partition("=")
            assert PLACES[name] == value


def test_both_do_the_same_commands() -> None:
    told = dict(commands())
    for name in ("scheduler", "extract", "load"):
        assert told[f"compose {name}"] == told[f"kubernetes {name}"]
    assert ADDRESS in told["compose worker"]
    assert ADDRESS in told["kubernetes worker"]
    for where in ("compose", "kubernetes"):
        worker = dask_command("worker").make_context("worker", told[f"{where} worker"][2:]).params
        assert worker["nthreads"] == 1
        assert worker["memory_limit"] == "1GB"
        assert worker["death_timeout"]
        assert worker["nanny"]


# -- compose -------------------------------------------------------------------------------


def test_compose_runs_one_image_as_nobody_in_particular() -> None:
    for name, service in services().items():
        assert service["image"] == IMAGE, name
        assert service["user"] == f"{USER}:{USER}", name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        build = service["build"]
        assert (CLUSTER / build["context"]).resolve() == ROOT
        assert (ROOT / build["dockerfile"]).is_file()
        assert (ROOT / build["args"]["REQUIREMENTS"]).is_file()


def test_compose_publishes_the_dashboard_on_this_machine_only() -> None:
    published = {name: one["ports"] for name, one in services().items() if "ports" in one}
    assert published == {"scheduler": ["127.0.0.1:8787:8787"]}


def test_compose_names_volumes_and_services_that_are_there() -> None:
    named = set()
    for service in services().values():
        assert set(service.get("depends_on", ())) <= services().keys()
        for volume in service.get("volumes", ()):
            source, target, *how = volume.split(":")
            named |= {source} - {"/srv/warcs", "/etc/housecall"}
            assert target != "/warcs" or how == ["ro"]
    assert named == compose()["volumes"].keys()


def test_compose_waits_until_all_are_well() -> None:
    for name, service in services().items():
        for other, how in service.get("depends_on", {}).items():
            ended = how["condition"] == "service_completed_successfully"
            assert ended or "test" in services()[other]["healthcheck"], name
    # What is asked listens.
    for name, port in (("scheduler", 8787), ("worker", 8790)):
        assert f":{port}" in services()[name]["command"]
        assert f"127.0.0.1:{port}/health" in services()[name]["healthcheck"]["test"][-1]


def test_the_image_has_what_the_cluster_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["cluster"]]
    pinned = set(
        re.findall(r"^([\w.-]+)==", (ROOT / "requirements-cluster.txt").read_text("utf-8"), re.M)
    )
    for one in wanted:
        name = re.split(r"[^\w.-]", one)[0].replace(".", "-")
        assert name in {each.replace(".", "-") for each in pinned}, name
    dockerfile = (ROOT / "deploy/Dockerfile").read_text("utf-8")
    assert f"--uid {USER} " in dockerfile
    assert IMAGE in dockerfile
    assert project["version"] == VERSION


# -- Kubernetes ----------------------------------------------------------------------------


def test_manifests_are_what_the_api_takes() -> None:
    validator = pytest.importorskip("kubernetes_validate")
    for one in objects():
        validator.validate(one, "1.37", strict=True)


def test_all_is_in_one_namespace() -> None:
    (namespace,) = objects("Namespace")
    for one in objects():
        if one is not namespace and one["kind"] != "Namespace":
            assert one["metadata"]["namespace"] == namespace["metadata"]["name"]
    names = [(one["kind"], one["metadata"]["name"]) for one in objects()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", list(pods()))
def test_pods_may_do_nothing_that_they_need_not(name: str) -> None:
    pod, own = pods()[name], container(name)
    assert own["image"] == IMAGE
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == USER
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert own["resources"]["limits"]["memory"]
    assert own["resources"]["requests"]["cpu"] == "1"


@pytest.mark.parametrize("name", list(pods()))
def test_pods_mount_what_is_there(name: str) -> None:
    volumes = {one["name"]: one for one in pods()[name]["volumes"]}
    mounts = {one["name"]: one for one in container(name)["volumeMounts"]}
    assert mounts.keys() == volumes.keys()
    assert "emptyDir" in volumes["tmp"]
    assert mounts["tmp"]["mountPath"] == "/tmp"
    claims = {one["metadata"]["name"]: one["spec"] for one in objects("PersistentVolumeClaim")}
    for volume in volumes.values():
        if "persistentVolumeClaim" in volume:
            assert volume["persistentVolumeClaim"]["claimName"] in claims
    if "warcs" in mounts:
        assert mounts["warcs"]["readOnly"] is True
    for shared in ("warcs", "shards"):
        assert claims[shared]["accessModes"] == ["ReadWriteMany"]
    assert claims["archive"]["accessModes"] == ["ReadWriteOncePod"]
    assert ("archive" in mounts) == (name == "load")


def test_selectors_and_ports_find_each_other() -> None:
    for one in objects("Deployment"):
        wanted = one["spec"]["selector"]["matchLabels"]
        assert wanted == one["spec"]["template"]["metadata"]["labels"]
    (service,) = objects("Service")
    assert service["metadata"]["name"] == "scheduler"
    assert service["spec"].get("type", "ClusterIP") == "ClusterIP"
    assert service["spec"]["selector"] == {"app": "scheduler"}
    listens = {one["name"]: one["containerPort"] for one in container("scheduler")["ports"]}
    assert listens == {one["targetPort"]: one["port"] for one in service["spec"]["ports"]}
    assert listens["tasks"] == int(ADDRESS.rpartition(":")[2])
    for name in ("scheduler", "worker"):
        own = container(name)
        ports = {one["name"]: one["containerPort"] for one in own["ports"]}
        for probe in (own["startupProbe"], own["livenessProbe"]):
            assert f":{ports[probe['httpGet']['port']]}" in own["command"]


def test_nobody_from_outside_reaches_the_scheduler() -> None:
    (policy,) = objects("NetworkPolicy")
    assert policy["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"podSelector": {}}]}],
    }


# -- done ----------------------------------------------------------------------------------


@pytest.fixture
def free_ports() -> dict[int, int]:
    """A port of this machine for each that the files name."""
    taken = {port: socket.create_server(("127.0.0.1", 0)) for port in (8786, 8787, 8790)}
    found = {port: one.getsockname()[1] for port, one in taken.items()}
    for one in taken.values():
        one.close()
    return found


def start(words: list[str]) -> subprocess.Popen[bytes]:
    """A command as the image has it: the project on the path, and no home to write to."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": "/nonexistent"}
    program = Path(sys.executable).with_name(words[0])
    return subprocess.Popen(
        [program, *words[1:]], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=None
    )


def wait_for(port: int) -> None:
    """Wait until something is well."""
    for _ in range(300):
        try:
            with urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                assert answer.status == 200
                return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"nobody answers at port {port}")


@pytest.mark.slow
def test_what_compose_does_makes_the_archive(
    crawled: Crawled, tmp_path: Path, free_ports: dict[int, int]
) -> None:
    """Its commands, one after the other, with places and ports of this test."""
    (tmp_path / "withheld.toml").touch()
    places = {
        ADDRESS: f"tcp://127.0.0.1:{free_ports[8786]}", "0.0.0.0": "127.0.0.1",
        "/warcs": str(crawled.warcs), "/shards": str(tmp_path / "shards"),
        "/tmp": str(tmp_path),
        **{str(old): str(new) for old, new in free_ports.items()},
        **{f":{old}": f"127.0.0.1:{new}" for old, new in free_ports.items()},
    }  # fmt: skip

    def words_of(name: str) -> list[str]:
        given = [places.get(word, word) for word in services()[name]["command"]]
        for place in ("/var/lib/housecall", "/etc/housecall"):
            given = [word.replace(place, str(tmp_path)) for word in given]
        return given

    running = []
    try:
        for name, port in (("scheduler", 8787), ("worker", 8790)):
            running.append(start(words_of(name)))
            wait_for(free_ports[port])
        for name in ("extract", "load"):
            done = start(words_of(name))
            running.append(done)
            output, _ = done.communicate(timeout=120)
            assert done.returncode == 0, output.decode()
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.communicate(timeout=60)
    made, expected = (
        open_archive(path, readonly=True) for path in (tmp_path / "archive.db", crawled.database)
    )
    assert made["questions"].count == expected["questions"].count > 0
    made.close()
    expected.close()
