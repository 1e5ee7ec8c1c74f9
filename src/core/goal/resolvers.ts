import type { Reference } from "../convert/reference.ts";
import type { Resolver } from "../convert/to-arm.ts";
import type { JsonObject } from "../json.ts";
import type { Secret } from "../secret.ts";

/** What is needed of a Secret; the state it was read at is what goal hashes see of it. */
export type ReadSecret = {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly data: Readonly<Record<string, Secret<string>>>;
};

/** Everything that was read for a spec: ARM ids by {@link referenceKey}, Secrets and ConfigMaps by name. */
export type InputReads = {
  readonly ids: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, ReadSecret>;
  readonly configMaps: ReadonlyMap<string, { readonly data: Readonly<Record<string, string>> }>;
};

/** Names a reference: equal keys mean the same target. */
export function referenceKey(reference: Reference): string {
  if (reference.kind === "armId") return reference.armId;
  if (reference.kind === "wellKnown") return `wellKnown ${reference.name}`;
  const { group, kind, name } = reference.target;
  return `${group}/${kind}/${name}`;
}

/**
 * A resolver over what was read. `show` says what stands in the body for a secret value: the value itself, or a marker.
 * Everything that `collectInputs` names must have been read; asking for more throws.
 */
export function resolverOver(
  reads: InputReads,
  show: (secret: ReadSecret, key: string, value: Secret<string>) => string,
): Resolver {
  const secretOf = (name: string): ReadSecret => must(reads.secrets.get(name), "secret");
  return {
    reference: (reference) => must(reads.ids.get(referenceKey(reference)), "reference"),
    config: (name, key) => must(reads.configMaps.get(name)?.data[key], "config map value"),
    secret: (name, key) => {
      const secret = secretOf(name);
      return show(secret, key, must(secret.data[key], "secret value"));
    },
    secretMap: (name) => shownMap(secretOf(name), show),
  };
}

function shownMap(
  secret: ReadSecret,
  show: (secret: ReadSecret, key: string, value: Secret<string>) => string,
): JsonObject {
  return Object.fromEntries(
    Object.entries(secret.data).map(([key, value]) => [key, show(secret, key, value)]),
  );
}

function must<T>(value: T | undefined, what: string): T {
  if (value === undefined)
    throw new Error(`the converter asked for a ${what} that was not collected`);
  return value;
}
