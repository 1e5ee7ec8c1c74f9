import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registerRegister } from "../../../src/cli/register.ts";
import { runCommand } from "./run-command.ts";

const server = "https://cluster.example:443";
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "register-"));
  await writeFile(path.join(folder, "ca.pem"), "authority");
  await kubeconfig("inline", { "certificate-authority-data": "YXV0aG9yaXR5" }, { token: "secret" });
  await kubeconfig("file", { "certificate-authority": "ca.pem" }, {});
  await kubeconfig("lost", { "certificate-authority": "absent.pem" }, {});
  await kubeconfig("plain", { server: "http://cluster.example" }, {});
  await kubeconfig("open", { "insecure-skip-tls-verify": true }, {});
  await kubeconfig(
    "plugin",
    { "certificate-authority-data": "YXV0aG9yaXR5" },
    { exec: { apiVersion: "client.authentication.k8s.io/v1", command: "kubelogin" } },
  );
  await writeFile(path.join(folder, "broken"), "token: secret\n  - :");
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function kubeconfig(name: string, cluster: object, user: object): Promise<void> {
  const content = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "main",
    contexts: [{ name: "main", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster: { server, ...cluster } }],
    users: [{ name: "u", user }],
  };
  await writeFile(path.join(folder, name), JSON.stringify(content));
}

function run(name: string, file: string, ...args: readonly string[]) {
  const all = ["register", name, "--kubeconfig", path.join(folder, file), ...args];
  return runCommand(registerRegister, all);
}

describe("register", () => {
  it.each(["inline", "file", "plugin"])(
    "prints an entry for Entra from a kubeconfig with its authority (%s), and no credential",
    async (file) => {
      const { out } = await run("prod", file, "--client-id", "id", "--scan-mode", "watch");
      expect(JSON.parse(out)).toEqual({
        name: "prod",
        auth: { kind: "entra", server, caData: "YXV0aG9yaXR5", clientId: "id" },
        scanMode: "watch",
      });
      expect(out).not.toContain("secret");
    },
  );

  it("prints an entry that names the setting of a kubeconfig", async () => {
    const args = ["--setting", "PROD_KUBECONFIG", "--context", "main"];
    const more = ["--operator-namespace", "ours", "--namespaces", "team-a,team-b"];
    const { out } = await run("prod", "inline", ...args, ...more);
    expect(JSON.parse(out)).toEqual({
      name: "prod",
      auth: { kind: "kubeconfigSetting", setting: "PROD_KUBECONFIG", context: "main" },
      scanMode: "poll",
      operatorNamespace: "ours",
      namespaces: ["team-a", "team-b"],
    });
  });

  it.each([
    { file: "inline", args: [], cause: "--client-id or --setting" },
    { file: "inline", args: ["--client-id", "a", "--setting", "b"], cause: "--client-id or" },
    { file: "open", args: ["--client-id", "a"], cause: "no certificate authority" },
    { file: "lost", args: ["--client-id", "a"], cause: "no certificate authority" },
    { file: "plain", args: ["--client-id", "a"], cause: "not an https URL" },
    { file: "plugin", args: ["--setting", "a"], cause: "credential plugin" },
    { file: "inline", args: ["--client-id", "a", "--context", "x"], cause: 'context "x"' },
    { file: "absent", args: ["--client-id", "a"], cause: "ENOENT" },
    { file: "broken", args: ["--client-id", "a"], cause: "not valid YAML" },
  ])("refuses $file with $args: $cause", async ({ file, args, cause }) => {
    const { code, out, err } = await run("prod", file, ...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(cause);
    expect(err).not.toContain("secret");
  });

  it("refuses a name that the registry does not take, in the app's own words", async () => {
    const { code, err } = await run("My Cluster", "inline", "--client-id", "a");
    expect(code).toBe(2);
    expect(err).toContain("lower case letters");
  });
});
