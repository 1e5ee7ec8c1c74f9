import { expect, test } from "vitest";
import { OperatorError } from "../../src/core/errors.ts";
import { World, type WorldOptions } from "../unit/controller/world.ts";
import { Crash, crashingEngine, type Plan } from "./crashing-engine.ts";

export type Scenario = {
  readonly options: WorldOptions;
  /** Brings the world to where the scenario starts; nothing dies here. */
  readonly prepare: (world: World) => Promise<void>;
  /** What the user does. */
  readonly change: (world: World) => void;
  /** Longest time that Azure itself needs, in milliseconds. */
  readonly azureMs: number;
  /** Only effects of such names go wrong: a scenario that lasts long has hundreds that others try already. */
  readonly only?: RegExp;
  /** Throws when the end is not as it should be. */
  readonly check: (world: World, story: string) => void | Promise<void>;
};

type Mode = "before" | "after" | "twice" | "refused" | "unanswered";

/** A sweep and a scan of that many milliseconds apart, as the timers give them. */
const tickMs = 15_000;
/** All has to be well within this time after the restart, beyond what Azure needs (leases and lost messages expire). */
const healMs = 90_000;

const never: Plan = { when: "never", at: () => false };

/** Runs a scenario without a fault and returns the effects that a process can die at. */
async function effectsOf(scenario: Scenario): Promise<readonly string[]> {
  const world = await start(scenario);
  const life = crashingEngine(world.restart(), never);
  world.engine = life.engine;
  await work(world, scenario.azureMs);
  await scenario.check(world, "without a fault");
  return life.effects;
}

/** Lets one effect go wrong in the given way, restarts a process that died, and checks the end. */
async function survive(
  scenario: Scenario,
  mode: Mode,
  number: number,
  name: string,
): Promise<void> {
  const world = await start(scenario);
  const when = mode === "twice" ? "after" : mode;
  const isDeadly = when === "before" || when === "after";
  const first = await live(world, scenario, { when, at: (at) => at === number });
  expect(first, `effect ${number} ${name} was not reached`).toBe(isDeadly ? "died" : "lived");
  // The second life dies at the same kind of effect, wherever it comes to it.
  if (mode === "twice") await live(world, scenario, { when, at: (_at, one) => one === name });
  world.death = undefined;
  if (isDeadly) world.restart();
  await work(world, healMs + scenario.azureMs);
  await scenario.check(world, `${mode} ${number} ${name}`);
}

async function start(scenario: Scenario): Promise<World> {
  const world = await World.create(scenario.options);
  await scenario.prepare(world);
  scenario.change(world);
  return world;
}

async function live(world: World, scenario: Scenario, plan: Plan): Promise<"died" | "lived"> {
  const life = crashingEngine(world.restart(), plan);
  world.engine = life.engine;
  world.death = life.death;
  try {
    await work(world, scenario.azureMs);
    return "lived";
  } catch (error) {
    if (error instanceof Crash) return "died";
    throw error;
  }
}

async function work(world: World, ms: number): Promise<void> {
  await goOn(() => world.run());
  for (let passed = 0; passed < ms; passed += tickMs) await goOn(() => world.advance(tickMs));
}

/** An invocation that fails is the host's to report; the others go on. */
async function goOn(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
  }
}

const sayings: Readonly<Record<Mode, string>> = {
  before: "a process that dies before any of its effects",
  after: "a process that dies after any of its effects, before it learned of it",
  twice: "two processes that die one after the other at the same effect",
  refused: "any effect that is refused",
  unanswered: "any effect whose answer is lost",
};

/** One test per way to fail; each runs the scenario once per effect. */
export function testMatrix(scenario: Scenario): void {
  for (const mode of ["before", "after", "twice", "refused", "unanswered"] as const)
    test(`survives ${sayings[mode]}`, async () => {
      const effects = await effectsOf(scenario);
      expect(effects.length).toBeGreaterThan(30);
      const failures: string[] = [];
      const tried = [...effects.entries()].filter(
        ([, name]) => scenario.only?.test(name) !== false,
      );
      expect(tried.length).toBeGreaterThan(0);
      for (const [number, name] of tried) {
        try {
          await survive(scenario, mode, number, name);
        } catch (error) {
          failures.push(error instanceof Error ? error.message : String(error));
        }
      }
      expect(failures).toEqual([]);
    }, 60_000);
}
