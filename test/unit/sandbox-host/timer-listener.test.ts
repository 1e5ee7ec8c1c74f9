import { afterEach, describe, expect, it } from "vitest";
import { parseCron } from "../../../src/sandbox/host/cron.ts";
import {
  type ScheduleStatus,
  startTimerListener,
  type TimerRun,
  timerInput,
} from "../../../src/sandbox/host/timer-listener.ts";
import { manualClock } from "./manual-clock.ts";

const minute = 60_000;
let stop: (() => void) | undefined;
afterEach(() => stop?.());

function start(options: {
  cron: string;
  now: number;
  status?: ScheduleStatus;
  monitored?: boolean;
  runMs?: number;
}) {
  const clock = manualClock(options.now);
  const schedule = parseCron(options.cron);
  if (schedule === undefined) throw new Error(options.cron);
  let status = options.status;
  const runs: (TimerRun & { at: number })[] = [];
  const monitor = {
    read: async () => status,
    write: async (next: ScheduleStatus) => {
      status = next;
    },
  };
  const listener = startTimerListener({
    schedule,
    monitor: options.monitored === false ? undefined : monitor,
    runOnStartup: false,
    clock,
    log: () => undefined,
    execute: async (run) => {
      runs.push({ ...run, at: clock.now() });
      await clock.wait(options.runMs ?? 0, new AbortController().signal);
    },
  });
  stop = listener.stop;
  return { clock, runs, status: () => status, times: () => runs.map((run) => run.at) };
}

describe("startTimerListener", () => {
  it("fires at every occurrence and not at start", async () => {
    const { clock, times } = start({ cron: "0 * * * * *", now: 10_000 });

    await clock.advance(3 * minute);

    expect(times()).toEqual([minute, 2 * minute, 3 * minute]);
  });

  it("runs once at start, past due, when ticks were missed", async () => {
    const status = { last: minute, next: 2 * minute };
    const { clock, runs } = start({ cron: "0 * * * * *", now: 10 * minute + 5_000, status });

    await clock.advance(minute);

    expect(runs).toMatchObject([
      { at: 10 * minute + 5_000, isPastDue: true, status },
      { at: 11 * minute, isPastDue: false },
    ]);
  });

  it("does not run at start when the next tick is still to come", async () => {
    const status = { last: 9 * minute, next: 10 * minute };
    const { clock, times } = start({ cron: "0 * * * * *", now: 9 * minute + 30_000, status });

    await clock.advance(0);

    expect(times()).toEqual([]);
  });

  it("keeps the status for the next start", async () => {
    const { clock, status } = start({ cron: "0 * * * * *", now: 10_000 });
    await clock.advance(0);
    expect(status()).toEqual({ last: 0, next: minute });

    await clock.advance(minute);

    expect(status()).toEqual({ last: minute, next: 2 * minute });
  });

  it("runs once at once, not past due, for all ticks that a long run missed", async () => {
    const { clock, runs } = start({ cron: "0 * * * * *", now: 10_000, runMs: 150_000 });

    await clock.advance(6 * minute);

    expect(runs).toMatchObject([
      { at: minute, isPastDue: false },
      { at: minute + 150_000, isPastDue: false },
      { at: minute + 300_000, isPastDue: false },
    ]);
  });

  it("has neither status nor catch-up without a monitor", async () => {
    const { clock, runs } = start({ cron: "*/15 * * * * *", now: 20_000, monitored: false });

    await clock.advance(30_000);

    expect(runs).toMatchObject([
      { at: 30_000, status: undefined },
      { at: 45_000, status: undefined },
    ]);
  });
});

describe("timerInput", () => {
  it("is spelled as the host spells it", () => {
    expect(JSON.parse(timerInput({ isPastDue: true, status: { last: 0, next: minute } }))).toEqual({
      Schedule: { AdjustForDST: true },
      ScheduleStatus: {
        Last: "1970-01-01T00:00:00.000Z",
        Next: "1970-01-01T00:01:00.000Z",
        LastUpdated: "1970-01-01T00:00:00.000Z",
      },
      IsPastDue: true,
    });
  });

  it("has no status when there is no monitor", () => {
    expect(JSON.parse(timerInput({ isPastDue: false, status: undefined }))).not.toHaveProperty(
      "ScheduleStatus",
    );
  });
});
