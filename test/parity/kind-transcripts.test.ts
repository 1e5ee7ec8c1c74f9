import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import { withValue } from "../../src/kinds/keep-children.ts";
import { kindExtension } from "../../src/kinds/table.ts";
import { describeDifference, jsonDifferences } from "../../src/parity/json-difference.ts";

type Request = {
  readonly method: string;
  readonly path: string;
  readonly apiVersion: string;
  readonly status: number;
  readonly body?: JsonObject;
  readonly response?: JsonObject;
};
type Step = {
  readonly label: string;
  readonly ready?: { readonly reason: string; readonly message?: string } | "gone" | null;
  readonly requests?: readonly Request[];
};
type Transcript = {
  readonly id: string;
  readonly group: string;
  readonly kind: string;
  readonly steps: readonly Step[];
};

const file = path.resolve(import.meta.dirname, "../../../shared/parity/kinds/kinds.json.gz");
if (!existsSync(file)) throw new Error("the transcripts of kinds are missing");
const all = JSON.parse(gunzipSync(readFileSync(file)).toString("utf8")) as readonly Transcript[];

/** Steps of one part of the transcripts, one row each. */
function stepsOf(part: string, kinds: readonly string[]) {
  return all
    .filter(({ id, kind }) => id.startsWith(`${part}/`) && kinds.includes(kind))
    .flatMap(({ id, group, kind, steps }) =>
      steps.map((step) => ({
        ...{ name: `${id}: ${step.label}`, kind, step },
        extension: kindExtension(`${group.replace(/\.azure\.com$/, "")}.azure.com`, kind),
      })),
    );
}

function reasonOf({ ready }: Step): string | undefined {
  return typeof ready === "object" && ready !== null ? ready.reason : undefined;
}

/** Where the children of a parent stand; none of these transcripts has any in the custom resource itself. */
const children: Readonly<Record<string, readonly string[]>> = {
  VirtualNetwork: ["properties", "subnets"],
  NetworkSecurityGroup: ["properties", "securityRules"],
  RouteTable: ["properties", "routes"],
};

describe("the body of a parent", () => {
  const rows = stepsOf("mod", Object.keys(children)).flatMap(({ step, ...row }) =>
    (step.requests ?? []).flatMap((put, at, requests) => {
      const got = requests.slice(0, at).findLast((one) => one.path === put.path);
      return put.method === "PUT" && got !== undefined ? [{ ...row, put, got }] : [];
    }),
  );

  it("is recorded often enough", () => expect(rows.length).toBeGreaterThanOrEqual(13));

  it.each(rows)("holds the children that Azure shows as ASO sends them: $name", (row) => {
    const { put, got, kind, extension } = row;
    const wanted = put.body ?? {};
    const goal = { armId: put.path, apiVersion: put.apiVersion, body: without(wanted, kind) };
    const current = got.status === 200 ? (got.response ?? {}) : "notFound";
    const modified = extension.modifyBody?.apply(goal, { current });
    const sent = modified?.kind === "body" ? modified.body : {};
    expect(jsonDifferences(wanted, sent).map(describeDifference)).toEqual([]);
  });

  /** The body before the children were added. */
  function without(body: JsonObject, kind: string): JsonObject {
    const [holder = "", name = ""] = children[kind] ?? [];
    const { [name]: _children, ...others } = (body[holder] ?? {}) as JsonObject;
    const { [holder]: _holder, ...outside } = body;
    return Object.keys(others).length === 0 ? outside : withValue(body, [holder], others);
  }
});

describe("a state of Azure", () => {
  // ASO looks at what a resource was before it went, and names no owner that it only knows by its id: neither is meant.
  const asoOnly = /stale-status|arm-id-owner/;
  const checked = [...stepsOf("pre", kindsWith("self")), ...stepsOf("own", kindsWith("owner"))];
  const rows = checked
    .filter(({ name }) => !asoOnly.test(name))
    .flatMap(({ step, ...row }) => {
      const gets = (step.requests ?? []).filter(({ method }) => method === "GET");
      const isSent = step.requests?.some(({ method }) => method === "PUT") ?? false;
      const isKept = reasonOf(step) === "ReconciliationBlocked";
      return gets.length > 0 && (isKept || isSent) ? [{ ...row, step, gets, isKept }] : [];
    });

  it("is recorded often enough", () => {
    expect(rows.filter(({ isKept }) => isKept).length).toBeGreaterThanOrEqual(10);
    expect(rows.filter(({ isKept }) => !isKept).length).toBeGreaterThanOrEqual(10);
    expect(looks.length).toBeGreaterThanOrEqual(10);
  });

  it.each(rows)("keeps a PUT back where it does in ASO, with its words: $name", (row) => {
    const { owner, self } = row.extension.blocksPut ?? {};
    const reasons = row.gets.flatMap(({ path: where, status, response }) => {
      // The resource under test is called main, its owner own.
      const check = where.endsWith("main") ? self : owner;
      const reason = status === 200 && response !== undefined ? check?.(response) : undefined;
      return reason === undefined ? [] : [reason];
    });
    const { ready } = row.step;
    const message = typeof ready === "object" ? ready?.message : undefined;
    expect([...new Set(reasons)]).toEqual(row.isKept ? [message] : []);
  });

  const looks = stepsOf("post", ["PrivateEndpoint", "BackupVaultsBackupInstance"])
    .filter(({ name }) => !asoOnly.test(name))
    .flatMap((row) => {
      const gets = row.step.requests?.filter(({ path: where }) => where.endsWith("main")) ?? [];
      const shown = gets.findLast(({ method }) => method === "GET")?.response;
      const isJudged = ["Succeeded", "PostReconciliationFailure"].includes(
        reasonOf(row.step) ?? "",
      );
      return shown !== undefined && isJudged ? [{ ...row, shown }] : [];
    });

  it.each(looks)("keeps Ready back where it does in ASO, with its words: $name", (row) => {
    const { ready } = row.step;
    const message = typeof ready === "object" ? ready?.message : undefined;
    expect(row.extension.blocksReady?.(row.shown)).toBe(message);
  });

  function kindsWith(which: "owner" | "self"): readonly string[] {
    return [...new Set(all.map(({ group, kind }) => `${group}/${kind}`))].flatMap((name) => {
      const [group = "", kind = ""] = name.split("/");
      const { blocksPut } = kindExtension(`${group.replace(/\.azure\.com$/, "")}.azure.com`, kind);
      return blocksPut?.[which] === undefined ? [] : [kind];
    });
  }
});
