/** Manifests of the kubectl comparison. The definitions follow the shape of ASO's, cut down to what the commands touch. */

const readyColumns = `
    additionalPrinterColumns:
    - {jsonPath: ".status.conditions[?(@.type=='Ready')].status", name: Ready, type: string}
    - {jsonPath: ".status.conditions[?(@.type=='Ready')].severity", name: Severity, type: string}
    - {jsonPath: ".status.conditions[?(@.type=='Ready')].reason", name: Reason, type: string}
    - {jsonPath: ".status.conditions[?(@.type=='Ready')].message", name: Message, type: string}`;

const statusSchema = `
          status:
            type: object
            properties:
              id: {type: string}
              conditions:
                type: array
                items:
                  type: object
                  required: [lastTransitionTime, reason, status, type]
                  properties:
                    lastTransitionTime: {type: string, format: date-time}
                    message: {type: string}
                    observedGeneration: {type: integer, format: int64}
                    reason: {type: string}
                    severity: {type: string}
                    status: {type: string}
                    type: {type: string}`;

export const groupDefinition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: resourcegroups.resources.azure.com
  labels: {app.kubernetes.io/name: azure-service-operator}
spec:
  group: resources.azure.com
  names: {categories: [azure, resources], kind: ResourceGroup, listKind: ResourceGroupList, plural: resourcegroups, singular: resourcegroup}
  scope: Namespaced
  versions:
  - name: v1api20200601
    served: true
    storage: false
    subresources: {status: {}}${readyColumns}
    schema:
      openAPIV3Schema: &schema
        description: A resource group.
        type: object
        properties:
          apiVersion: {type: string}
          kind: {type: string}
          metadata: {type: object}
          spec:
            type: object
            required: [location]
            properties:
              azureName: {type: string, minLength: 1, maxLength: 90, description: The name in Azure.}
              location: {type: string, description: Where the group lives.}
              managedBy: {type: string}
              tags: {type: object, additionalProperties: {type: string}}
              operatorSpec:
                type: object
                properties:
                  secretExpressions:
                    type: array
                    items:
                      type: object
                      required: [name, value]
                      properties: {key: {type: string}, name: {type: string}, value: {type: string}}${statusSchema}
  - name: v20200601
    served: true
    storage: true
    subresources: {status: {}}${readyColumns}
    schema:
      openAPIV3Schema: *schema
`;

export const gadgetDefinition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: gadgets.test.azure.com
spec:
  group: test.azure.com
  names: {kind: Gadget, plural: gadgets, shortNames: [gd], categories: [azure]}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    additionalPrinterColumns:
    - {name: Sku, type: string, jsonPath: .spec.sku}
    - {name: Count, type: integer, jsonPath: .spec.count}
    - {name: Zones, type: string, jsonPath: .spec.zones, priority: 1}
    - {name: Enabled, type: boolean, jsonPath: .spec.enabled}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              sku: {type: string, enum: [Basic, Standard], default: Basic}
              count: {type: integer, minimum: 1, maximum: 10}
              port: {x-kubernetes-int-or-string: true}
              enabled: {type: boolean}
              zones: {type: array, maxItems: 2, items: {type: string}}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
              rules:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items:
                  type: object
                  required: [name]
                  properties: {name: {type: string}, priority: {type: integer, default: 100}}
          status:
            type: object
            x-kubernetes-preserve-unknown-fields: true
`;

const inTeam = (kind: string, name: string, spec: string): string => `
apiVersion: ${kind === "Gadget" ? "test.azure.com/v1" : "resources.azure.com/v1api20200601"}
kind: ${kind}
metadata: {name: ${name}, namespace: team, labels: {app: shop}}
spec: ${spec}
`;

export const group = inTeam("ResourceGroup", "rg", "{location: westeurope, tags: {env: test}}");
export const groupChanged = inTeam(
  "ResourceGroup",
  "rg",
  "{location: westeurope, tags: {env: prod, team: blue}, managedBy: me}",
);
export const groupTrimmed = inTeam("ResourceGroup", "rg", "{location: westeurope}");
export const groupWithWrongTypes = inTeam("ResourceGroup", "bad", "{location: 5, tags: [a]}");
export const groupWithUnknownFields = inTeam(
  "ResourceGroup",
  "bad",
  "{location: westeurope, colour: red, operatorSpec: {secretExpressions: [{name: a, value: b, extra: 1}]}}",
);
export const groupWithUnknownField = inTeam("ResourceGroup", "bad", "{location: x, colour: red}");
export const groupWithoutLocation = inTeam("ResourceGroup", "bad", "{azureName: x}");
export const groupWithBadName = inTeam("ResourceGroup", "Bad_Name", "{location: westeurope}");
export const unknownKind = inTeam("Nonsense", "x", "{}");

export const gadget = inTeam(
  "Gadget",
  "one",
  "{count: 2, rules: [{name: a}, {name: b, priority: 7}], free: {x: [1, {y: z}]}, zones: ['1', '2']}",
);
export const gadgetApplied = inTeam(
  "Gadget",
  "one",
  "{count: 3, rules: [{name: b, priority: 8}, {name: c}], free: {x: [2]}, port: http}",
);
export const gadgetOfOther = inTeam("Gadget", "one", "{count: 9}");
export const gadgetWithFaults = inTeam(
  "Gadget",
  "two",
  "{sku: Gold, count: 99, enabled: maybe, zones: ['1', '2', '3'], rules: [{priority: 1}], port: true}",
);
export const staleGadget = inTeam("Gadget", "one", "{count: 4}").replace(
  "name: one,",
  "name: one, resourceVersion: '1',",
);

export const secret = `
apiVersion: v1
kind: Secret
metadata: {name: password, namespace: team}
stringData: {password: not-a-secret}
`;

export const configMap = `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: team, finalizers: [test/keep]}
data: {a: '1', b: '2'}
`;
export const configMapChanged = configMap.replace("b: '2'", "c: '3'");

export const event = `
apiVersion: v1
kind: Event
metadata: {name: rg.1, namespace: team}
involvedObject: {apiVersion: resources.azure.com/v1api20200601, kind: ResourceGroup, name: rg, namespace: team}
type: Warning
reason: BeginCreateOrUpdate
message: Something was sent
firstTimestamp: "2026-01-01T00:00:00Z"
lastTimestamp: "2026-01-01T00:00:00Z"
count: 3
source: {component: ResourceGroupController}
`;
