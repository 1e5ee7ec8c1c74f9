import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { sendCommand } from "../../../src/cli/app-client.ts";
import { registerDeletions } from "../../../src/cli/deletions.ts";
import { registerOwnership } from "../../../src/cli/ownership.ts";
import { registerPause } from "../../../src/cli/pause.ts";

type Sent = { readonly url: string | undefined; readonly body: unknown };

/** Gives the commands an app that answers everything with `answer`; tells what they sent and printed. */
async function run(
  args: readonly string[],
  answer: { readonly status: number; readonly body: unknown },
): Promise<{ readonly sent: readonly Sent[]; readonly out: string; readonly error: unknown }> {
  const sent: Sent[] = [];
  const server = createServer(async (request, response) => {
    sent.push({ url: request.url, body: JSON.parse(await text(request)) });
    response.writeHead(answer.status).end(JSON.stringify(answer.body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const app = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let out = "";
  const program = new Command().exitOverride().configureOutput({
    writeOut: (written) => {
      out += written;
    },
  });
  registerDeletions(program);
  registerOwnership(program);
  registerPause(program);
  const error = await program
    .parseAsync([...args, "--app", app], { from: "user" })
    .then(() => undefined)
    .catch((thrown: unknown) => thrown);
  server.close();
  return { sent, out, error };
}

const done = (result: unknown) => ({ status: 200, body: { result } });

describe("commands of the app", () => {
  it("list what waits for a confirmation, and how much more there is", async () => {
    const pause = { at: "2026-01-01T00:00:00.000Z", deleting: 51, resources: 60 };
    const resources = [{ resource: "ResourceGroup.resources.azure.com team/rg", armId: "/id" }];

    const { sent, out } = await run(
      ["deletions", "list", "one"],
      done({ cluster: "one", pause, waiting: 3, resources }),
    );

    expect(sent).toEqual([
      { url: "/api/command", body: { command: "list-deletions", args: { cluster: "one" } } },
    ]);
    expect(out).toBe(
      "one: paused since 2026-01-01T00:00:00.000Z: 51 of 60 resources were to be deleted; 3 wait\n" +
        "  ResourceGroup.resources.azure.com team/rg  /id\n" +
        "  … and 2 more\n",
    );
  });

  it("tell until when a confirmation lasts", async () => {
    const confirmed = done({ cluster: "one", confirmed: 3, until: "2026-01-01T00:10:00.000Z" });

    expect((await run(["deletions", "confirm", "one"], confirmed)).out).toBe(
      "one: 3 deletions go on; more that begin until 2026-01-01T00:10:00.000Z need no confirmation\n",
    );
  });

  it("send a namespace that is empty, so that the app refuses it and moves no whole cluster", async () => {
    const { sent } = await run(["failover", "one", "two", "--namespace", ""], {
      status: 400,
      body: { error: "no" },
    });

    expect(sent.map(({ body }) => body)).toEqual([
      { command: "failover", args: { from: "one", to: "two", dryRun: false, namespace: "" } },
    ]);
  });

  it("say of an app that does not answer in time that it may still be at it", async () => {
    const server = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(server, "listening");
    const app = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

    await expect(sendCommand({ app }, "pause", { cluster: "one" }, 50)).rejects.toThrow(
      `${app} did not answer within 0.05 s. It may still be at it: give the same command again.`,
    );
    server.closeAllConnections();
    server.close();
  });

  it.each([
    [{ status: 400, body: { error: "The reason." } }, "The reason."],
    [{ status: 200, body: {} }, "answered 200. Is this the address of an app"],
    [{ status: 200, body: [] }, "answered 200. Is this the address of an app"],
    [{ status: 401, body: {} }, "answered 401. Set ASO_FUNCTIONS_APP_KEY"],
    [{ status: 404, body: {} }, "answered 404. Is this the address of an app"],
    [{ status: 500, body: {} }, "answered 500. The log of the app tells more."],
  ])("say why the app did not do it: %j", async (answer, reason) => {
    const { error, out } = await run(["pause", "one"], answer);

    expect(error).toMatchObject({
      code: "CommandRefused",
      message: expect.stringContaining(reason),
    });
    expect(out).toBe("");
  });
});
