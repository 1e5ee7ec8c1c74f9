import { expect, it } from "vitest";
import { startControlPlane } from "../../envtest/control-plane.ts";
import { kubeconfigOf } from "./api-client.ts";
import { overApiServer } from "./api-server-target.ts";
import { describeCluster } from "./cluster-contract.ts";
import { widgets } from "./cluster-target.ts";

const signal = new AbortController().signal;

async function start() {
  const plane = await startControlPlane();
  const ca = Buffer.from(plane.caData, "base64").toString("utf8");
  const server = { url: plane.url, token: plane.token, ca };
  return await overApiServer({ ...server, kubeconfig: kubeconfigOf(server) }, () => plane.stop());
}

describeCluster("kube-apiserver", start, (target, aWidget) => {
  it("sends 200 reads at once over at most two connections", async () => {
    const { cluster } = target();
    const before = await cluster.connectionsOpened();

    await Promise.all(Array.from({ length: 200 }, () => cluster.namespace("kube-system", signal)));

    expect(await cluster.connectionsOpened()).toBeLessThanOrEqual(2);
    expect(before).toBeLessThanOrEqual(2);
  });

  it("opens 60 watches over at most two further connections", async () => {
    const { cluster } = target();
    const kind = (await cluster.servedKinds(signal)).find((served) => served.kind === "Widget");
    const page = kind === undefined ? "notFound" : await cluster.listMetadata(kind, signal);
    const before = await cluster.connectionsOpened();

    const ended = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const version = page === "notFound" ? "" : page.resourceVersion;
        const events = [];
        for await (const event of cluster.watchMetadata(kind ?? widgets, version, 1, signal)) {
          events.push(event);
        }
        return events;
      }),
    );

    expect(ended).toHaveLength(60);
    expect((await cluster.connectionsOpened()) - before).toBeLessThanOrEqual(2);
  });

  it("gives the server's words for a status that the schema refuses", async () => {
    const { cluster } = target();
    const resource = await cluster.get(await aWidget(), signal);
    if (resource === undefined) {
      throw new Error("the widget is gone");
    }

    const outcome = await cluster.replaceStatus(resource, { state: 7 }, signal);

    expect(outcome).toMatchObject({
      kind: "rejected",
      message: expect.stringContaining("status.state"),
    });
  });
});
