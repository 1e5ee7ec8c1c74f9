import { OperatorError } from "../core/errors.ts";
/** Which API versions a CRD serves: every one, only the newest, or those of a list. */
export type VersionChoice = "all" | "newest" | readonly string[];

/**
 * The chosen ones of a kind's versions, sorted by name. `newest` is the version that would be the storage version.
 * A listed version that the kind does not have is left out, so the result may be empty.
 */
export function servedVersions(names: readonly string[], choice: VersionChoice): string[] {
  if (choice === "newest") return names.length === 0 ? [] : [storageVersion(names)];
  const chosen = choice === "all" ? names : names.filter((name) => choice.includes(name));
  return [...chosen].sort();
}

/**
 * The newest stable version by date, else the newest preview; of two names for one date the one that Kubernetes
 * itself can order (`v20230101` before `v1api20230101`). Throws an OperatorError for an empty list.
 */
export function storageVersion(names: readonly string[]): string {
  const [newest] = [...names].sort((a, b) => compareRank(rankOf(b), rankOf(a)));
  if (newest === undefined) throw new OperatorError("Bug", "a CRD needs at least one version");
  return newest;
}

type Rank = { readonly stable: boolean; readonly date: string; readonly plain: boolean };

function rankOf(name: string): Rank {
  const match = /^v(1api)?(\d{8})(preview)?$/.exec(name);
  return {
    stable: match?.[3] === undefined,
    date: match?.[2] ?? "",
    plain: match?.[1] === undefined,
  };
}

function compareRank(a: Rank, b: Rank): number {
  if (a.stable !== b.stable) return a.stable ? 1 : -1;
  if (a.date !== b.date) return a.date > b.date ? 1 : -1;
  return Number(a.plain) - Number(b.plain);
}
