import { type Attributes, metrics } from "@opentelemetry/api";
import { afterEach, describe, expect, it } from "vitest";
import { ArmHttp } from "../../../src/adapters/arm/arm-http.ts";
import { resourceTypeOf } from "../../../src/adapters/arm/arm-target.ts";
import { withoutSecrets } from "../../../src/adapters/http/client-span.ts";
import { aCredential, InMemoryTokens } from "../../doubles/in-memory-tokens.ts";
import { type ScriptedAnswer, type SeenRequest, startHttps } from "./https-server.ts";

const signal = new AbortController().signal;
const path = "/subscriptions/s/resourceGroups/g?api-version=2020-06-01";

let stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  const running = stops;
  stops = [];
  for (const stop of running) {
    await stop();
  }
  metrics.disable();
});

async function anArm(
  answer: (request: SeenRequest) => ScriptedAnswer | undefined,
  allowedHosts: readonly string[] = [],
) {
  const server = await startHttps(answer);
  const tokens = new InMemoryTokens();
  const cloudEndpoint = server.url;
  const options = { tokens, allowedHosts, cloudEndpoint, ca: server.ca };
  const arm = new ArmHttp({ ...options, version: "1.2.3" });
  const cloud = { endpoint: server.url, audience: "a", authorityHost: "https://login.example" };
  stops.push(
    () => arm.close(),
    () => server.stop(),
  );
  return { arm, server, tokens, credential: aCredential({ cloud }) };
}

