import { describe, expect, it } from "vitest";
import { runCommand } from "../../../src/controller/commands/run-command.ts";
import { OperatorError } from "../../../src/core/errors.ts";
import type { Registry } from "../../../src/ports/registry.ts";
import { intercept } from "../../doubles/intercept.ts";
import { groupId, resourceGroup } from "./samples.ts";
import { World } from "./world.ts";

const send = (world: World, command: unknown, args: unknown) =>
  runCommand(world.engine, JSON.stringify({ command, args }), world.logger);

describe("commands", () => {
  it.each([
    ["no JSON", "{", /JSON object/],
    ["no name", '{"args":{}}', /JSON object/],
    ["arguments that are no object", '{"command":"pause","args":[]}', /JSON object/],
    ["an unknown name", '{"command":"drop"}', /There is no command "drop"/],
    ["a name of Object's own", '{"command":"constructor"}', /no command "constructor"/],
    ["no cluster", '{"command":"pause"}', /"cluster" is missing/],
    ["an unknown cluster", '{"command":"pause","args":{"cluster":"x"}}', /Registered: one\./],
  ])("refuses %s", async (_what, text, reason) => {
    const world = await World.create();

    const answer = await runCommand(world.engine, text, world.logger);

    expect(answer).toEqual({ kind: "refused", reason: expect.stringMatching(reason) });
  });

  it("pauses a cluster: nothing is sent until it is resumed", async () => {
    const world = await World.create();

    expect(await send(world, "pause", { cluster: "one" })).toMatchObject({ kind: "done" });
    world.apply(resourceGroup());
    await world.advance(3_600_000);
    expect(world.writes()).toEqual({});
    await send(world, "resume", { cluster: "one" });
    await world.advance(3_600_000);

    expect(world.writes()).toEqual({ [`PUT ${groupId}`]: 1 });
  });

  it("leaves in the log who was paused, also when it could not be done", async () => {
    const world = await World.create();
    const { registry } = world.engine;
    const setPaused = async () => {
      throw new OperatorError("StorageAnswered", "the table is busy");
    };
    world.engine = { ...world.engine, registry: intercept<Registry>(registry, { setPaused }) };

    await expect(send(world, "pause", { cluster: "one" })).rejects.toThrow("the table is busy");

    expect(world.log).toContainEqual(
      expect.objectContaining({ fields: { command: "pause", args: '{"cluster":"one"}' } }),
    );
  });
});
