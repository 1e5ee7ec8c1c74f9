import { z } from "zod";
import {
  parseSyncPeriod,
  pollDelayMs,
  retryDelayMs,
  syncDelayMs,
} from "../../core/resource/retry.ts";
import type { RetrySpeed } from "../../core/resource/types.ts";
import { differs, type Judge } from "./judge.ts";

const event = z.object({
  kind: z.string(),
  object: z.string().optional(),
  severity: z.string().optional(),
  retry: z.string().optional(),
  requeueAfter: z.string().optional(),
});

const inputFormat = z.object({ syncPeriod: z.string(), events: z.array(event) });

const expectedFormat = z.object({
  configError: z.string().optional(),
  events: z
    .array(z.object({ action: z.string(), minSeconds: z.number(), maxSeconds: z.number() }))
    .optional(),
});

const speeds: Readonly<Record<string, RetrySpeed>> = {
  RetryFast: "fast",
  RetryVerySlow: "verySlow",
};

type Counters = { attempts: number; polls: number };

/** Delays after a sequence of outcomes, at both ends of the jitter. */
export const judgeRetry: Judge = (testCase) => {
  const input = inputFormat.parse(testCase.input);
  const expected = expectedFormat.parse(testCase.expected);
  const period = parseSyncPeriod(input.syncPeriod === "(unset)" ? "" : input.syncPeriod);
  if (period === undefined || expected.configError !== undefined)
    return differs("accepted", expected.configError === undefined, period !== undefined);
  const counters = new Map<string, Counters>();
  return input.events.flatMap((one, index) => {
    const name = one.object ?? "a";
    const counted = counters.get(name) ?? { attempts: 0, polls: 0 };
    counters.set(name, counted);
    if (one.kind.startsWith("kube")) return noteConflict(one.kind, counted);
    const wanted = expected.events?.[index];
    if (one.severity === "Error") {
      // ASO forgets the object; what it does afterwards starts from zero.
      Object.assign(counted, { attempts: 0, polls: 0 });
      return [`event ${index}: an Error is retried, expected ${wanted?.action}`];
    }
    const { min, max } = delayOf(one, counted, period);
    return [
      ...differs(`event ${index} min`, seconds(wanted?.minSeconds), seconds(min)),
      ...differs(`event ${index} max`, seconds(wanted?.maxSeconds), seconds(max)),
    ];
  });
};

/** Conflicts of the API server are answered by reading again, not by waiting; they only count in ASO's queue. */
function noteConflict(kind: string, counted: Counters): readonly string[] {
  const { attempts, polls } = counted;
  if (kind === "kubeConflict") Object.assign(counted, { attempts: attempts + 1, polls: polls + 1 });
  else Object.assign(counted, { attempts: 0, polls: 0 });
  return [];
}

type Delay = { readonly min: number; readonly max: number };

function delayOf(
  one: z.infer<typeof event>,
  counted: Counters,
  syncPeriodMs: number | "never",
): Delay {
  switch (one.kind) {
    case "success":
      Object.assign(counted, { attempts: 0, polls: 0 });
      return both((random01) => syncDelayMs(syncPeriodMs, random01) ?? 0);
    case "lro":
      return afterPoll(one.requeueAfter, counted);
    default: {
      const speed = speeds[one.retry ?? ""] ?? "slow";
      const { attempts } = counted;
      Object.assign(counted, { attempts: attempts + 1, polls: 0 });
      return both((random01) => retryDelayMs(speed, attempts, { syncPeriodMs, random01 }));
    }
  }
}

function afterPoll(requeueAfter: string | undefined, counted: Counters): Delay {
  counted.attempts = 0;
  const given = requeueAfter === undefined ? undefined : parseSyncPeriod(requeueAfter);
  if (typeof given === "number") {
    counted.polls = 0;
    return both(() => given);
  }
  const { polls } = counted;
  counted.polls = polls + 1;
  return both(() => pollDelayMs(polls));
}

function both(delay: (random01: number) => number): Delay {
  return { min: delay(0) / 1000, max: delay(1) / 1000 };
}

/** Rounded: the corpora show the open end of the jitter one nanosecond below. */
function seconds(value: number | undefined): string | undefined {
  return value?.toFixed(6);
}
