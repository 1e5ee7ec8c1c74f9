import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { Command, CommanderError } from "commander";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { registerPlan } from "../../../src/cli/plan.ts";
import { login, resourceGroup, server, setting } from "./manifests.ts";

const directory = mkdtempSync(path.join(tmpdir(), "plan-"));
afterAll(() => rmSync(directory, { recursive: true }));

const all = [setting, login, server, resourceGroup];
const whole = file("whole.json", JSON.stringify({ kind: "List", apiVersion: "v1", items: all }));
const subscription = ["--subscription", "00000000-0000-0000-0000-000000000001"];

describe("plan", () => {
  it("prints the requests as JSON and ends with 0 when everything can be planned", async () => {
    const { code, out, error } = await run("-f", whole, ...subscription);
    expect({ code, error }).toEqual({ code: 0, error: "" });
    expect(JSON.parse(out).map((entry: Entry) => [entry.method, entry.resource.kind])).toEqual([
      ["PUT", "ResourceGroup"],
      ["PUT", "FlexibleServer"],
      ["PUT", "FlexibleServersConfiguration"],
    ]);
    expect(out).not.toContain("hunter2");
  });

  it("prints the same as YAML, and one line each as a table", async () => {
    const json = JSON.parse((await run("-f", whole, ...subscription)).out);
    const yaml = (await run("-f", whole, ...subscription, "-o", "yaml")).out;
    expect(parse(yaml)).toEqual(json);
    expect(parse(yaml, { version: "1.1" })).toEqual(json);
    const table = (await run("-f", whole, ...subscription, "-o", "table")).out.split("\n");
    expect(table).toHaveLength(5);
    expect(table[1]).toMatch(
      /^PUT {5}ResourceGroup team\/rg {2,}https:\/\/management\.azure\.com\//,
    );
  });

  it("names what cannot be planned and ends with 1", async () => {
    const part = file(
      "part.json",
      all
        .filter((one) => one !== login)
        .map(json)
        .join("\n---\n"),
    );
    const { code, out, error } = await run("-f", part, ...subscription);
    expect(code).toBe(1);
    expect(error).toBe(
      "1 of 3 resources cannot be planned: FlexibleServer team/db (SecretNotFound)\n",
    );
    expect(JSON.parse(out)).toHaveLength(3);
  });

  it("reads stdin, several files and folders", async () => {
    mkdirSync(path.join(directory, "folder"));
    file("folder/secret.yaml", json(login));
    file("folder/group.json", json(resourceGroup));
    const input = json(server);
    const { code, out } = await runWith(
      input,
      ...["-f", "-", path.join(directory, "folder"), file("setting.yaml", json(setting))],
      ...subscription,
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toHaveLength(3);
  });

  it("prints secret values only when asked to", async () => {
    const { out } = await run("-f", whole, ...subscription, "--show-secrets");
    expect(out).toContain("hunter2");
  });
});

describe("plan with input it cannot use", () => {
  it.each([
    { because: "a file is not there", args: ["-f", "nope.yaml"], message: "nope.yaml" },
    { because: "a file is no YAML", args: ["-f", file("bad", "a: [")], message: "bad: " },
    {
      because: "an object has no name",
      args: ["-f", file("unnamed", "apiVersion: v1\nkind: Secret\n")],
      message: "without apiVersion, kind and metadata.name",
    },
    {
      because: "nothing is of Azure",
      args: ["-f", file("secret.json", json(login))],
      message: "no object of an *.azure.com group",
    },
    {
      because: "the kind is unknown",
      args: ["-f", file("kind.json", json({ ...server, kind: "Nope" }))],
      message: "no kind Nope in group dbforpostgresql.azure.com",
    },
    {
      because: "the format is unknown",
      args: ["-f", whole, "-o", "xml"],
      message: "-o takes json",
    },
    {
      because: "the subscription is no id",
      args: ["-f", whole, "--subscription", "a/b"],
      message: "--subscription is not an id",
    },
  ])("ends with 2 when $because", async ({ args, message }) => {
    const given = args.includes("--subscription") ? args : [...args, ...subscription];
    const { code, out, error } = await run(...given);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(error).toContain(message);
  });
});

describe("the command line", () => {
  const main = path.resolve(import.meta.dirname, "../../../src/cli/main.ts");

  it.each([
    { because: "everything can be planned", args: ["plan", "-f", whole, ...subscription], code: 0 },
    {
      because: "something cannot",
      args: ["plan", "-f", file("part.yaml", json(server)), ...subscription],
      code: 1,
    },
    { because: "an option is missing", args: ["plan", "-f", whole], code: 2 },
    { because: "an option is unknown", args: ["plan", "--nope"], code: 2 },
  ])("ends with $code when $because", ({ args, code }) => {
    expect(spawnSync(process.execPath, [main, ...args]).status).toBe(code);
  });
});

type Entry = { readonly method: string; readonly resource: { readonly kind: string } };

function json(object: unknown): string {
  return JSON.stringify(object);
}

function file(name: string, text: string): string {
  writeFileSync(path.join(directory, name), text);
  return path.join(directory, name);
}

function run(...args: readonly string[]) {
  return runWith("", ...args);
}

async function runWith(input: string, ...args: readonly string[]) {
  const result = { code: 0, out: "", error: "" };
  const program = new Command("aso-functions").exitOverride().configureOutput({
    writeOut: (text) => {
      result.out += text;
    },
    writeErr: (text) => {
      result.error += text;
    },
  });
  registerPlan(program, Readable.from([input]));
  try {
    await program.parseAsync(["plan", ...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    result.code = error.exitCode;
  }
  return result;
}
