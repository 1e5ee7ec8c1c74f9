import type { JsonObject } from "../../../core/json.ts";
import { objectSchema } from "../schema/object-schema.ts";
import type { Schema } from "../schema/schema.ts";
import {
  prepareDefinition,
  prepareDefinitionDelete,
  validateDefinition,
} from "./definition-rules.ts";
import { nameColumn } from "./definitions.ts";
import {
  eventColumns,
  eventFields,
  eventFromStored,
  eventSchema,
  eventSkeleton,
  eventToStored,
  newEventFields,
  newEventSchema,
  newEventSkeleton,
  prepareEvent,
  prepareNewEvent,
  validateEvent,
} from "./events.ts";
import { humanDuration } from "./human-duration.ts";
import { metadataText } from "./metadata.ts";
import { prepareNamespace, prepareNamespaceDelete, validateNamespaceDelete } from "./namespaces.ts";
import type { Column, ResourceType, Strategy, TypeVersion } from "./resource-type.ts";
import { dataCount, prepareSecret, validateConfigMap, validateSecret } from "./secrets.ts";

const text: Schema = { type: "string" };
const flag: Schema = { type: "boolean" };
const texts: Schema = { type: "object", additionalProperties: text };
const binary: Schema = { type: "object", additionalProperties: { type: "string", format: "byte" } };
const anything: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const anyItems: Schema = { type: "array", items: anything };

const ageColumn: Column = {
  name: "Age",
  type: "string",
  cell: (object, now) => humanDuration(now - Date.parse(metadataText(object, "creationTimestamp"))),
};

type Definition = {
  readonly group: string;
  readonly version?: string;
  readonly plural: string;
  readonly kind: string;
  readonly shortNames?: readonly string[];
  readonly namespaced?: boolean;
  readonly schema: Readonly<Record<string, Schema>>;
  readonly columns?: readonly Column[];
  readonly selectable?: Readonly<Record<string, string>>;
  readonly storageKey?: string;
  readonly hasStatus?: boolean;
  readonly convert?: Pick<TypeVersion, "fromStored" | "toStored">;
  readonly strategy?: Partial<Strategy>;
};

function builtIn(definition: Definition): ResourceType {
  const { group, plural, kind, version = "v1" } = definition;
  return {
    group,
    plural,
    kind,
    singular: kind.toLowerCase(),
    listKind: `${kind}List`,
    shortNames: definition.shortNames ?? [],
    categories: [],
    namespaced: definition.namespaced ?? true,
    isCustom: false,
    versions: [
      {
        name: version,
        served: true,
        schema: objectSchema({ type: "object", properties: definition.schema }),
        hasStatus: definition.hasStatus ?? false,
        columns: definition.columns ?? [nameColumn, ageColumn],
        ...definition.convert,
      },
    ],
    storageVersion: version,
    storageKey: definition.storageKey ?? `${group}/${plural}`,
    selectable: definition.selectable ?? {},
    strategy: {
      nameRule: "subdomain",
      hasGeneration: false,
      allowsBlindUpdate: true,
      deletesInSteps: false,
      skeleton: {},
      ...definition.strategy,
    },
  };
}

const namespaceSpec = { finalizers: ["kubernetes"] };

const coreTypes: readonly Definition[] = [
  {
    group: "",
    plural: "namespaces",
    kind: "Namespace",
    shortNames: ["ns"],
    namespaced: false,
    schema: {
      spec: { type: "object", properties: { finalizers: { type: "array", items: text } } },
      status: { type: "object", properties: { phase: text, conditions: anyItems } },
    },
    columns: [nameColumn, { name: "Status", type: "string", jsonPath: ".status.phase" }, ageColumn],
    selectable: { "status.phase": "status.phase" },
    hasStatus: true,
    strategy: {
      nameRule: "label",
      deletesInSteps: true,
      prepare: prepareNamespace,
      prepareDelete: prepareNamespaceDelete,
      skeleton: { spec: namespaceSpec, status: {} },
    },
  },
  {
    group: "",
    plural: "secrets",
    kind: "Secret",
    schema: { data: binary, stringData: texts, type: text, immutable: flag },
    columns: [
      nameColumn,
      { name: "Type", type: "string", jsonPath: ".type" },
      { name: "Data", type: "string", cell: dataCount },
      ageColumn,
    ],
    selectable: { type: "type" },
    strategy: { prepare: prepareSecret, validate: validateSecret },
  },
  {
    group: "",
    plural: "configmaps",
    kind: "ConfigMap",
    shortNames: ["cm"],
    schema: { data: texts, binaryData: binary, immutable: flag },
    columns: [nameColumn, { name: "Data", type: "string", cell: dataCount }, ageColumn],
    strategy: { validate: validateConfigMap },
  },
  {
    group: "",
    plural: "serviceaccounts",
    kind: "ServiceAccount",
    shortNames: ["sa"],
    schema: { secrets: anyItems, imagePullSecrets: anyItems, automountServiceAccountToken: flag },
  },
];

