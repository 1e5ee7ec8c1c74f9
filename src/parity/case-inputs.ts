import type { Reference } from "../core/convert/reference.ts";
import type { Resolver } from "../core/convert/to-arm.ts";

/** The values that a case gives for what its custom resource refers to. */
export type CaseInputs = {
  /** ARM ids by `group/kind/name`. */
  readonly armIds: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly configMaps: ReadonlyMap<string, Readonly<Record<string, string>>>;
};

/** Something that a custom resource uses and its case does not hold. */
export class MissingInput extends Error {}

/** A resolver over a case's values. Throws MissingInput where the case has none. */
export function caseResolver(inputs: CaseInputs): Resolver {
  return {
    reference: (reference) => resolveReference(inputs, reference),
    secret: (name, key) => found(inputs.secrets.get(name)?.[key], `secret ${name}/${key}`),
    secretMap: (name) => ({ ...found(inputs.secrets.get(name), `secret ${name}`) }),
    config: (name, key) => found(inputs.configMaps.get(name)?.[key], `config map ${name}/${key}`),
  };
}

function resolveReference(inputs: CaseInputs, reference: Reference): string {
  if (reference.kind === "armId") return reference.armId;
  if (reference.kind === "wellKnown") return reference.name;
  const { group, kind, name } = reference.target;
  const key = `${group}/${kind}/${name}`;
  return found(inputs.armIds.get(key), `reference ${key}`);
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new MissingInput(`the case has no value for ${what}`);
  return value;
}
