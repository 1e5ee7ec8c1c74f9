import type { HttpAnswer } from "../../core/arm/lro-state.ts";
import { httpAnswer, type ScriptedAnswer } from "./judge.ts";

/** A request that the code under test made. */
type ScriptedRequest = { readonly method: string; readonly url: string };

/** What the script answers to a request. */
type ScriptedOutcome = HttpAnswer | { readonly transportError: string };

const mostRedirects = 10;

/** ARM as a list of answers, consumed one per request; the fallback answers what comes after them. Redirects are followed as HTTP clients do. */
export class ScriptedArm {
  readonly requests: ScriptedRequest[] = [];
  #next = 0;
  readonly #answers: readonly ScriptedAnswer[];
  readonly #fallback: ScriptedAnswer;
  readonly #now: number;

  constructor(answers: readonly ScriptedAnswer[], fallback: ScriptedAnswer, now: number) {
    this.#answers = answers;
    this.#fallback = fallback;
    this.#now = now;
  }

  get usedUp(): boolean {
    return this.#next >= this.#answers.length;
  }

  send(method: string, url: string): ScriptedOutcome {
    let request: ScriptedRequest = { method, url };
    for (let redirects = 0; ; redirects++) {
      const outcome = this.#answer(request);
      const next = "transportError" in outcome ? undefined : redirected(request, outcome);
      if (next === undefined || redirects === mostRedirects) return outcome;
      request = next;
    }
  }

  #answer(request: ScriptedRequest): ScriptedOutcome {
    this.requests.push(request);
    const scripted = this.#answers[this.#next] ?? this.#fallback;
    this.#next++;
    if (scripted.transportError) return { transportError: scripted.transportError };
    const answer = httpAnswer(scripted);
    const headers = Object.entries(answer.headers).map(
      ([name, value]) => [name, withDates(value, this.#now)] as const,
    );
    return { ...answer, headers: Object.fromEntries(headers) };
  }
}

function redirected(request: ScriptedRequest, answer: HttpAnswer): ScriptedRequest | undefined {
  const location = answer.headers["location"];
  if (!location || ![301, 302, 303, 307, 308].includes(answer.status)) return undefined;
  const url = new URL(location, request.url).href;
  return { method: answer.status >= 307 ? request.method : "GET", url };
}

const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** Replaces `{{httpdate:FORMAT:+N}}` by the date N seconds from now. */
function withDates(value: string, now: number): string {
  return value.replace(/\{\{httpdate:(\w+):([+-]?\d+)\}\}/g, (_, format: string, seconds: string) =>
    dateText(format, new Date(now + Number(seconds) * 1000)),
  );
}

function dateText(format: string, date: Date): string {
  const utc = date.toUTCString();
  const [, day = "", month = "", year = "", time = ""] = utc.split(/[ ,]+/);
  const weekday = days[date.getUTCDay()] ?? "";
  switch (format) {
    case "rfc1123utc":
      return utc.replace("GMT", "UTC");
    case "rfc1123num":
      return utc.replace("GMT", "+0000");
    case "rfc850":
      return `${weekday}, ${day}-${month}-${year.slice(2)} ${time} GMT`;
    case "asctime":
      return `${weekday.slice(0, 3)} ${month} ${day.replace(/^0/, " ")} ${time} ${year}`;
    case "iso":
      return date.toISOString();
    default:
      return utc;
  }
}
