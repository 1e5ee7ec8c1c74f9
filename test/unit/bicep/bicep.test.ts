import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import { readConfig } from "../../../src/config/config.ts";
import { settingNames } from "../../../src/config/settings.ts";
import {
  appSettings,
  bicepFile,
  bicepFiles,
  declared,
  modules,
  params,
  resourceTypes,
  root,
  strings,
} from "./bicep-files.ts";

const main = bicepFile("main.bicep");
const app = bicepFile("bicep/app.bicep");

/** Read by the Functions host alone. */
const hostSettings = [
  "AzureWebJobsStorage__blobServiceUri",
  "AzureWebJobsStorage__credential",
  "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
];

function source(pattern: string): string {
  const files = globSync(pattern, { cwd: root });
  return files.map((file) => readFileSync(path.join(root, file), "utf8")).join("\n");
}

function captured(text: string, pattern: RegExp): readonly string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ""))];
}

describe("the app settings of the Bicep", () => {
  it("are settings that the app or the host knows", () => {
    const known = [...settingNames, ...hostSettings];
    expect(appSettings().filter((name) => !known.includes(name))).toEqual([]);
  });

  it("make a configuration with the app's own identity, without one secret", () => {
    const values: Readonly<Record<string, string>> = {
      AzureWebJobsStorage__queueServiceUri: "https://account.queue.core.windows.net",
      AzureWebJobsStorage__tableServiceUri: "https://account.table.core.windows.net",
      ASO_FUNCTIONS_CLUSTERS: "[]",
      AZURE_RESOURCE_MANAGER_ENDPOINT: "https://management.azure.com/",
      AZURE_AUTHORITY_HOST: "https://login.microsoftonline.com/",
    };
    const environment = appSettings().map((name) => [name, values[name] ?? "some"]);
    const config = readConfig(Object.fromEntries(environment));
    expect(config.storage).toMatchObject({ kind: "identity", clientId: "some" });
    expect(config.globalCredential).toMatchObject({ subscriptionId: "some", clientId: "some" });
    expect(config.globalCredential?.clientSecret).toBeUndefined();
    expect(config.telemetryConnectionString).toBe("some");
  });

  it("name the queues that triggers take from settings, because defaults in code do not reach the host", () => {
    const read = captured(source("functions/*.ts"), /%(\w+)%/g);
    expect(read).toContain("SCAN_QUEUE");
    expect(read.filter((name) => !appSettings().includes(name))).toEqual([]);
  });

  it("hold none of those that Flex Consumption refuses", () => {
    const refused =
      /^(FUNCTIONS_EXTENSION_VERSION|FUNCTIONS_WORKER_RUNTIME|WEBSITE_RUN_FROM_PACKAGE|WEBSITE_CONTENT\w*|WEBSITE_NODE_DEFAULT_VERSION|WEBSITE_VNET_ROUTE_ALL|WEBSITE_TIME_ZONE|TZ)$/;
    expect(appSettings().filter((name) => refused.test(name))).toEqual([]);
  });
});

describe("the Bicep and the code agree on", () => {
  it("queues, each with its poison queue", () => {
    const { queues } = readConfig({ AzureWebJobsStorage: "UseDevelopmentStorage=true" });
    expect([...strings(main, "queueNames")].sort()).toEqual(Object.values(queues).sort());
    expect(bicepFile("bicep/storage.bicep").text).toMatch(/'\$\{queue\}-poison'/);
  });

  it("tables", () => {
    const used = captured(source("src/runtime/*.ts"), /storage\.table\("(\w+)"\)/g);
    expect(used.length).toBeGreaterThan(3);
    const made = strings(bicepFile("bicep/storage.bicep"), "tableNames");
    expect([...made].sort()).toEqual([...used].sort());
  });

  it("functions that are always ready", () => {
    const functions = captured(source("functions/*.ts"), /app\.storageQueue\("(\w+)"/g);
    const ready = strings(app, "alwaysReadyFunctions");
    expect([...ready].sort()).toEqual([...functions].sort());
  });

  it("metrics and functions that alerts ask for", () => {
    const { text } = bicepFile("bicep/alerts.bicep");
    const emitted = source("src/**/*.ts");
    const metrics = captured(text, /'(aso_functions_\w+)'/g);
    expect(metrics.length).toBeGreaterThan(0);
    expect(metrics.filter((name) => !emitted.includes(`"${name}"`))).toEqual([]);
    const poisoned = captured(source("functions/poison.queue.ts"), /registerPoison\("(\w+)"/g);
    expect(poisoned.filter((role) => !text.includes(`'${role}-poison'`))).toEqual([]);
  });

  it("a Node that package.json accepts and the bundle is built for", () => {
    const version = Number(/^param nodeVersion string = '(\d+)'/m.exec(main.text)?.[1]);
    const least = Number(/^>=(\d+)/.exec(manifest.engines.node)?.[1]);
    const target = Number(/target: "node(\d+)"/.exec(source("infra/build.ts"))?.[1]);
    expect(version).toBeGreaterThanOrEqual(Math.max(least, target));
  });
});

describe("the Bicep files", () => {
  it.each([...modules(main)])("give module %s what it takes", (_name, { file, params: given }) => {
    const taken = params(bicepFile(file));
    expect(given.filter((name) => !taken.has(name))).toEqual([]);
    const required = [...taken].filter(([, hasDefault]) => !hasDefault).map(([name]) => name);
    expect(required.filter((name) => !given.includes(name))).toEqual([]);
  });

  it("read outputs of modules that exist", () => {
    const files = modules(main);
    const read = [...main.text.matchAll(/\b(\w+)!?\.outputs\.(\w+)/g)];
    expect(read.length).toBeGreaterThan(0);
    for (const [, name = "", output = ""] of read) {
      expect(declared(bicepFile(files.get(name)?.file ?? ""), "output")).toContain(output);
    }
  });

  it.each(bicepFiles())("$path uses what it declares", (file) => {
    const names = [...params(file).keys(), ...declared(file, "var")];
    const unused = names.filter(
      (name) => [...file.text.matchAll(new RegExp(`\\b${name}\\b`, "g"))].length < 2,
    );
    expect(unused).toEqual([]);
  });

  it("take one API version per resource provider's type", () => {
    const versions = new Map<string, string>();
    for (const type of bicepFiles().flatMap(resourceTypes)) {
      const [name = "", version = ""] = type.split("@");
      expect(versions.get(name) ?? version).toBe(version);
      versions.set(name, version);
    }
  });

  it("set in main.bicepparam what main.bicep takes", () => {
    const text = readFileSync(path.join(root, "infra/main.bicepparam"), "utf8");
    const set = captured(text, /^param (\w+) =/gm);
    expect(set.filter((name) => !params(main).has(name))).toEqual([]);
  });
});
