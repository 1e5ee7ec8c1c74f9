import { CelFailure, type CelResult } from "./cel-value.ts";
import { type PatternNode, parsePattern } from "./pattern-syntax.ts";
import { spend, tooMuchWork, type WorkMeter } from "./work-meter.ts";

/** Units of work of one state for one character, and of making one state. */
const stateWork = 12;
const buildWork = 10;
/** States of one pattern at most, after counted repetitions were written out. */
const mostStates = 10_000;

/** One state of the automaton; `out` are the states after it. */
type State = {
  readonly accepts: ((point: string) => boolean) | undefined;
  readonly holds: ((before: string | undefined, after: string | undefined) => boolean) | undefined;
  readonly out: number[];
};

type Fragment = { readonly start: number; readonly ends: readonly number[] };

/**
 * Whether a part of the text matches a pattern of RE2's syntax. All possible ways are followed at once, so the time grows with the
 * length of the text and the pattern's states only, and both are taken from the meter: JavaScript's own engine can take for ever on patterns that a user wrote to that end.
 */
export function matchesPattern(text: string, pattern: string, meter: WorkMeter): CelResult {
  const parsed = parsePattern(pattern);
  if (parsed.kind === "failure") return new CelFailure(`error parsing regexp: ${parsed.message}`);
  const states: State[] = [];
  const whole = build(states, parsed.node);
  if (!spend(meter, states.length * buildWork)) return tooMuchWork;
  if (whole === undefined) return new CelFailure("error parsing regexp: expression too large");
  const end = add(states, {});
  link(states, whole.ends, end);
  return run(states, whole.start, end, [...text], meter);
}

function add(states: State[], state: Partial<State>): number {
  states.push({ accepts: state.accepts, holds: state.holds, out: [] });
  return states.length - 1;
}

function link(states: readonly State[], from: readonly number[], to: number): void {
  for (const one of from) states[one]?.out.push(to);
}

/** Adds the states of a part of the pattern; undefined when it would be too many. */
function build(states: State[], node: PatternNode): Fragment | undefined {
  if (states.length > mostStates) return undefined;
  switch (node.kind) {
    case "one":
      return single(add(states, { accepts: node.accepts }));
    case "assert":
      return single(add(states, { holds: node.holds }));
    case "all":
      return sequence(states, node.parts);
    case "any":
      return alternatives(states, node.parts);
    case "repeat":
      return repetition(states, node);
    default:
      return node satisfies never;
  }
}

function single(state: number): Fragment {
  return { start: state, ends: [state] };
}

function sequence(states: State[], parts: readonly PatternNode[]): Fragment | undefined {
  const start = add(states, {});
  let ends: readonly number[] = [start];
  for (const part of parts) {
    const built = build(states, part);
    if (built === undefined) return undefined;
    link(states, ends, built.start);
    ends = built.ends;
  }
  return { start, ends };
}

function alternatives(states: State[], parts: readonly PatternNode[]): Fragment | undefined {
  const start = add(states, {});
  const ends: number[] = [];
  for (const part of parts) {
    const built = build(states, part);
    if (built === undefined) return undefined;
    link(states, [start], built.start);
    ends.push(...built.ends);
  }
  return { start, ends };
}

function repetition(
  states: State[],
  { part, least, most }: Extract<PatternNode, { kind: "repeat" }>,
): Fragment | undefined {
  const start = add(states, {});
  let ends: readonly number[] = [start];
  const skipped: number[] = [];
  for (let count = 0; count < Math.max(least, most ?? least + 1); count++) {
    if (count >= least) skipped.push(...ends);
    const built = build(states, part);
    if (built === undefined) return undefined;
    link(states, ends, built.start);
    ends = built.ends;
    if (most === undefined && count >= least) link(states, built.ends, built.start);
  }
  return { start, ends: [...skipped, ...ends] };
}

function run(
  states: readonly State[],
  start: number,
  end: number,
  text: readonly string[],
  meter: WorkMeter,
): CelResult {
  let current = new Set<number>();
  for (let at = 0; at <= text.length; at++) {
    follow(states, [start], current, text[at - 1], text[at]);
    if (current.has(end)) return true;
    const point = text[at];
    if (point === undefined) break;
    if (!spend(meter, current.size * stateWork)) return tooMuchWork;
    const next = [...current].flatMap((one) => {
      const state = states[one];
      return state?.accepts?.(point) === true ? state.out : [];
    });
    current = new Set();
    follow(states, next, current, point, text[at + 1]);
  }
  return current.has(end);
}

/** Adds states and all that are reached from them without taking a character. */
function follow(
  states: readonly State[],
  from: readonly number[],
  into: Set<number>,
  before: string | undefined,
  after: string | undefined,
): void {
  const open = [...from];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (into.has(one)) continue;
    into.add(one);
    const state = states[one];
    if (state === undefined || state.accepts !== undefined) continue;
    if (state.holds === undefined || state.holds(before, after)) open.push(...state.out);
  }
}
