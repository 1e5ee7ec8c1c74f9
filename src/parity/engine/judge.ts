import { z } from "zod";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";

/** Judges one case: every difference between what is expected and what the engine does, one line each. */
export type Judge = (testCase: EngineCase) => Promise<readonly string[]> | readonly string[];

/** One case of the engine corpora. */
export type EngineCase = {
  readonly id: string;
  readonly input: JsonObject;
  readonly expected: JsonObject;
};

const json = z.custom<JsonObject>(isJsonObject);
const engineCase = z.object({ id: z.string(), input: json, expected: json });

/** The case, when it has the format of the engine corpora. */
export function asEngineCase(testCase: JsonObject): EngineCase | undefined {
  const parsed = engineCase.safeParse(testCase);
  return parsed.success ? parsed.data : undefined;
}

/** One scripted HTTP answer. */
export const scriptedAnswer = z.object({
  status: z.number().nullish(),
  headers: z.record(z.string(), z.string()).nullish(),
  body: z.string().nullish(),
  transportError: z.string().nullish(),
});

/** An answer of ARM as a case writes it down. */
export type ScriptedAnswer = z.infer<typeof scriptedAnswer>;

/** The answer as the ARM port gives it: header names in lower case. */
export function httpAnswer(answer: ScriptedAnswer): {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
} {
  const headers = Object.entries(answer.headers ?? {}).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  return {
    status: answer.status ?? 0,
    headers: Object.fromEntries(headers),
    text: answer.body ?? "",
  };
}

/** One line when two values differ, as JSON. */
export function differs(
  what: string,
  expected: JsonValue | undefined,
  actual: JsonValue | undefined,
): readonly string[] {
  const [left, right] = [JSON.stringify(expected), JSON.stringify(actual)];
  return left === right ? [] : [`${what}: expected ${left}, got ${right}`];
}