describe("ArmHttp", () => {
  it("sends the body it was given, whole, with the controller's name and the tokens", async () => {
    const { arm, server, credential } = await anArm(() => ({ status: 201, body: { id: "x" } }));
    const body = { zones: ["1"], unknown: null, properties: { a: 1 } };

    const answer = await arm.send(
      { method: "PUT", url: path, body },
      { ...credential, additionalTenants: ["t2", "t3"] },
      signal,
    );

    const [request] = server.requests;
    expect(answer).toMatchObject({ kind: "response", status: 201, text: '{"id":"x"}' });
    expect(request).toMatchObject({ method: "PUT", url: path });
    expect(JSON.parse(request?.body ?? "")).toEqual(body);
    expect(request?.headers).toMatchObject({
      authorization: "Bearer token-tenant/client",
      "x-ms-authorization-auxiliary": "Bearer token-t2, Bearer token-t3",
      accept: "application/json",
      "content-type": "application/json",
      "user-agent": expect.stringMatching(/^aso-functions\/1\.2\.3 /),
    });
  });

  it.each([
    { because: "the server is throttled", status: 429, headers: { "retry-after": "1" } },
    { because: "the server fails", status: 503, headers: {} },
    { because: "it is redirected", status: 307, headers: { location: "https://evil.example/" } },
  ])("asks once when $because, and gives the answer as it is", async ({ status, headers }) => {
    const { arm, server, credential } = await anArm(() => ({ status, headers }));

    const answer = await arm.send({ method: "GET", url: path }, credential, signal);

    expect(answer).toMatchObject({ kind: "response", status, headers });
    expect(server.requests).toHaveLength(1);
  });

  it("does not know whether a write happened when the connection breaks after it was sent", async () => {
    const { arm, server, credential } = await anArm(() => undefined);

    const answer = await arm.send({ method: "PUT", url: path, body: {} }, credential, signal);

    expect(answer).toMatchObject({ kind: "unanswered", sent: true });
    expect(server.requests).toHaveLength(1);
  });

  it("does not know it either when the caller's time ends before the answer", async () => {
    const aborting = new AbortController();
    const { arm, credential } = await anArm(() => {
      aborting.abort();
      return { status: 200 };
    });

    const answer = await arm.send({ method: "DELETE", url: path }, credential, aborting.signal);

    expect(answer).toMatchObject({ kind: "unanswered", sent: true });
  });

  it.each([
    {
      because: "nobody listens",
      endpoint: "https://localhost:1",
      says: "the connection was refused",
    },
    {
      because: "the name does not exist",
      endpoint: "https://nowhere.invalid",
      says: "could not be resolved",
    },
  ])("knows that nothing was sent when $because", async ({ endpoint, says }) => {
    const allowed = ["localhost:1", "nowhere.invalid"];
    const { arm, credential } = await anArm(() => ({ status: 200 }), allowed);
    const cloud = { ...credential.cloud, endpoint };

    const answer = await arm.send({ method: "GET", url: path }, { ...credential, cloud }, signal);

    expect(answer).toMatchObject({
      kind: "unanswered",
      sent: false,
      message: expect.stringContaining(says),
    });
  });

  it("knows that nothing was sent when the certificate is not trusted", async () => {
    const { server, tokens, credential } = await anArm(() => ({ status: 200 }));
    const cloudEndpoint = server.url;
    const distrusting = new ArmHttp({ tokens, cloudEndpoint, allowedHosts: [], version: "1" });
    stops.push(() => distrusting.close());

    const answer = await distrusting.send({ method: "GET", url: path }, credential, signal);

    expect(answer).toMatchObject({
      kind: "unanswered",
      sent: false,
      message: expect.stringContaining("certificate"),
    });
    expect(server.requests).toHaveLength(0);
  });

  it("sends to a host on the allow-list, and to no other port of it", async () => {
    const { arm, server, credential } = await anArm(() => ({ status: 200 }), ["LOCALHOST:4711"]);
    const cloud = { ...credential.cloud, endpoint: "https://management.azure.com" };
    const elsewhere = { ...credential, cloud };

    const refused = await arm.send(
      { method: "GET", url: `${server.url}${path}` },
      elsewhere,
      signal,
    );
    const tried = await arm.send(
      { method: "GET", url: `https://localhost:4711${path}` },
      elsewhere,
      signal,
    );

    expect(refused).toMatchObject({
      sent: false,
      message: expect.stringContaining("allowed hosts"),
    });
    expect(tried).toMatchObject({ message: expect.stringContaining("refused") });
  });

  it("sends no token to an endpoint that only a credential names", async () => {
    const { arm, tokens, credential } = await anArm(() => ({ status: 200 }));
    const cloud = { ...credential.cloud, endpoint: "https://evil.example" };

    const answer = await arm.send({ method: "GET", url: path }, { ...credential, cloud }, signal);

    expect(answer).toMatchObject({
      kind: "unanswered",
      sent: false,
      message: expect.stringContaining("ASO_FUNCTIONS_ARM_HOSTS"),
    });
    expect(tokens.asked).toEqual([]);
  });

  it("sends 200 requests over few connections", async () => {
    const { arm, server, credential } = await anArm(() => ({ status: 200 }));
    for (let round = 0; round < 200; round += 1) {
      await arm.send({ method: "GET", url: path }, credential, signal);
    }

    expect(server.requests).toHaveLength(200);
    expect(server.connections()).toBeLessThanOrEqual(2);
    expect(arm.connectionsOpened).toBe(server.connections());
  });

  it("counts requests under ASO's names", async () => {
    const counted: [string, Attributes | undefined][] = [];
    const instrument = (name: string) => ({
      add: (_: number, labels?: Attributes) => void counted.push([name, labels]),
      record: (_: number, labels?: Attributes) => void counted.push([name, labels]),
    });
    const noop = metrics.getMeter("noop");
    metrics.setGlobalMeterProvider({
      getMeter: () =>
        Object.assign(Object.create(noop), {
          createCounter: instrument,
          createHistogram: instrument,
        }),
    });
    const { arm, credential } = await anArm((request) =>
      request.method === "GET" ? { status: 404 } : undefined,
    );

    await arm.send({ method: "GET", url: path }, credential, signal);
    await arm.send({ method: "PUT", url: path, body: {} }, credential, signal);

    const labels = (requestType: string) => ({
      resource: "Microsoft.Resources/resourceGroups",
      requestType,
    });
    expect(counted).toEqual([
      ["azure_requests_time_seconds", labels("GET")],
      ["azure_successful_requests_total", { ...labels("GET"), responseCode: "404" }],
      ["azure_requests_time_seconds", labels("PUT")],
      ["azure_failed_requests_total", labels("PUT")],
    ]);
  });
});

describe("resourceTypeOf", () => {
  it.each([
    ["/subscriptions/s", "Microsoft.Resources/subscriptions"],
    ["/subscriptions/s/resourceGroups/g", "Microsoft.Resources/resourceGroups"],
    ["/subscriptions/s/resourcegroups/g/providers/M.N/vs/v/subs/x", "M.N/vs/subs"],
    ["/subscriptions/s/providers/M.N/locations/west/operations/1", "M.N/locations/operations"],
    ["/subscriptions/s/providers/M.N/vs", "M.N/vs"],
    ["/x/providers/M.N/vs/v/providers/M.A/locks/l", "M.A/locks"],
    ["/something", undefined],
  ])("reads %s as %s", (id, type) => {
    expect(resourceTypeOf(id)).toBe(type);
  });
});

describe("withoutSecrets", () => {
  it("keeps the api-version and nothing else of a query", () => {
    expect(withoutSecrets("https://h/p?api-version=1&t=secret")).toBe("https://h/p?api-version=1");
    expect(withoutSecrets("https://h/p?sig=secret")).toBe("https://h/p");
  });
});
