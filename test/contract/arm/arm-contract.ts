import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isJsonObject, type JsonObject } from "../../../src/core/json.ts";
import type { ArmAnswer, ArmRequest, ArmResponse } from "../../../src/ports/arm.ts";
import type { ArmTarget } from "./arm-target.ts";

const signal = new AbortController().signal;
const groups = "api-version=2020-06-01";
const accounts = "api-version=2023-01-01";

/** What every `Arm` must do, said once and run against the double and over HTTPS. */
export function describeArm(name: string, start: () => Promise<ArmTarget>): void {
  describe(`Arm: ${name}`, () => {
    let target: ArmTarget;
    let group = "";

    beforeAll(async () => {
      target = await start();
      group = `/subscriptions/${target.credential.subscriptionId}/resourceGroups/contract`;
    });
    afterAll(() => target?.close());

    async function send(request: ArmRequest, credential = target.credential): Promise<ArmAnswer> {
      return await target.arm.send(request, credential, signal);
    }

    async function respond(request: ArmRequest): Promise<ArmResponse> {
      const answer = await send(request);
      if (answer.kind !== "response") {
        throw new Error(answer.message);
      }
      return answer;
    }

    async function putGroup(tags: JsonObject = {}): Promise<ArmResponse> {
      const body = { location: "westeurope", tags };
      return await respond({ method: "PUT", url: `${group}?${groups}`, body });
    }

    it("creates with 201, updates with 200, and shows what was put", async () => {
      const created = await putGroup();
      const updated = await putGroup({ team: "a" });
      const shown = await respond({ method: "GET", url: `${group}?${groups}` });

      expect([created.status, updated.status, shown.status]).toEqual([201, 200, 200]);
      expect(bodyOf(shown)).toMatchObject({
        id: group,
        name: "contract",
        tags: { team: "a" },
        properties: { provisioningState: "Succeeded" },
      });
    });

    it("gives header names in lower case", async () => {
      await putGroup();

      const { headers } = await respond({ method: "GET", url: `${group}?${groups}` });

      expect(Object.keys(headers)).toEqual(Object.keys(headers).map((name) => name.toLowerCase()));
    });

    it("takes an absolute URL of the endpoint as well as a path", async () => {
      await putGroup();
      const url = `${target.credential.cloud.endpoint}${group}?${groups}`;

      expect((await respond({ method: "GET", url })).status).toBe(200);
    });

    it("answers 404 with ARM's code for what is not there", async () => {
      const gone = await respond({
        method: "GET",
        url: `${group}/providers/Microsoft.Storage/storageAccounts/absent?${accounts}`,
      });

      expect(gone.status).toBe(404);
      expect(errorCodeOf(gone)).toMatch(/NotFound$/);
    });

    it("refuses a resource in a group that does not exist", async () => {
      const answer = await respond({
        method: "PUT",
        url: `${group}-absent/providers/Microsoft.Storage/storageAccounts/lost?${accounts}`,
        body: { location: "westeurope", kind: "StorageV2", sku: { name: "Standard_LRS" } },
      });

      expect([answer.status, errorCodeOf(answer)]).toEqual([404, "ResourceGroupNotFound"]);
    });

    it("runs an operation until it is done, when its answer names one", async () => {
      await putGroup();
      const url = `${group}/providers/Microsoft.Network/virtualNetworks/net?api-version=2023-11-01`;
      const properties = { addressSpace: { addressPrefixes: ["10.0.0.0/16"] } };
      const begun = await respond({
        method: "PUT",
        url,
        body: { location: "westeurope", properties },
      });

      const states = await pollAll(begun);

      expect(begun.status).toBe(201);
      expect(states.at(-1)).toBe("Succeeded");
      const shown = bodyOf(await respond({ method: "GET", url }));
      expect(shown["properties"]).toMatchObject({ provisioningState: "Succeeded" });
    });

    async function pollAll(begun: ArmResponse): Promise<string[]> {
      const url = begun.headers["azure-asyncoperation"] ?? "";
      const states: string[] = [];
      while (states.at(-1) !== "Succeeded" && states.length < 50) {
        states.push(String(bodyOf(await respond({ method: "GET", url }))["status"]));
      }
      return states;
    }

    it("deletes a group with what is in it, and 404 is what remains", async () => {
      await putGroup();

      let answer = await respond({ method: "DELETE", url: `${group}?${groups}` });
      const first = answer.status;
      while (answer.status === 202) {
        answer = await respond({ method: "GET", url: answer.headers["location"] ?? "" });
      }

      expect([200, 202]).toContain(first);
      const gone = await respond({ method: "GET", url: `${group}?${groups}` });
      expect(gone.status).toBe(404);
    });

    it.each([
      { because: "of another host", url: "https://evil.example/subscriptions/s" },
      {
        because: "that only looks like the endpoint",
        url: "https://management.azure.com@evil.example/s",
      },
      { because: "without TLS", url: "http://management.azure.com/subscriptions/s" },
      {
        because: "that names another host without a scheme",
        url: "//evil.example/subscriptions/s",
      },
      { because: "that is no URL", url: "https://" },
    ])("sends nothing, and asks for no token, for a URL $because", async ({ url }) => {
      const before = target.tokensAsked();

      const answer = await send({ method: "GET", url });

      expect(answer).toMatchObject({ kind: "unanswered", sent: false });
      expect(target.tokensAsked()).toBe(before);
    });

    it("sends nothing when the time is over before it starts", async () => {
      const request = { method: "DELETE", url: `${group}?${groups}` } as const;

      const answer = await target.arm.send(request, target.credential, AbortSignal.abort());

      expect(answer).toMatchObject({ kind: "unanswered", sent: false });
    });

    it("sends nothing without a token, and tells why there is none", async () => {
      const answer = await send({ method: "GET", url: `${group}?${groups}` }, target.refused);

      expect(answer).toMatchObject({ kind: "unanswered", sent: false });
      expect(answer.kind === "unanswered" ? answer.message : "").toContain("AADSTS7000215");
    });
  });
}

function bodyOf(response: ArmResponse): JsonObject {
  const body: unknown = JSON.parse(response.text);
  return isJsonObject(body) ? body : {};
}

function errorCodeOf(response: ArmResponse): string {
  const { error } = bodyOf(response);
  return isJsonObject(error) ? String(error["code"]) : "";
}
