import { startApiServer } from "../../../src/sandbox/api-server/start-api-server.ts";
import { createSelfSigned } from "../../../src/sandbox/tls/self-signed.ts";
import { overApiServer } from "../cluster/api-server-target.ts";
import { describeCluster } from "../cluster/cluster-contract.ts";

describeCluster("embedded API server", async () => {
  const tls = createSelfSigned();
  const server = await startApiServer({
    clock: { now: () => Date.now() },
    random: { next: () => Math.random(), uuid: () => crypto.randomUUID() },
    tls,
  });
  const { url, token } = server;
  const kubeconfig = server.kubeconfig();
  return await overApiServer({ url, token, ca: tls.cert, kubeconfig }, () => server.stop());
});
