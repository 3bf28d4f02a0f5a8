"""kube_client.py KUBECONFIG SCENARIO: what Kubernetes' own Python library sees. `common` must be the same
straight and through the gateway; `denials` prints how refusals look. Prints a line for each thing it saw."""

import sys
import threading

import yaml
from kubernetes import client, config, watch
from kubernetes.client.rest import ApiException
from kubernetes.stream import portforward, stream


def say(*words):
    print(*words, flush=True)


def api_client(path):
    settings = client.Configuration()
    config.load_kube_config(path, client_configuration=settings)
    with open(path, encoding="utf-8") as file:
        # This version does not read the kubeconfig's proxy itself.
        settings.proxy = yaml.safe_load(file)["clusters"][0]["cluster"].get("proxy-url")
    settings.no_proxy = "nobody.test"  # Its WebSockets would go past the proxy to an address of loopback.
    return client.ApiClient(settings)


def _map(name, **data):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name), data=data)


def reads(core, apps):
    say("version", client.VersionApi(core.api_client).get_code().git_version)
    say("pods", [pod.metadata.name for pod in core.list_namespaced_pod("default").items])
    page = core.list_config_map_for_all_namespaces(limit=2)
    say("page", len(page.items), page.metadata.remaining_item_count)
    rest = core.list_config_map_for_all_namespaces(limit=50, _continue=page.metadata._continue)
    say("rest", len(rest.items))
    deployment = apps.read_namespaced_deployment("web", "default")
    say("deployment", deployment.spec.replicas, deployment.spec.template.spec.containers[0].image)
    say("selected", len(core.list_namespaced_pod("default", label_selector="app in (box,pair)").items))
    try:
        core.read_namespaced_pod("nope", "default")
    except ApiException as error:
        say("missing", error.status, error.reason, error.body)


def writes(core, apps):
    say("made", core.create_namespaced_config_map("team", _map("one", a="1")).data)
    say("strategic", core.patch_namespaced_config_map("one", "team", {"data": {"b": "2"}}).data)
    steps = [{"op": "remove", "path": "/data/a"}]
    say("json", core.patch_namespaced_config_map("one", "team", steps).data)
    whole = core.read_namespaced_config_map("one", "team")
    whole.data = {"c": "3"}
    say("replaced", core.replace_namespaced_config_map("one", "team", whole).data)
    try:
        core.replace_namespaced_config_map("one", "team", whole)
        whole.metadata.resource_version = "1"
        core.replace_namespaced_config_map("one", "team", whole)
    except ApiException as error:
        say("conflict", error.status)
    say("dry", core.delete_namespaced_config_map("one", "team", dry_run="All").status)
    say("deleted", core.delete_namespaced_config_map("one", "team").status)
    scale = apps.patch_namespaced_deployment_scale("web", "default", {"spec": {"replicas": 3}})
    say("scaled", scale.spec.replicas)


def watches(core):
    """As an informer does it: a list, and from there on each change."""
    start = core.list_namespaced_config_map("team").metadata.resource_version

    def change():
        core.create_namespaced_config_map("team", _map("seen", a="1"))
        core.patch_namespaced_config_map("seen", "team", {"data": {"a": "2"}})
        core.delete_namespaced_config_map("seen", "team")

    thread = threading.Timer(0.2, change)
    thread.start()
    watcher = watch.Watch()
    for event in watcher.stream(core.list_namespaced_config_map, "team", resource_version=start,
                                timeout_seconds=20, allow_watch_bookmarks=True):
        say("event", event["type"], event["object"].metadata.name, event["object"].data)
        if event["type"] == "DELETED":
            watcher.stop()
    thread.join()


def streams(core):
    command = ["sh", "-c", "echo out; echo err >&2; exit 3"]
    talk = stream(core.connect_get_namespaced_pod_exec, "box", "default", command=command, stdout=True,
                  stderr=True,
                  stdin=False, tty=False, _preload_content=False)
    talk.run_forever(timeout=20)
    say("exec", repr(talk.read_stdout()), repr(talk.read_stderr()), talk.returncode)
    talk = stream(core.connect_get_namespaced_pod_exec, "box", "default", command=["head", "-n1"],
                  stdout=True,
                  stderr=True, stdin=True, tty=False, _preload_content=False)
    talk.write_stdin("first\nsecond\n")
    talk.run_forever(timeout=20)
    say("stdin", repr(talk.read_stdout()))
    forward = portforward(core.connect_get_namespaced_pod_portforward, "box", "default", ports="80")
    peer = forward.socket(80)
    peer.sendall(b"ping")
    say("port", peer.recv(100))
    peer.close()
    log = core.read_namespaced_pod_log("box", "default", tail_lines=2)
    say("log", repr(log))


def denials(core):
    for what, ask in (("list", lambda: core.list_namespaced_secret("default")),
                      ("delete", lambda: core.delete_namespace("team"))):
        try:
            ask()
            say(what, "allowed")
        except ApiException as error:
            say(what, error.status, error.body)
    try:
        stream(core.connect_get_namespaced_pod_exec, "box", "default", command=["rm", "x"], stdout=True)
        say("exec allowed")
    except ApiException as error:
        say("exec", error.status, str(error.reason).splitlines()[0])


def main(path, scenario):
    made = api_client(path)
    core, apps = client.CoreV1Api(made), client.AppsV1Api(made)
    if scenario == "denials":
        return denials(core)
    reads(core, apps)
    writes(core, apps)
    watches(core)
    return streams(core)


if __name__ == "__main__":
    main(*sys.argv[1:])
