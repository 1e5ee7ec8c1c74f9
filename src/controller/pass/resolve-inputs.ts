import type { Inputs, Reference } from "../../core/convert/inputs.ts";
import type { Resolver } from "../../core/convert/to-arm.ts";
import type { WaitsFor } from "../../core/decide/facts.ts";
import { secretMarker } from "../../core/diff/goal.ts";
import { plannedId } from "../../core/diff/show-changes.ts";
import { inputNotFound, referenceNotFound } from "../../core/goal/input-problems.ts";
import { referenceKey, resolverOver } from "../../core/goal/resolvers.ts";
import { annotations } from "../../core/resource/names.ts";
import type { Problem } from "../../core/resource/types.ts";
import type { ConfigMapObject, SecretObject } from "../../ports/cluster.ts";
import { noteRead, noteWait, type Pass, readOther } from "./pass.ts";

/** Two resolvers over the same reads: one gives the values, the other markers for what is secret. */
export type ResolvedInputs = { readonly real: Resolver; readonly marked: Resolver };

type Failure = { readonly problem: Problem; readonly on?: WaitsFor | undefined };

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
  const reads = { ids, secrets: secrets.objects, configMaps: configMaps.objects };
  return {
    real: resolverOver(reads, (_secret, _key, value) => value.reveal()),
    marked: resolverOver(reads, ({ uid, resourceVersion }, key) =>
      secretMarker(uid, resourceVersion, key),
    ),
  };
}

async function resolveReference(pass: Pass, reference: Reference): Promise<string | Failure> {
  if (reference.kind === "armId") return reference.armId;
  if (reference.kind === "wellKnown") return reference.name;
  const target = await readOther(pass, reference.target);
  const noted = target?.metadata.annotations ?? {};
  const id = noted[annotations.resourceId] ?? plannedId(noted[annotations.adoptionPlan]);
  if (id !== undefined && id !== "") return id;
  noteWait(pass, reference.target, "claimed");
  return {
    problem: referenceNotFound(reference.target, pass.key.namespace, target !== undefined),
    on: reference.target,
  };
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
    if (!objects.has(name)) pass.secrets.push(...Object.values(secret.data));
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
