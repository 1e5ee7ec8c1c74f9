import * as manifests from "./manifests.ts";

/** One kubectl command; `input` goes to its standard input. */
export type Step = {
  readonly does: string;
  readonly args: readonly string[];
  readonly input?: string;
};

function step(does: string, command: string, input?: string): Step {
  const args = (command.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'|'$/g, ""));
  return input === undefined ? { does, args } : { does, args, input };
}

const ready =
  '{"status":{"conditions":[{"type":"Ready","status":"True","reason":"Succeeded","severity":"Info","message":"done","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}';

/** The commands in order: each works on what the ones before left. */
export const steps: readonly Step[] = [
  step("installs a definition", "create -f -", manifests.groupDefinition),
  step("applies a definition", "apply -f -", manifests.gadgetDefinition),
  step("waits for definitions", "wait --for=condition=Established crd --all --timeout=20s"),
  step("shows the served kinds", "api-resources --api-group=test.azure.com"),
  step("creates a namespace", "create namespace team"),
  step("refuses a second namespace of the name", "create namespace team"),
  step("applies a new object", "apply -f -", manifests.group),
  step("applies it unchanged", "apply -f -", manifests.group),
  step("applies a change", "apply -f -", manifests.groupChanged),
  step("shows a change before it is made", "diff -f -", manifests.groupTrimmed),
  step("removes fields by apply", "apply -f -", manifests.groupTrimmed),
  step("shows a table", "get resourcegroups -n team"),
  step(
    "shows an object with its owners",
    "get resourcegroup rg -n team -o yaml --show-managed-fields",
  ),
  step(
    "shows another version",
    "get resourcegroups.v20200601.resources.azure.com rg -n team -o yaml",
  ),
  step("shows names of a category", "get azure -A -o name"),
  step(
    "writes status",
    `patch resourcegroup rg -n team --subresource=status --type=merge -p '${ready}'`,
  ),
  step("waits for Ready", "wait resourcegroup rg -n team --for=condition=Ready --timeout=20s"),
  step("shows Ready in the table", "get resourcegroups -n team -o wide"),
  step("refuses an unknown kind", "apply -f -", manifests.unknownKind),
  step("does not know a resource", "get nonsense"),
  step("does not find an object", "get resourcegroup missing -n team"),
  step("refuses wrong types", "apply -f -", manifests.groupWithWrongTypes),
  step("refuses unknown fields", "apply -f -", manifests.groupWithUnknownFields),
  step(
    "warns of unknown fields",
    "apply --validate=warn --dry-run=server -f -",
    manifests.groupWithUnknownFields,
  ),
  step("refuses a missing field", "apply -f -", manifests.groupWithoutLocation),
  step("refuses a bad name", "create -f -", manifests.groupWithBadName),
  step(
    "refuses unknown fields of a server-side apply",
    "apply --server-side -f -",
    manifests.groupWithUnknownField,
  ),
  step("applies on the server", "apply --server-side -f -", manifests.gadget),
  step("applies on the server again", "apply --server-side -f -", manifests.gadgetApplied),
  step("shows who owns what", "get gd one -n team -o yaml --show-managed-fields"),
  step(
    "refuses the fields of another manager",
    "apply --server-side --field-manager=other -f -",
    manifests.gadgetOfOther,
  ),
  step(
    "takes them by force",
    "apply --server-side --field-manager=other --force-conflicts -f -",
    manifests.gadgetOfOther,
  ),
  step("moves from client-side to server-side apply", "apply --server-side -f -", manifests.group),
  step("shows what the move left", "get resourcegroup rg -n team -o yaml --show-managed-fields"),
  step("tells every fault of a spec", "create -f -", manifests.gadgetWithFaults),
  step(
    "patches by merge",
    `patch gadget one -n team --type=merge -p '{"spec":{"count":5,"port":null}}'`,
  ),
  step(
    "patches by JSON patch",
    `patch gadget one -n team --type=json -p '[{"op":"add","path":"/spec/zones","value":["3"]}]'`,
  ),
  step(
    "refuses a patch out of range",
    `patch gadget one -n team --type=merge -p '{"spec":{"count":50}}'`,
  ),
  step("annotates", "annotate gadget one -n team note=hello"),
  step("labels", "label gadget one -n team app=other --overwrite"),
  step("refuses to relabel", "label gadget one -n team app=third"),
  step("refuses a bad label", "label gadget one -n team app=a/b --overwrite"),
  step("refuses a stale replace", "replace -f -", manifests.staleGadget),
  step("replaces", "replace -f -", manifests.gadgetOfOther),
  step("selects by label", "get gadgets -A -l app=shop --show-labels"),
  step("selects by field", "get gadgets -A --field-selector metadata.name=none"),
  step(
    "explains a kind",
    "explain resourcegroup.spec --api-version=resources.azure.com/v1api20200601",
  ),
  step("explains an enumeration", "explain gadget.spec.sku"),
  step("records an event", "create -f -", manifests.event),
  step("lists events", "get events -n team -o wide"),
  step("describes with events", "describe resourcegroup rg -n team"),
  step("applies a Secret", "apply -f -", manifests.secret),
  step("shows the Secret", "get secret password -n team -o yaml"),
  step("makes a Secret", "create secret generic made -n team --from-literal=k=v"),
  step("applies a ConfigMap", "apply -f -", manifests.configMap),
  step("changes the ConfigMap", "apply -f -", manifests.configMapChanged),
  step("shows the ConfigMap", "get cm settings -n team -o yaml --show-managed-fields"),
  step("lists built-in kinds", "get secrets,configmaps -n team"),
  step("makes a service account", "create serviceaccount robot -n team"),
  step("refuses a short-lived token", "create token robot -n team --duration=10s"),
  step("asks who it is", "auth whoami -o jsonpath={.status.userInfo.username}"),
  step("asks what it may", "auth can-i delete gadgets.test.azure.com -n team"),
  step("deletes with a finalizer", "delete cm settings -n team --wait=false"),
  step(
    "refuses a new finalizer",
    `patch cm settings -n team --type=merge -p '{"metadata":{"finalizers":["test/keep","test/new"]}}'`,
  ),
  step(
    "finishes the deletion",
    `patch cm settings -n team --type=merge -p '{"metadata":{"finalizers":null}}'`,
  ),
  step("deletes what is there", "delete secret password made -n team"),
  step("does not delete what is not there", "delete secret password -n team"),
  step("deletes by label", "delete resourcegroups -n team -l app=shop"),
  step("keeps a terminating namespace", "delete namespace team --wait=false"),
  step("shows it terminating", "get namespace team"),
  step("refuses content in it", "apply -f -", manifests.group),
  step("protects the default namespace", "delete namespace default"),
  step("deletes a definition", "delete crd resourcegroups.resources.azure.com"),
  step("forgets its kind", "get resourcegroups -A"),
  step("is ready", "get --raw /readyz"),
];
