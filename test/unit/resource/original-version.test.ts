import { describe, expect, it } from "vitest";
import { originalVersion } from "../../../src/core/resource/original-version.ts";
import type { CustomResource, ManagedFieldsEntry } from "../../../src/core/resource/types.ts";

const group = "storage.azure.com";
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

function write(
  manager: string,
  operation: string,
  version: string,
  time: number,
  fields: readonly string[] = ["f:location"],
  subresource = "",
): ManagedFieldsEntry {
  const spec = Object.fromEntries(fields.map((field) => [field, {}]));
  return {
    ...{ manager, operation, subresource, apiVersion: `${group}/${version}` },
    time: `2024-01-01T00:00:0${time}Z`,
    fieldsV1: { "f:spec": spec },
  };
}

function versionOf(
  managedFields: readonly ManagedFieldsEntry[],
  annotations: Readonly<Record<string, string>> = {},
  spec: CustomResource["spec"] = {},
): string {
  const metadata = { name: "n", uid: "u", resourceVersion: "1", managedFields, annotations };
  const resource = { apiVersion: `${group}/v9storage`, kind: "K", metadata, spec };
  return originalVersion(resource, "v9storage", ["ours"]);
}

const applied = (version: string) => ({ [lastApplied]: `{"apiVersion":"${group}/${version}"}` });
const csa = "kubectl-client-side-apply";

describe("originalVersion", () => {
  it.each([
    {
      because: "server-side apply states it",
      found: versionOf([
        write("kubectl", "Apply", "v1", 1),
        write("kubectl-edit", "Update", "v5", 9),
      ]),
      version: "v1",
    },
    {
      because: "last-applied shows the new version while the owner field stays with the old write",
      found: versionOf([write(csa, "Update", "v1", 1, ["f:owner"])], applied("v2")),
      version: "v2",
    },
    {
      because: "the newer of the two ways to apply counts",
      found: versionOf(
        [write("kubectl", "Apply", "v3", 2), write(csa, "Update", "v1", 1)],
        applied("v1"),
      ),
      version: "v3",
    },
    {
      because: "managedFields were emptied and last-applied is left",
      found: versionOf([], applied("v2")),
      version: "v2",
    },
    {
      because: "a replace without last-applied came after",
      found: versionOf([
        write("x", "Update", "v1", 1, ["f:owner"]),
        write("kubectl-replace", "Update", "v4", 2),
      ]),
      version: "v4",
    },
    {
      because: "a program created it and another changed one field",
      found: versionOf([write("a", "Update", "v1", 1, ["f:owner"]), write("b", "Update", "v5", 2)]),
      version: "v1",
    },
    {
      because: "our own writes, status writes and ASO's storage writes do not count",
      found: versionOf([
        write("ours", "Update", "v8", 5),
        write("aso", "Update", "v9storage", 6, ["f:owner"]),
        write("x", "Update", "v7", 7, ["f:owner"], "status"),
        write("user", "Update", "v2", 1),
      ]),
      version: "v2",
    },
    {
      because: "only our own note is left",
      found: versionOf([], { "aso-functions/original-version": "v3" }, { originalVersion: "v1" }),
      version: "v3",
    },
    {
      because: "ASO stored it",
      found: versionOf([], {}, { originalVersion: "v1" }),
      version: "v1",
    },
    { because: "nothing is known", found: versionOf([]), version: "v9" },
    {
      because: "last-applied is of another group",
      found: versionOf([], { [lastApplied]: '{"apiVersion":"apps/v1"}' }),
      version: "v9",
    },
  ])("is $version when $because", ({ found, version }) => {
    expect(found).toBe(version);
  });
});
