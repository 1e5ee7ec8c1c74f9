import { readFileSync } from "node:fs";
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { resolveSettings } from "../../../src/sandbox/host/app-settings.ts";
import { parseHostJson } from "../../../src/sandbox/host/host-json.ts";
import { parseHostLine } from "../../../src/sandbox/host/host-line.ts";
import { createLevelFilter } from "../../../src/sandbox/host/log-levels.ts";
import {
  decodeMessage,
  encodeMessage,
  outputMessages,
  queueMetadata,
} from "../../../src/sandbox/host/message-text.ts";
import { matchRoute } from "../../../src/sandbox/host/route.ts";
import { parseTimeSpan } from "../../../src/sandbox/host/time-span.ts";

describe("parseTimeSpan", () => {
  it.each([
    ["00:00:02", 2_000],
    ["00:00:00.500", 500],
    ["00:05", 300_000],
    ["1.02:03:04", 93_784_000],
    ["00:00:00.0000001", 0.0001],
  ])("reads %s as %d ms", (text, ms) => {
    expect(parseTimeSpan(text)).toBe(ms);
  });

  it.each(["", "5", "24:00:00", "00:60:00", "-00:01:00", "5s"])("refuses %j", (text) => {
    expect(parseTimeSpan(text)).toBeUndefined();
  });
});

describe("parseHostJson", () => {
  const read = (json: unknown, settings = {}) => parseHostJson(JSON.stringify(json), settings, 2);

  it("takes the extension's defaults for what is left out", () => {
    expect(read({ version: "2.0" })).toEqual({
      functionTimeoutMs: 1_800_000,
      queues: {
        batchSize: 16,
        newBatchThreshold: 16,
        maxPollingIntervalMs: 60_000,
        visibilityTimeoutMs: 0,
        maxDequeueCount: 5,
        messageEncoding: "base64",
      },
      routePrefix: "api",
      logLevels: {},
    });
  });

  it("lays app settings over it, without regard to case", () => {
    const settings = {
      AzureFunctionsJobHost__extensions__queues__batchSize: "3",
      AzureFunctionsJobHost__Extensions__Queues__MaxPollingInterval: "00:00:01",
      AzureFunctionsJobHost__logging__logLevel__default: "Warning",
    };

    const host = read({ version: "2.0", extensions: { queues: { batchSize: 8 } } }, settings);

    expect(host.queues).toMatchObject({ batchSize: 3, maxPollingIntervalMs: 1_000 });
    expect(host.logLevels).toEqual({ default: "Warning" });
  });

  it("knows no limit for a functionTimeout of -1", () => {
    expect(read({ version: "2.0", functionTimeout: "-1" }).functionTimeoutMs).toBeUndefined();
  });

  it.each([
    { json: { version: "1.0" }, names: "version" },
    {
      json: { version: "2.0", extensions: { queues: { batchSize: 33 } } },
      names: "extensions.queues.batchSize",
    },
    {
      json: { version: "2.0", extensions: { queues: { maxPollingInterval: "00:00:00.05" } } },
      names: "maxPollingInterval",
    },
    { json: { version: "2.0", extensions: { queues: { bachSize: 1 } } }, names: "bachSize" },
    { json: { version: "2.0", functionTimeout: "soon" }, names: "functionTimeout" },
  ])("refuses what is wrong and names it: $names", ({ json, names }) => {
    expect(() => read(json)).toThrow(names);
  });

  it("reads the project's own host.json: short polling, three deliveries, Base64", () => {
    const text = readFileSync(new URL("../../../host.json", import.meta.url), "utf8");

    expect(parseHostJson(text, {}, 1).queues).toEqual({
      batchSize: 16,
      newBatchThreshold: 16,
      maxPollingIntervalMs: 200,
      visibilityTimeoutMs: 30_000,
      maxDequeueCount: 3,
      messageEncoding: "base64",
    });
  });
});

