import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ApiServerHandle,
  startApiServer,
} from "../../../src/sandbox/api-server/start-api-server.ts";
import { createSelfSigned } from "../../../src/sandbox/tls/self-signed.ts";
import {
  type ControlPlane,
  type KubectlResult,
  startControlPlane,
} from "../../envtest/control-plane.ts";
import { steps } from "./kubectl-steps.ts";
import { normaliseOutput } from "./normalise-output.ts";

/**
 * The same commands on the embedded server and on kube-apiserver. Neither has controllers here: kube-apiserver runs
 * without kube-controller-manager, so the embedded one does not stand in for it either.
 */
describe("kubectl on the embedded and on a real API server", () => {
  let real: ControlPlane;
  let embedded: ApiServerHandle;
  let folder: string;
  let kubeconfig: string;

  beforeAll(async () => {
    real = await startControlPlane();
    embedded = await startApiServer({
      clock: { now: () => Date.now() },
      random: { next: () => Math.random(), uuid: () => crypto.randomUUID() },
      tls: createSelfSigned(),
      tokens: { "test-token": { user: "admin", groups: ["system:masters"] } },
      emulateControllers: false,
    });
    folder = await mkdtemp(path.join(tmpdir(), "kubectl-"));
    kubeconfig = path.join(folder, "config");
    await writeFile(kubeconfig, embedded.kubeconfig());
  });

  afterAll(async () => {
    await embedded?.stop();
    await real?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  /** The commands that were found equal, in order. */
  const equal: (readonly string[])[] = [];

  const shown = ({ code, stdout, stderr }: KubectlResult) => ({
    code,
    stdout: normaliseOutput(stdout),
    stderr: normaliseOutput(stderr),
  });

  it.for(steps)("$does", async ({ args, input }) => {
    const options = input === undefined ? {} : { input };
    const [expected, actual] = await Promise.all([
      real.kubectl(args, options),
      real.kubectl(args, { ...options, kubeconfig }),
    ]);

    expect(shown(actual)).toEqual(shown(expected));
    equal.push(args);
  });

  it("the same 20 kubectl commands on fixed manifests give equal exit codes and equal normalised output", () => {
    expect(equal).toEqual(steps.map(({ args }) => args));
    expect(equal.length).toBeGreaterThanOrEqual(20);
  });
});
