/**
 * A field: its JSON name and type. `[]` marks lists, `{}` maps by string; capitals name messages. `text` may be empty only in lists and maps,
 * because Go writes unset strings too.
 */
export type Field = readonly [name: string, type: string];

/** The fields of a message by their protobuf numbers. */
export type Message = Readonly<Record<number, Field>>;

const objectReference: Message = {
  1: ["kind", "text"],
  2: ["namespace", "text"],
  3: ["name", "text"],
  4: ["uid", "text"],
  5: ["apiVersion", "text"],
  6: ["resourceVersion", "text"],
  7: ["fieldPath", "text"],
};

const binding: Message = {
  1: ["metadata", "ObjectMeta"],
  2: ["subjects", "Subject[]"],
  3: ["roleRef", "RoleRef"],
};

/** Field numbers of the messages in which clients send built-in kinds, from the `generated.proto` files of k8s.io/api. */
export const messages: Readonly<Record<string, Message>> = {
  ObjectMeta: {
    1: ["name", "text"],
    2: ["generateName", "text"],
    3: ["namespace", "text"],
    5: ["uid", "text"],
    6: ["resourceVersion", "text"],
    8: ["creationTimestamp", "time"],
    11: ["labels", "text{}"],
    12: ["annotations", "text{}"],
    13: ["ownerReferences", "OwnerReference[]"],
    14: ["finalizers", "text[]"],
    17: ["managedFields", "ManagedFieldsEntry[]"],
  },
  OwnerReference: {
    1: ["kind", "text"],
    3: ["name", "text"],
    4: ["uid", "text"],
    5: ["apiVersion", "text"],
    6: ["controller", "bool"],
    7: ["blockOwnerDeletion", "bool"],
  },
  ManagedFieldsEntry: {
    1: ["manager", "text"],
    2: ["operation", "text"],
    3: ["apiVersion", "text"],
    4: ["time", "time"],
    6: ["fieldsType", "text"],
    7: ["fieldsV1", "FieldsV1"],
    8: ["subresource", "text"],
  },
  DeleteOptions: {
    1: ["gracePeriodSeconds", "int"],
    2: ["preconditions", "Preconditions"],
    3: ["orphanDependents", "bool"],
    4: ["propagationPolicy", "text"],
    5: ["dryRun", "text[]"],
  },
  Preconditions: { 1: ["uid", "text"], 2: ["resourceVersion", "text"] },
  Namespace: { 1: ["metadata", "ObjectMeta"], 2: ["spec", "NamespaceSpec"] },
  NamespaceSpec: { 1: ["finalizers", "text[]"] },
  Secret: {
    1: ["metadata", "ObjectMeta"],
    2: ["data", "bytes{}"],
    3: ["type", "text"],
    4: ["stringData", "text{}"],
    5: ["immutable", "bool"],
  },
  ConfigMap: {
    1: ["metadata", "ObjectMeta"],
    2: ["data", "text{}"],
    3: ["binaryData", "bytes{}"],
    4: ["immutable", "bool"],
  },
  ServiceAccount: {
    1: ["metadata", "ObjectMeta"],
    2: ["secrets", "ObjectReference[]"],
    3: ["imagePullSecrets", "ObjectReference[]"],
    4: ["automountServiceAccountToken", "bool"],
  },
  ObjectReference: objectReference,
  Event: {
    1: ["metadata", "ObjectMeta"],
    2: ["involvedObject", "ObjectReference"],
    3: ["reason", "text"],
    4: ["message", "text"],
    5: ["source", "EventSource"],
    6: ["firstTimestamp", "time"],
    7: ["lastTimestamp", "time"],
    8: ["count", "int"],
    9: ["type", "text"],
    10: ["eventTime", "microtime"],
    11: ["series", "EventSeries"],
    12: ["action", "text"],
    13: ["related", "ObjectReference"],
    14: ["reportingComponent", "text"],
    15: ["reportingInstance", "text"],
  },
  EventSource: { 1: ["component", "text"], 2: ["host", "text"] },
  EventSeries: { 1: ["count", "int"], 2: ["lastObservedTime", "microtime"] },
  TokenRequest: { 1: ["metadata", "ObjectMeta"], 2: ["spec", "TokenRequestSpec"] },
  TokenRequestSpec: { 1: ["audiences", "text[]"], 4: ["expirationSeconds", "int"] },
  SelfSubjectReview: { 1: ["metadata", "ObjectMeta"] },
  SelfSubjectAccessReview: {
    1: ["metadata", "ObjectMeta"],
    2: ["spec", "SelfSubjectAccessReviewSpec"],
  },
  SelfSubjectAccessReviewSpec: {
    1: ["resourceAttributes", "ResourceAttributes"],
    2: ["nonResourceAttributes", "NonResourceAttributes"],
  },
  ResourceAttributes: {
    1: ["namespace", "text"],
    2: ["verb", "text"],
    3: ["group", "text"],
    4: ["version", "text"],
    5: ["resource", "text"],
    6: ["subresource", "text"],
    7: ["name", "text"],
  },
  NonResourceAttributes: { 1: ["path", "text"], 2: ["verb", "text"] },
  SelfSubjectRulesReview: {
    1: ["metadata", "ObjectMeta"],
    2: ["spec", "SelfSubjectRulesReviewSpec"],
  },
  SelfSubjectRulesReviewSpec: { 1: ["namespace", "text"] },
  Role: { 1: ["metadata", "ObjectMeta"], 2: ["rules", "PolicyRule[]"] },
  ClusterRole: { 1: ["metadata", "ObjectMeta"], 2: ["rules", "PolicyRule[]"] },
  RoleBinding: binding,
  ClusterRoleBinding: binding,
  PolicyRule: {
    1: ["verbs", "text[]"],
    2: ["apiGroups", "text[]"],
    3: ["resources", "text[]"],
    4: ["resourceNames", "text[]"],
    5: ["nonResourceURLs", "text[]"],
  },
  Subject: {
    1: ["kind", "text"],
    2: ["apiGroup", "text"],
    3: ["name", "text"],
    4: ["namespace", "text"],
  },
  RoleRef: { 1: ["apiGroup", "text"], 2: ["kind", "text"], 3: ["name", "text"] },
};
