import { expect, test } from "vitest";
import type { HostHandle } from "../../../src/sandbox/host/start-host.ts";
import { startTogether } from "../../../src/sandbox/host/start-together.ts";

test("stops the hosts that started when one of them does not", async () => {
  const stopped: number[] = [];
  const host = (id: number) => async () =>
    ({
      stop: async () => {
        stopped.push(id);
        return { code: 0, signal: null };
      },
    }) as HostHandle;
  const fail = async () => {
    throw new Error("no port");
  };
  await expect(startTogether([host(1), fail, host(2)])).rejects.toThrow("no port");
  expect(stopped).toEqual([1, 2]);
});
