import { errorMessage } from "../../core/errors.ts";
import type { CronSchedule } from "./cron.ts";
import type { HostClock } from "./host-clock.ts";
import type { LogLevel } from "./log-levels.ts";

/** When a timer ran last and is due next; epoch ms. */
export type ScheduleStatus = { readonly last: number; readonly next: number };

/** Remembers the status of one timer across restarts. */
export interface ScheduleMonitor {
  read(): Promise<ScheduleStatus | undefined>;
  write(status: ScheduleStatus): Promise<void>;
}

/** One tick, as the function is told about it. */
export type TimerRun = {
  readonly isPastDue: boolean;
  /** Absent without a monitor. */
  readonly status: ScheduleStatus | undefined;
};

/** What a timer trigger is started with. */
export type TimerListenerOptions = {
  readonly schedule: CronSchedule;
  /** Absent for schedules below a minute and with `useMonitor: false`. */
  readonly monitor: ScheduleMonitor | undefined;
  readonly runOnStartup: boolean;
  readonly clock: HostClock;
  /** Runs the function. Never rejects. */
  readonly execute: (run: TimerRun) => Promise<void>;
  readonly log: (level: LogLevel, message: string) => void;
};

/**
 * Fires one timer by its schedule, one run at a time. A run that outlasts its interval is followed at once by a single run for
 * all ticks it missed. At start a monitored timer whose tick was missed while no host ran fires once, past due.
 * Returns what ends it; a run in progress goes on.
 */
export function startTimerListener(options: TimerListenerOptions): { stop(): void } {
  const { schedule, monitor, clock, log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;

  const remember = async (status: ScheduleStatus) => {
    try {
      await monitor?.write(status);
    } catch (error) {
      log("error", `The schedule status was not saved: ${errorMessage(error)}`);
    }
  };
  const recall = async () => {
    try {
      return await monitor?.read();
    } catch (error) {
      log("error", `The schedule status was not read: ${errorMessage(error)}`);
      return undefined;
    }
  };

  const run = async (isPastDue: boolean, status: ScheduleStatus | undefined) => {
    const started = clock.now();
    await options.execute({ isPastDue, status });
    const next = schedule.next(started);
    const after = { last: started, next: next ?? Number.POSITIVE_INFINITY };
    if (next !== undefined) await remember(after);
    return after;
  };

  const begin = async (): Promise<ScheduleStatus> => {
    const known = await recall();
    const missed = known !== undefined && known.next <= clock.now();
    if (!signal.aborted && (missed || options.runOnStartup)) return await run(missed, known);
    const next = schedule.next(clock.now());
    const status = { last: known?.last ?? 0, next: next ?? Number.POSITIVE_INFINITY };
    if (known === undefined && next !== undefined) await remember(status);
    return status;
  };

  const loop = async () => {
    let status = await begin();
    while (!signal.aborted && Number.isFinite(status.next)) {
      await clock.wait(Math.max(0, status.next - clock.now()), signal);
      if (signal.aborted) return;
      if (clock.now() < status.next) continue;
      status = await run(false, monitor === undefined ? undefined : status);
    }
  };
  void loop();
  return { stop: () => stopping.abort() };
}

/** What a timer function gets as its input, in the host's spelling. */
export function timerInput(run: TimerRun): string {
  const text = (time: number) => new Date(time).toISOString();
  const { status } = run;
  return JSON.stringify({
    Schedule: { AdjustForDST: true },
    ScheduleStatus:
      status === undefined
        ? undefined
        : { Last: text(status.last), Next: text(status.next), LastUpdated: text(status.last) },
    IsPastDue: run.isPastDue,
  });
}
