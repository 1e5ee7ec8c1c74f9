import { isJsonObject, type JsonValue, parseJsonObject } from "../json.ts";
import type { Change } from "./compare.ts";
import { isSecretMarker } from "./goal.ts";

/** What stands for a secret value. */
const hidden = "(secret)";
/** Characters of one value in a text. */
const mostOfValue = 60;
/** Characters of a text: a condition stays readable, and an event (1,024 characters) holds it with what is said around it. */
const mostOfText = 600;
/** Pointers of unstated values in a text. */
const mostUnstated = 5;
/** Characters of the changes in an annotation: all annotations of a resource share 256 KiB. */
const mostOfJson = 16_384;

/** One line, `/path from -> to, …`. Bounded; what does not fit is counted. Shows no secret value. */
function changesText(changes: readonly Change[]): string {
  const lines = changes.map((change) => {
    const { from, to } = visible(change);
    return `${change.path} ${shortened(from)} -> ${shortened(to)}`;
  });
  const fits = countThatFits(lines, mostOfText);
  const rest = lines.length - fits;
  return lines.slice(0, fits).join(", ") + (rest === 0 ? "" : ` and ${rest} more`);
}

/** What the first PUT to an existing resource would do. */
export type AdoptionPlan = {
  readonly armId: string;
  readonly changes: readonly Change[];
  /** JSON pointers of what Azure has and the resource does not state: a PUT may reset it. */
  readonly unstated: readonly string[];
};

/** The plan in words. */
export function planText({ changes, unstated }: AdoptionPlan): string {
  const would =
    changes.length === 0
      ? "Adopting it would change nothing that Azure shows."
      : `Adopting it would change: ${changesText(changes)}.`;
  if (unstated.length === 0) return would;
  const named = unstated.slice(0, mostUnstated).join(", ");
  const rest = unstated.length - mostUnstated;
  return `${would} Not stated here, so that a PUT may reset it: ${named}${rest > 0 ? ` and ${rest} more` : ""}.`;
}

/** The plan as it stands in an annotation. Bounded; what does not fit is counted in `more`. Shows no secret value. */
export function planJson({ armId, changes, unstated }: AdoptionPlan): string {
  const entries = changes.map((change) => ({ path: change.path, ...visible(change) }));
  const fits = countThatFits(
    entries.map((entry) => JSON.stringify(entry)),
    mostOfJson,
  );
  const more = entries.length - fits;
  return JSON.stringify({
    id: armId,
    changes: entries.slice(0, fits),
    ...(more === 0 ? {} : { more }),
    unstated,
  });
}

/** The ARM id in the annotation of a planned adoption; undefined when there is none. */
export function plannedId(annotation: string | undefined): string | undefined {
  const id = parseJsonObject(annotation ?? "")?.["id"];
  return typeof id === "string" ? id : undefined;
}

/** A value beside a secret may be the secret of now: where a secret goes in, nothing of what stands there is shown. */
function visible({ from, to }: Change): Pick<Change, "from" | "to"> {
  if (to === undefined || !holdsSecret(to)) return { from, to };
  return { from: from === undefined ? undefined : hidden, to: withoutMarkers(to) };
}

function holdsSecret(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.some(holdsSecret);
  return isJsonObject(value) ? Object.values(value).some(holdsSecret) : isSecretMarker(value);
}

function withoutMarkers(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutMarkers);
  if (!isJsonObject(value)) return isSecretMarker(value) ? hidden : value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, withoutMarkers(member)]),
  );
}

function shortened(value: JsonValue | undefined): string {
  if (value === undefined) return "none";
  if (value === hidden) return hidden;
  const text = JSON.stringify(value);
  return text.length > mostOfValue ? `${text.slice(0, mostOfValue)}…` : text;
}

function countThatFits(items: readonly string[], most: number): number {
  let length = 0;
  const at = items.findIndex((item) => {
    length += item.length + 2;
    return length > most;
  });
  return at < 0 ? items.length : at;
}
