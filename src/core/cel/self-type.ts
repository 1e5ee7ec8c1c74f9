import type { PropertyDetail } from "../../catalog/types.ts";
import type { KindVersion } from "../convert/kind-version.ts";
import { propertiesOf, propertyDetail } from "../convert/spec-type.ts";
import {
  bool,
  type CelType,
  double,
  dyn,
  int,
  listOf,
  type MessageField,
  type MessageType,
  mapOf,
  string,
  timestamp,
} from "./cel-type.ts";

const known = new WeakMap<KindVersion, CelType>();

/** The type of `self`: the custom resource at one API version, by the catalog's schema (aso-semantics.md 8.5). */
export function selfType(version: KindVersion): CelType {
  const found = known.get(version) ?? buildSelf(version);
  known.set(version, found);
  return found;
}

function buildSelf(version: KindVersion): CelType {
  const name = (part: string): string => `${version.version}.${version.kind}${part}`;
  const types = new TypeTable(version);
  return message(name(""), {
    apiVersion: string,
    kind: string,
    metadata: objectMeta,
    spec: message(name("_Spec"), () => ({
      ...types.properties(version.spec),
      ...rootOfSpec(version),
    })),
    status: message(name("_STATUS"), () => ({
      ...types.properties(version.status),
      conditions: listOf(condition),
    })),
  });
}

/** What every custom resource of ASO has beside its ARM properties. */
function rootOfSpec(version: KindVersion): Fields {
  return {
    ...(version.fixedName === undefined ? { azureName: string } : {}),
    ...(version.hasAzureNameFromConfig ? { azureNameFromConfig: keyReference } : {}),
    ...(version.owner === undefined ? {} : { owner: ownerType(version) }),
    operatorSpec: message(`${version.kind}OperatorSpec`, () => operatorSpec(version)),
  };
}

function ownerType(version: KindVersion): CelType {
  return version.owner === "*"
    ? message("genruntime.ArbitraryOwnerReference", reference)
    : message("genruntime.KnownResourceReference", { name: string, armId: string });
}

function operatorSpec(version: KindVersion): Fields {
  const destinations = (keys: readonly string[], name: string): CelType =>
    message(name, Object.fromEntries(keys.map((key) => [key, destination])));
  const further = Object.keys(version.operatorSpec).map((key) => [key, string] as const);
  return {
    ...Object.fromEntries(further),
    configMapExpressions: listOf(expressionDestination),
    secretExpressions: listOf(expressionDestination),
    ...(version.configMapKeys.length > 0
      ? { configMaps: destinations(version.configMapKeys, `${version.kind}OperatorConfigMaps`) }
      : {}),
    ...(version.secretKeys.length > 0
      ? { secrets: destinations(version.secretKeys, `${version.kind}OperatorSecrets`) }
      : {}),
  };
}

type Fields = Readonly<Record<string, CelType>>;

/** Fields that Go types of Kubernetes hold as plain values, not as pointers. */
const plainMessages = /^v1\.|^conditions\./;

function message(name: string, fields: Fields | (() => Fields)): CelType {
  let built: ReadonlyMap<string, MessageField> | undefined;
  const type: MessageType = {
    name,
    fields: () => {
      built ??= fieldTable(typeof fields === "function" ? fields() : fields, name);
      return built;
    },
  };
  return { k: "message", message: type };
}

function fieldTable(fields: Fields, name: string): ReadonlyMap<string, MessageField> {
  const isPlain = plainMessages.test(name);
  return new Map(
    Object.entries(fields).map(([json, type]) => {
      const plain = isPlain || json === "azureName";
      return [escapeField(json), { type, json, ...(plain ? { plain: true as const } : {}) }];
    }),
  );
}

/** A JSON name as the language can write it (Kubernetes' rules, with fewer reserved words). */
function escapeField(name: string): string {
  if (/^(?:true|false|null|in)$/.test(name)) return `__${name}__`;
  return name
    .replaceAll("__", "__underscores__")
    .replaceAll(".", "__dot__")
    .replaceAll("-", "__dash__")
    .replaceAll("/", "__slash__");
}

const texts = mapOf(string, string);
const reference = { group: string, kind: string, name: string, armId: string };
const resourceReference = message("genruntime.ResourceReference", reference);
const wellKnownReference = message("genruntime.WellKnownResourceReference", {
  ...reference,
  wellKnownName: string,
});
const keyReference = message("genruntime.KeyReference", { name: string, key: string });
const nameReference = message("genruntime.SecretMapReference", { name: string });
const identity = message("UserAssignedIdentityDetails", { reference: resourceReference });
const destination = message("genruntime.Destination", {
  name: string,
  key: string,
  annotations: texts,
  labels: texts,
});
const expressionDestination = message("core.DestinationExpression", {
  name: string,
  key: string,
  value: string,
  annotations: texts,
  labels: texts,
});
const condition = message("conditions.Condition", {
  type: string,
  status: string,
  severity: string,
  lastTransitionTime: message("v1.Time", { Time: timestamp }),
  observedGeneration: int,
  reason: string,
  message: string,
});
const ownerReference = message("v1.OwnerReference", {
  apiVersion: string,
  kind: string,
  name: string,
  uid: string,
  controller: bool,
  blockOwnerDeletion: bool,
});
const time = message("v1.Time", { Time: timestamp });
const objectMeta = message("v1.ObjectMeta", {
  name: string,
  generateName: string,
  namespace: string,
  selfLink: string,
  uid: string,
  resourceVersion: string,
  generation: int,
  creationTimestamp: time,
  deletionTimestamp: time,
  deletionGracePeriodSeconds: int,
  labels: texts,
  annotations: texts,
  ownerReferences: listOf(ownerReference),
  finalizers: listOf(string),
});

/** The catalog's types of one version, each built once, so that types that refer to themselves end. */
class TypeTable {
  readonly #version: KindVersion;
  readonly #messages = new Map<number, CelType>();

  constructor(version: KindVersion) {
    this.#version = version;
  }

  properties(index: number | undefined): Fields {
    const type = index === undefined ? undefined : this.#version.types[index];
    if (type === undefined) return {};
    return Object.fromEntries(
      propertiesOf(type).map(([name, property]) => [name, this.#typeOf(property)]),
    );
  }

  #messageOf(index: number): CelType {
    const found =
      this.#messages.get(index) ??
      message(`${this.#version.version}.Type${index}`, () => this.properties(index));
    this.#messages.set(index, found);
    return found;
  }

  #typeOf(property: PropertyDetail): CelType {
    const element = (): CelType =>
      property.e === undefined ? dyn : this.#typeOf(propertyDetail(property.e));
    switch (property.t) {
      case "s":
        return string;
      case "i":
        return int;
      case "n":
        return double;
      case "b":
        return bool;
      case "a":
        return listOf(element());
      case "m":
        return mapOf(string, element());
      case "o":
        return property.o === undefined ? mapOf(string, dyn) : this.#messageOf(property.o);
      case "j":
      case "jo":
        return property.t === "jo" ? mapOf(string, dyn) : dyn;
      default:
        return inputType(property.t);
    }
  }
}

function inputType(letter: PropertyDetail["t"]): CelType {
  switch (letter) {
    case "ref":
      return resourceReference;
    case "wkref":
      return wellKnownReference;
    case "secret":
    case "config":
      return keyReference;
    case "secretmap":
      return nameReference;
    case "uai":
      return listOf(identity);
    default:
      return message("Empty", {});
  }
}
