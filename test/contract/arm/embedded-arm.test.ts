import { randomUUID } from "node:crypto";
import { createDefaultHttpClient } from "@azure/core-rest-pipeline";
import { ArmHttp } from "../../../src/adapters/arm/arm-http.ts";
import { EntraTokens } from "../../../src/adapters/identity/entra-tokens.ts";
import { Secret } from "../../../src/core/secret.ts";
import { startArm } from "../../../src/sandbox/arm/start-arm.ts";
import { createSelfSigned } from "../../../src/sandbox/tls/self-signed.ts";
import { aCredential } from "../../doubles/in-memory-tokens.ts";
import { intercept } from "../../doubles/intercept.ts";
import { describeArm } from "./arm-contract.ts";

describeArm("the HTTP adapter with Entra tokens over the embedded ARM", async () => {
  const tls = createSelfSigned();
  const credential = aCredential();
  let time = Date.now();
  const server = await startArm({
    tls,
    // Time passes by being looked at: operations end after a few polls, without waiting.
    clock: {
      now() {
        time += 10;
        return time;
      },
    },
    random: { next: Math.random, uuid: randomUUID },
    subscriptions: [credential.subscriptionId],
    clientSecrets: { [credential.clientId]: "s3cret" },
    durations: [
      { type: "virtualNetworks$", seconds: 0.05 },
      { type: ".", seconds: 0.05, method: "DELETE" },
    ],
  });
  const transport = createDefaultHttpClient();
  let asked = 0;
  const tokens = new EntraTokens({
    clock: { now: Date.now },
    requestToken: async () => new Secret("unused"),
    httpClient: {
      sendRequest: (request) => {
        request.tlsSettings = { ca: tls.cert };
        return transport.sendRequest(request);
      },
    },
  });
  const cloud = { endpoint: server.url, audience: server.url, authorityHost: server.url };
  const arm = new ArmHttp({
    ca: tls.cert,
    version: "0.0.0",
    cloudEndpoint: server.url,
    allowedHosts: [],
    tokens: intercept(tokens, {
      armTokens: (wanted, signal) => {
        asked += 1;
        return tokens.armTokens(wanted, signal);
      },
    }),
  });
  return {
    arm,
    credential: { ...credential, cloud },
    refused: {
      ...credential,
      cloud,
      source: "contract/refused",
      principal: "refused",
      proof: { kind: "clientSecret", secret: new Secret("wrong") },
    },
    tokensAsked: () => asked,
    close: async () => {
      await arm.close();
      await server.stop();
    },
  };
});
