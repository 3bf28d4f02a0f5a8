// kube_client.js KUBECONFIG SCENARIO: what Kubernetes' own library for node sees. `common` must be the same
// straight and through the gateway; `denials` prints how refusals look. Prints a line for each thing it saw.
"use strict";

const { Writable, Readable } = require("stream");

const [path, scenario] = process.argv.slice(2);

const shown = (word) => (typeof word === "string" ? word : JSON.stringify(word));
const say = (...words) => console.log(...words.map(shown));

// Resolves when `seen` has been called with something `is` says yes to.
function until(is) {
  let resolve;
  const done = new Promise((yes) => (resolve = yes));
  return { done, seen: (...words) => is(...words) && resolve() };
}

async function reads(core, apps) {
  const pods = await core.listNamespacedPod({ namespace: "default" });
  say("pods", pods.items.map((pod) => pod.metadata.name));
  const page = await core.listConfigMapForAllNamespaces({ limit: 2 });
  say("page", page.items.length, page.metadata.remainingItemCount);
  const web = await apps.readNamespacedDeployment({ name: "web", namespace: "default" });
  say("deployment", web.spec.replicas, web.spec.template.spec.containers[0].image);
  const missing = core.readNamespacedPod({ name: "nope", namespace: "default" });
  await missing.catch((error) => say("missing", error.code, error.body));
}

async function writes(core) {
  const where = { namespace: "team" };
  const body = { metadata: { name: "one" }, data: { a: "1" } };
  say("made", (await core.createNamespacedConfigMap({ ...where, body })).data);
  const steps = [{ op: "replace", path: "/data/a", value: "2" }];
  say("patched", (await core.patchNamespacedConfigMap({ ...where, name: "one", body: steps })).data);
  const whole = await core.readNamespacedConfigMap({ ...where, name: "one" });
  whole.data = { c: "3" };
  say("replaced", (await core.replaceNamespacedConfigMap({ ...where, name: "one", body: whole })).data);
  await core.createNamespacedConfigMap({ ...where, body }).catch((error) => say("exists", error.code));
  say("deleted", (await core.deleteNamespacedConfigMap({ ...where, name: "one" })).status);
}

async function informs(k8s, config, core) {
  const list = () => core.listNamespacedConfigMap({ namespace: "team" });
  const informer = k8s.makeInformer(config, "/api/v1/namespaces/team/configmaps", list);
  const first = until(() => true);
  const last = until(() => true);
  informer.on("add", (map) => (map.metadata.name === "seen" ? say("add", map.data) : first.seen()));
  informer.on("update", (map) => say("update", map.data));
  informer.on("delete", (map) => (say("delete", map.data), last.seen()));
  await informer.start();
  await first.done;
  const where = { namespace: "team" };
  await core.createNamespacedConfigMap({ ...where, body: { metadata: { name: "seen" }, data: { a: "1" } } });
  const body = [{ op: "replace", path: "/data/a", value: "2" }];
  await core.patchNamespacedConfigMap({ ...where, name: "seen", body });
  await core.deleteNamespacedConfigMap({ ...where, name: "seen" });
  await last.done;
  await informer.stop();
}

function kept() {
  const pieces = [];
  const stream = new Writable({ write: (piece, _, next) => (pieces.push(piece), next()) });
  return { stream, text: () => Buffer.concat(pieces).toString() };
}

async function executes(k8s, config, command, stdin) {
  const [out, err] = [kept(), kept()];
  const status = await new Promise((resolve, reject) =>
    new k8s.Exec(config)
      .exec("default", "box", "main", command, out.stream, err.stream, stdin, false, resolve)
      .catch(reject),
  );
  return [out.text(), err.text(), status.status, (status.details || {}).causes];
}

async function streams(k8s, config) {
  say("exec", await executes(k8s, config, ["sh", "-c", "echo out; echo err >&2; exit 3"], null));
  say("stdin", await executes(k8s, config, ["head", "-n1"], Readable.from(["first\nsecond\n"])));
  const log = kept();
  await new k8s.Log(config).log("default", "box", "main", log.stream, { tailLines: 2 });
  await new Promise((resolve) => log.stream.once("finish", resolve));
  say("log", log.text());
}

async function denials(k8s, config, core) {
  const told = (what) => (error) => say(what, error.code, error.body);
  await core.listNamespacedSecret({ namespace: "default" }).then(() => say("list allowed"), told("list"));
  await core.deleteNamespace({ name: "team" }).then(() => say("delete allowed"), told("delete"));
  await executes(k8s, config, ["rm", "x"], null).then(
    () => say("exec allowed"),
    (error) => say("exec", String(error.message || error)),
  );
}

async function main() {
  const k8s = await import("@kubernetes/client-node");
  const config = new k8s.KubeConfig();
  config.loadFromFile(path);
  const core = config.makeApiClient(k8s.CoreV1Api);
  if (scenario === "denials") return denials(k8s, config, core);
  await reads(core, config.makeApiClient(k8s.AppsV1Api));
  await writes(core);
  await informs(k8s, config, core);
  await streams(k8s, config);
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
