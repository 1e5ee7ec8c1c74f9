import type { Inputs, Reference } from "../../core/convert/inputs.ts";
import type { Resolver } from "../../core/convert/to-arm.ts";
import type { WaitsFor } from "../../core/decide/facts.ts";
import { secretMarker } from "../../core/diff/goal.ts";
import type { JsonObject } from "../../core/json.ts";
import { annotations } from "../../core/resource/names.ts";
import type { Problem } from "../../core/resource/types.ts";
import type { ConfigMapObject, SecretObject } from "../../ports/cluster.ts";
import { noteRead, noteWait, type Pass, readOther } from "./pass.ts";

/** Two resolvers over the same reads: one gives the values, the other markers for what is secret. */
export type ResolvedInputs = { readonly real: Resolver; readonly marked: Resolver };

type Failure = { readonly problem: Problem; readonly on?: WaitsFor | undefined };

type Reads = {
  readonly ids: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, SecretObject>;
  readonly configMaps: ReadonlyMap<string, ConfigMapObject>;
};

/** Reads everything that a spec names; the first thing that is missing is the problem (aso-semantics.md 4.4, 4.6). */
export async function resolveInputs(pass: Pass, inputs: Inputs): Promise<ResolvedInputs | Failure> {
  const ids = new Map<string, string>();
  for (const { reference } of inputs.references) {
    const found = await resolveReference(pass, reference);
    if (typeof found !== "string") return found;
    ids.set(referenceKey(reference), found);
  }
  const secrets = await readSecrets(pass, inputs);
  if ("problem" in secrets) return secrets;
  const configMaps = await readConfigMaps(pass, inputs);
  if ("problem" in configMaps) return configMaps;
  return resolvers({ ids, secrets: secrets.objects, configMaps: configMaps.objects });
}

async function resolveReference(pass: Pass, reference: Reference): Promise<string | Failure> {
  if (reference.kind === "armId") return reference.armId;
  if (reference.kind === "wellKnown") return reference.name;
  const target = await readOther(pass, reference.target);
  const id = target?.metadata.annotations?.[annotations.resourceId];
  if (id !== undefined && id !== "") return id;
  noteWait(pass, reference.target, "claimed");
  return {
    problem: referenceNotFound(pass, reference.target, target !== undefined),
    on: reference.target,
  };
}

function referenceKey(reference: Reference): string {
  if (reference.kind === "armId") return reference.armId;
  if (reference.kind === "wellKnown") return `wellKnown ${reference.name}`;
  const { group, kind, name } = reference.target;
  return `${group}/${kind}/${name}`;
}

async function readSecrets(
  pass: Pass,
  inputs: Inputs,
): Promise<{ objects: Map<string, SecretObject> } | Failure> {
  const objects = new Map<string, SecretObject>();
  const wanted = [
    ...inputs.secrets,
    ...inputs.secretMaps.map((map) => ({ ...map, key: undefined })),
  ];
  for (const { name, key } of wanted) {
    const secret =
      objects.get(name) ?? (await pass.cluster.secret(pass.key.namespace, name, pass.signal));
    noteRead(pass, "Secret", name, secret?.resourceVersion ?? "");
    if (secret === undefined || (key !== undefined && secret.data[key] === undefined)) {
      return {
        problem: inputNotFound(
          "Secret",
          pass.key.namespace,
          name,
          secret === undefined ? undefined : key,
        ),
      };
    }
    objects.set(name, secret);
  }
  return { objects };
}

async function readConfigMaps(
  pass: Pass,
  inputs: Inputs,
): Promise<{ objects: Map<string, ConfigMapObject> } | Failure> {
  const objects = new Map<string, ConfigMapObject>();
  for (const { name, key } of inputs.configMaps) {
    const found =
      objects.get(name) ?? (await pass.cluster.configMap(pass.key.namespace, name, pass.signal));
    noteRead(pass, "ConfigMap", name, found?.resourceVersion ?? "");
    if (found?.data[key] === undefined) {
      return {
        problem: inputNotFound(
          "ConfigMap",
          pass.key.namespace,
          name,
          found === undefined ? undefined : key,
        ),
      };
    }
    objects.set(name, found);
  }
  return { objects };
}

function resolvers(reads: Reads): ResolvedInputs {
  const shared = {
    reference: (reference: Reference): string =>
      must(reads.ids.get(referenceKey(reference)), "reference"),
    config: (name: string, key: string): string =>
      must(reads.configMaps.get(name)?.data[key], "config map value"),
  };
  const secretOf = (name: string): SecretObject => must(reads.secrets.get(name), "secret");
  return {
    real: {
      ...shared,
      secret: (name, key) => must(secretOf(name).data[key], "secret value").reveal(),
      secretMap: (name) => mapValues(secretOf(name), (_key, value) => value.reveal()),
    },
    marked: {
      ...shared,
      secret: (name, key) => secretMarker(secretOf(name).uid, secretOf(name).resourceVersion, key),
      secretMap: (name) =>
        mapValues(secretOf(name), (key) =>
          secretMarker(secretOf(name).uid, secretOf(name).resourceVersion, key),
        ),
    },
  };
}

function mapValues(
  secret: SecretObject,
  value: (key: string, value: { reveal(): string }) => string,
): JsonObject {
  return Object.fromEntries(
    Object.entries(secret.data).map(([key, one]) => [key, value(key, one)]),
  );
}

function must<T>(value: T | undefined, what: string): T {
  if (value === undefined)
    throw new Error(`the converter asked for a ${what} that was not collected`);
  return value;
}

function referenceNotFound(pass: Pass, target: WaitsFor, exists: boolean): Problem {
  const what = `${target.kind}.${target.group} "${target.name}"`;
  const hint = target.name.startsWith("/")
    ? " The name looks like an ARM id: use armId instead of name."
    : "";
  const why = exists ? "has no ARM id yet" : "does not exist";
  return {
    reason: "ReferenceNotFound",
    severity: "Warning",
    retry: "fast",
    message: `The referenced ${what} ${why} in namespace "${pass.key.namespace}". Progress goes on as soon as it is there.${hint}`,
  };
}

function inputNotFound(
  object: "Secret" | "ConfigMap",
  namespace: string,
  name: string,
  key: string | undefined,
): Problem {
  const what =
    key === undefined
      ? `${object} "${namespace}/${name}" does not exist`
      : `${object} "${namespace}/${name}" does not contain key "${key}"`;
  return {
    reason: object === "Secret" ? "SecretNotFound" : "ConfigMapNotFound",
    severity: "Warning",
    retry: "fast",
    message: `${what}. Progress goes on as soon as it does.`,
  };
}