const eventTypes: readonly Definition[] = [
  {
    group: "",
    plural: "events",
    kind: "Event",
    shortNames: ["ev"],
    storageKey: "events",
    schema: eventSchema,
    columns: eventColumns,
    selectable: eventFields,
    strategy: {
      nameRule: "any",
      skeleton: eventSkeleton,
      prepare: prepareEvent,
      validate: validateEvent,
    },
    convert: { fromStored: (event) => event, toStored: (event) => event },
  },
  {
    group: "events.k8s.io",
    plural: "events",
    kind: "Event",
    shortNames: ["ev"],
    storageKey: "events",
    schema: newEventSchema,
    columns: eventColumns,
    selectable: newEventFields,
    strategy: {
      nameRule: "any",
      skeleton: newEventSkeleton,
      prepare: prepareNewEvent,
      validate: validateEvent,
    },
    convert: { fromStored: eventFromStored, toStored: eventToStored },
  },
];

const definitionStatus: Schema = {
  type: "object",
  properties: {
    acceptedNames: anything,
    storedVersions: { type: "array", items: text },
    conditions: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
      items: anything,
    },
  },
};

const definitions: Definition = {
  group: "apiextensions.k8s.io",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  shortNames: ["crd", "crds"],
  namespaced: false,
  schema: {
    spec: {
      type: "object",
      properties: {
        group: text,
        scope: text,
        names: anything,
        versions: anyItems,
        conversion: anything,
        preserveUnknownFields: flag,
      },
    },
    status: definitionStatus,
  },
  columns: [
    nameColumn,
    {
      name: "Created At",
      type: "date",
      cell: (object: JsonObject) => metadataText(object, "creationTimestamp"),
    },
  ],
  hasStatus: true,
  strategy: {
    hasGeneration: true,
    allowsBlindUpdate: false,
    deletesInSteps: true,
    prepare: prepareDefinition,
    prepareDelete: prepareDefinitionDelete,
    validate: validateDefinition,
    skeleton: { spec: { names: {} }, status: { acceptedNames: {}, conditions: null } },
  },
};

const rules: Schema = anyItems;
const roleReference: Schema = { ...anything, "x-kubernetes-map-type": "atomic" };
const rbac = "rbac.authorization.k8s.io";

/** Stored and shown, so that role manifests can be applied; nothing is ever refused because of them. */
const accessTypes: readonly Definition[] = [
  { group: rbac, plural: "roles", kind: "Role", schema: { rules } },
  {
    group: rbac,
    plural: "clusterroles",
    kind: "ClusterRole",
    namespaced: false,
    schema: { rules, aggregationRule: anything },
  },
  {
    group: rbac,
    plural: "rolebindings",
    kind: "RoleBinding",
    schema: { subjects: anyItems, roleRef: roleReference },
  },
  {
    group: rbac,
    plural: "clusterrolebindings",
    kind: "ClusterRoleBinding",
    namespaced: false,
    schema: { subjects: anyItems, roleRef: roleReference },
  },
].map((type) => ({ ...type, strategy: { nameRule: "any" as const } }));

/** The types that the server serves without any definition. */
export const builtInTypes: readonly ResourceType[] = [
  ...coreTypes,
  ...eventTypes,
  definitions,
  ...accessTypes,
].map(builtIn);

/** Why an object must not be deleted at all; undefined when it may. */
export function protectedFromDelete(type: ResourceType, name: string): string | undefined {
  const isNamespace = type.group === "" && type.plural === "namespaces";
  return isNamespace ? validateNamespaceDelete(name) : undefined;
}
