import { createPublicKey, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { readJsonPath } from "../../../src/sandbox/api-server/http/json-path.ts";
import { negotiate } from "../../../src/sandbox/api-server/http/negotiate.ts";
import { decodeProtobuf } from "../../../src/sandbox/api-server/protobuf/decode-protobuf.ts";
import { metadataSchema } from "../../../src/sandbox/api-server/schema/object-schema.ts";
import { humanDuration } from "../../../src/sandbox/api-server/store/human-duration.ts";
import { applyJsonPatch } from "../../../src/sandbox/api-server/store/json-patch.ts";
import {
  mergePatch,
  strategicMergePatch,
} from "../../../src/sandbox/api-server/store/merge-patch.ts";
import { compareVersions } from "../../../src/sandbox/api-server/store/resource-type.ts";
import { aGadgetServer, aServer, at, gadgets, start } from "./a-server.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe("humanDuration", () => {
  it.for([
    [-5 * second, "<invalid>"],
    [0, "0s"],
    [119 * second, "119s"],
    [2 * minute, "2m"],
    [5 * minute + 3 * second, "5m3s"],
    [179 * minute, "179m"],
    [3 * hour + 4 * minute, "3h4m"],
    [9 * hour, "9h"],
    [47 * hour, "47h"],
    [2 * day + 3 * hour, "2d3h"],
    [30 * day, "30d"],
    [3 * 365 * day + 2 * day, "3y2d"],
    [9 * 365 * day, "9y"],
  ] as const)("%d ms is %s", ([ms, text]) => {
    expect(humanDuration(ms)).toBe(text);
  });
});

describe("compareVersions", () => {
  it("prefers stable and new versions and sorts other names at the end", () => {
    const versions = [
      "v1alpha1",
      "v1api20210101",
      "v1",
      "v1api20200101",
      "v2beta1",
      "v20250601",
      "v2",
    ];

    expect(versions.sort(compareVersions)).toEqual([
      ...["v20250601", "v2", "v1", "v2beta1", "v1alpha1", "v1api20200101", "v1api20210101"],
    ]);
  });
});

describe("readJsonPath", () => {
  const value = {
    status: {
      conditions: [
        { type: "A", status: "1" },
        { type: "Ready", status: "True" },
      ],
    },
    list: [{ x: 1 }, { x: 2 }],
    map: { "a.b": "c" },
  };

  it.for([
    [".status.conditions[?(@.type=='Ready')].status", "True"],
    ['.status.conditions[?(@.type=="Ready")].status', "True"],
    [".status.conditions[?(@.type=='None')].status", undefined],
    [".list[1].x", 2],
    [".list[*].x", 1],
    [".map['a.b']", "c"],
    [".map.a\\.b", "c"],
    [".none.x", undefined],
  ] as const)("%s", ([path, expected]) => {
    expect(readJsonPath(value, path)).toEqual(expected);
  });
});

describe("negotiate", () => {
  it.for([
    { because: "no header means JSON", accept: "", form: ["object", "json"] },
    {
      because: "kubectl wants tables",
      accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
      form: ["table", "json"],
    },
    {
      because: "what is not spoken is passed over",
      accept: "application/vnd.kubernetes.protobuf,application/json",
      form: ["object", "json"],
    },
    { because: "YAML is spoken", accept: "application/yaml", form: ["object", "yaml"] },
    {
      because: "metadata of one object",
      accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
      form: ["metadata", "json"],
    },
  ])("$because", ({ accept, form }) => {
    const [representation, format] = form;

    expect(negotiate(accept)).toEqual({ kind: "negotiated", representation, format });
  });

  it("refuses what nobody speaks", () => {
    expect(negotiate("text/plain")).toMatchObject({ kind: "refused", code: 406 });
  });
});

