import { OperatorError } from "../../core/errors.ts";

/** Kinds that a problem names; the others are counted. */
const mostNamed = 3;

/** The kinds of one cluster that its server refuses to list or watch, with its words. One of them must not stop the others. */
export class Unlistable {
  readonly #reasons = new Map<string, string>();

  /**
   * Runs a request about one kind. Undefined when the server answered, but not with what was asked: a right that is missing for this
   * kind, a broken conversion webhook. Throws on: what concerns the whole cluster (no answer, a refused credential), and bugs.
   */
  async guard<T>(kind: string, request: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await request();
      this.#reasons.delete(kind);
      return answer;
    } catch (error) {
      if (!(error instanceof OperatorError) || !concernsOneKind(error)) throw error;
      this.#reasons.set(kind, `${error.code}: ${error.message}`);
      return undefined;
    }
  }

  /** Drops kinds that are not served any more. */
  keep(kinds: ReadonlySet<string>): void {
    for (const kind of this.#reasons.keys()) if (!kinds.has(kind)) this.#reasons.delete(kind);
  }

  /** One sentence for the fleet page; empty when every kind could be listed. */
  problem(): string {
    const [first] = [...this.#reasons].sort(([a], [b]) => a.localeCompare(b));
    if (first === undefined) return "";
    const kinds = [...this.#reasons.keys()].sort((a, b) => a.localeCompare(b));
    const more = kinds.length > mostNamed ? ` and ${kinds.length - mostNamed} more` : "";
    const count = kinds.length === 1 ? "1 kind" : `${kinds.length} kinds`;
    return `${count} cannot be listed: ${kinds.slice(0, mostNamed).join(", ")}${more}: ${first[1]}`;
  }
}

function concernsOneKind({ code, context }: OperatorError): boolean {
  if (code === "ClusterAnswered") return true;
  if (code === "ClusterUnauthorized") return context["status"] === 403;
  return code === "ClusterUnreachable" && context["cause"] === "tooLarge";
}