describe("resolveSettings", () => {
  it("replaces names within a text", () => {
    expect(resolveSettings("%QUEUE%-poison", { QUEUE: "work" }, "f")).toBe("work-poison");
  });

  it("names the missing setting and the function", () => {
    expect(() => resolveSettings("%QUEUE%", { QUEUE: "" }, "scan")).toThrow(/QUEUE.*"scan"/);
  });
});

describe("createLevelFilter", () => {
  const passes = createLevelFilter({
    default: "Warning",
    Function: "Information",
    "Function.scan.User": "Debug",
    "Host.Results": "None",
  });

  it.each([
    { category: "Host.General", level: "information", shown: false, because: "the default" },
    { category: "Host.General", level: "error", shown: true, because: "the default" },
    { category: "Function.sweep.User", level: "information", shown: true, because: "a prefix" },
    { category: "Function.scan.User", level: "debug", shown: true, because: "the longest prefix" },
    {
      category: "Functional",
      level: "information",
      shown: false,
      because: "prefixes end at a dot",
    },
    { category: "Host.Results", level: "critical", shown: false, because: "None hides all" },
  ] as const)("$category at $level is shown: $shown, by $because", ({ category, level, shown }) => {
    expect(passes(category, level)).toBe(shown);
  });
});

describe("messages", () => {
  property.prop([
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("base64" as const, "none" as const),
  ])("come out as they went in", (text, encoding) => {
    expect(decodeMessage(encodeMessage(text, encoding), encoding)).toBe(text);
  });

  it("lets properties of the body hide the message's own, whatever their case", () => {
    const date = new Date(0);
    const message = {
      id: "1",
      popReceipt: "p",
      dequeueCount: 2,
      inserted: date,
      expires: date,
      nextVisible: date,
    };

    const metadata = queueMetadata(message, '{"id":"mine","dequeuecount":9,"list":[1]}');

    expect(metadata["id"]).toEqual({ string: "mine" });
    expect(metadata).not.toHaveProperty("Id");
    expect(metadata["dequeuecount"]).toEqual({ json: "9" });
    expect(metadata).not.toHaveProperty("list");
    expect(metadata["PopReceipt"]).toEqual({ string: "p" });
  });

  it.each([
    {
      data: { json: '["a",{"b":1}]' },
      messages: ["a", '{\n  "b": 1\n}'],
      because: "a list is one message each",
    },
    { data: { string: '["a","b"]' }, messages: ["a", "b"], because: "so is a text that is a list" },
    { data: { string: "[oops" }, messages: ["[oops"], because: "a text that is none stays whole" },
    { data: { json: '{"a":1}' }, messages: ['{\n  "a": 1\n}'], because: "objects are indented" },
    { data: { int: 5 }, messages: ["5"], because: "numbers are text" },
    { data: undefined, messages: [], because: "nothing is nothing" },
  ])("written by an output: $because", ({ data, messages }) => {
    expect(outputMessages(data)).toEqual(messages);
  });
});

describe("matchRoute", () => {
  it.each([
    ["fleet", "Fleet", {}],
    ["clusters/{name}", "clusters/a%20b", { name: "a b" }],
    ["clusters/{name?}", "clusters", {}],
    ["files/{*rest}", "files/a/b", { rest: "a/b" }],
    ["clusters/{id:int}", "clusters/7", { id: "7" }],
  ])("%s matches %s", (template, path, params) => {
    expect(matchRoute(template, path)).toEqual(params);
  });

  it.each([
    ["fleet", "fleet/more"],
    ["clusters/{name}", "clusters"],
    ["fleet", ""],
  ])("%s does not match %j", (template, path) => {
    expect(matchRoute(template, path)).toBeUndefined();
  });
});

describe("parseHostLine", () => {
  it("takes anything that is not the host's for output of the app", () => {
    for (const text of ["hello", '{"event":"unknown"}', '{"event":"ready","pid":', ""]) {
      expect(parseHostLine(text)).toEqual({ event: "output", text });
    }
  });
});