describe("patches", () => {
  it("merge by removing nulls and replacing lists", () => {
    expect(
      mergePatch({ a: 1, b: { c: 1, d: 2 }, e: [1] }, { a: null, b: { c: 3 }, e: [2] }),
    ).toEqual({
      b: { c: 3, d: 2 },
      e: [2],
    });
  });

  it("merge lists strategically by the schema", () => {
    const target = { finalizers: ["a/b"], ownerReferences: [{ uid: "1", name: "x" }] };
    const patch = {
      finalizers: ["c/d"],
      "$setElementOrder/finalizers": ["a/b", "c/d"],
      "$deleteFromPrimitiveList/finalizers": ["a/b"],
      ownerReferences: [
        { uid: "2", name: "y" },
        { uid: "1", $patch: "delete" },
      ],
    };

    expect(strategicMergePatch(target, patch, metadataSchema)).toEqual({
      finalizers: ["c/d"],
      ownerReferences: [{ uid: "2", name: "y" }],
    });
  });

  it.for([
    { op: "add", path: "/list/-", value: 3, expected: { a: { b: 1 }, list: [1, 2, 3] } },
    { op: "add", path: "/list/0", value: 0, expected: { a: { b: 1 }, list: [0, 1, 2] } },
    { op: "remove", path: "/list/1", expected: { a: { b: 1 }, list: [1] } },
    { op: "replace", path: "/a/c", value: 2, expected: { a: { b: 1, c: 2 }, list: [1, 2] } },
    { op: "move", from: "/a/b", path: "/c", expected: { a: {}, list: [1, 2], c: 1 } },
    {
      op: "copy",
      from: "/a",
      path: "/x~1y",
      expected: { a: { b: 1 }, list: [1, 2], "x/y": { b: 1 } },
    },
    { op: "test", path: "/a/b", value: 2, expected: undefined },
    { op: "remove", path: "/none", expected: undefined },
    { op: "add", path: "/none/x", value: 1, expected: undefined },
    { op: "add", path: "/list/9", value: 1, expected: undefined },
  ])("$op $path", ({ expected, ...operation }) => {
    expect(applyJsonPatch({ a: { b: 1 }, list: [1, 2] }, [operation as JsonObject])).toEqual(
      expected,
    );
  });
});

describe("decodeProtobuf", () => {
  const field = (number: number, content: string | number[]): number[] => {
    const bytes = typeof content === "string" ? [...Buffer.from(content)] : content;
    return [(number << 3) | 2, bytes.length, ...bytes];
  };
  const envelope = (kind: string, raw: number[]) =>
    new Uint8Array([
      ...[0x6b, 0x38, 0x73, 0],
      ...field(1, [...field(1, "v1"), ...field(2, kind)]),
      ...field(2, raw),
    ]);

  it("reads what kubectl sends for a Secret", () => {
    const metadata = field(1, [
      ...field(1, "s"),
      ...field(2, ""),
      ...field(11, [...field(1, "l"), ...field(2, "v")]),
    ]);
    const data = field(2, [...field(1, "k"), ...field(2, "v")]);

    expect(decodeProtobuf(envelope("Secret", [...metadata, ...data]))).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", labels: { l: "v" } },
      data: { k: "dg==" },
    });
  });

  it.for([
    { because: "another format", bytes: new TextEncoder().encode("{}") },
    { because: "an unknown kind", bytes: envelope("Pod", []) },
    { because: "a field that ends too early", bytes: envelope("Secret", [10, 99]) },
  ])("does not read $because", ({ bytes }) => {
    expect(decodeProtobuf(bytes)).toBeUndefined();
  });
});

describe("discovery", () => {
  const accept =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

  it("costs nothing when nothing changed", () => {
    const server = aGadgetServer();
    const { headers, body } = server.send("GET", "/apis", undefined, { accept });
    const etag = String(headers["etag"]);

    expect(JSON.stringify(body)).toContain('"resource":"gadgets"');
    expect(server.send("GET", "/apis", undefined, { accept, ifNoneMatch: etag }).code).toBe(304);
    server.send(
      "DELETE",
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.test.azure.com",
    );
    expect(server.send("GET", "/apis", undefined, { accept, ifNoneMatch: etag }).code).toBe(200);
  });

  it("is plain for clients that ask for nothing else", () => {
    const server = aGadgetServer();

    expect(server.send("GET", "/apis").body["kind"]).toBe("APIGroupList");
    expect(server.send("GET", "/apis/test.azure.com").body["kind"]).toBe("APIGroup");
    expect(at(server.send("GET", "/apis/test.azure.com/v2").body, "resources", 1, "name")).toBe(
      "gadgets/status",
    );
  });
});

describe("access", () => {
  it("needs a known token", () => {
    const server = aGadgetServer();

    expect(server.send("GET", gadgets, undefined, { token: "other" }).code).toBe(401);
    expect(server.send("GET", "/readyz", undefined, { token: "other" }).code).toBe(200);
  });

  it("is open to service accounts with a token for this server until it expires", () => {
    const server = aServer();
    const accounts = "/api/v1/namespaces/default/serviceaccounts";
    server.send("POST", accounts, { metadata: { name: "robot" } });
    const request = (spec: JsonObject) =>
      String(at(server.send("POST", `${accounts}/robot/token`, { spec }).body, "status", "token"));
    const own = request({ expirationSeconds: 600 });
    const foreign = request({ audiences: ["api://AzureADTokenExchange"] });
    const code = (token: string) => server.send("GET", accounts, undefined, { token }).code;

    expect(code(own)).toBe(200);
    expect(code(foreign)).toBe(401);
    server.clock.ms = start + 601 * second;
    expect(code(own)).toBe(401);
  });

  it("signs tokens that the published key verifies", () => {
    const server = aServer();
    const accounts = "/api/v1/namespaces/default/serviceaccounts";
    server.send("POST", accounts, { metadata: { name: "robot" } });
    const answer = server.send("POST", `${accounts}/robot/token`, {
      spec: { audiences: ["x"] },
    }).body;
    const [header = "", payload = "", signature = ""] = String(at(answer, "status", "token")).split(
      ".",
    );
    const jwk = at(server.send("GET", "/openid/v1/jwks").body, "keys", 0) as JsonObject;
    const key = createPublicKey({ key: jwk, format: "jwk" });

    const isValid = verify(
      "sha256",
      Buffer.from(`${header}.${payload}`),
      { key, dsaEncoding: "ieee-p1363" },
      Buffer.from(signature, "base64url"),
    );

    expect(isValid).toBe(true);
    expect(JSON.parse(Buffer.from(payload, "base64url").toString())).toMatchObject({
      iss: "https://server",
      sub: "system:serviceaccount:default:robot",
      aud: ["x"],
      exp: start / second + 3600,
    });
  });

  it("refuses tokens of less than ten minutes", () => {
    const server = aServer();
    const accounts = "/api/v1/namespaces/default/serviceaccounts";
    server.send("POST", accounts, { metadata: { name: "robot" } });

    const answer = server.send("POST", `${accounts}/robot/token`, {
      spec: { expirationSeconds: 10 },
    });

    expect(answer.code).toBe(422);
    expect(answer.body["message"]).toContain("may not specify a duration less than 10 minutes");
  });
});

describe("limits", () => {
  it("are told to who asks for what is not evaluated", () => {
    const server = aGadgetServer();
    const patch = {
      spec: {
        versions: [
          {
            name: "v2",
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: { type: "object", "x-kubernetes-validations": [{ rule: "true" }] },
            },
          },
        ],
      },
    };

    const { headers } = server.send(
      "PATCH",
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.test.azure.com",
      patch,
    );

    expect(String(headers["warning"])).toContain("does not evaluate x-kubernetes-validations");
    expect(server.send("GET", "/version").body["notEvaluated"]).toContain("RBAC");
  });
});
