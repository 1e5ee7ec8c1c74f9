import type { OpenApiSchema, ValidationRule } from "./openapi-schema.ts";

/**
 * `status` shows that the resource is in Azure or on its way there; before that a wrong name or owner may be corrected. The annotation
 * of the claim cannot be seen from here.
 */
const isSent =
  "has(oldSelf.status.conditions) && oldSelf.status.conditions.exists(c, c.type == 'Ready' && (c.status == 'True' || c.reason == 'Reconciling'))";
const hasId = "has(oldSelf.status.id)";
const isInId = "oldSelf.status.id.lowerAscii().endsWith('/' + self.spec.azureName.lowerAscii())";

/** Words that CEL reserves; a property of such a name is written otherwise and gets no rule here. */
const reserved = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/**
 * Adds the checks that ASO's webhooks make and a schema alone cannot: name and owner stay once the resource exists in Azure,
 * references name exactly one target, a value is not given twice. References and values inside lists and maps get no rule:
 * the API server multiplies a rule's cost by the longest list a request could hold and would refuse the CRD.
 *
 * @param namedAfterObject an unset azureName means the object's name; otherwise it means something that no rule can compute
 */
export function withValidationRules(
  schema: OpenApiSchema,
  namedAfterObject: boolean,
): OpenApiSchema {
  const spec = schema.properties?.["spec"];
  if (spec === undefined) return schema;
  const checked = objectRules(spec);
  return withRules(
    { ...schema, properties: { ...schema.properties, spec: checked } },
    immutabilityRules(schema, namedAfterObject),
  );
}

function immutabilityRules(schema: OpenApiSchema, namedAfterObject: boolean): ValidationRule[] {
  const spec = schema.properties?.["spec"]?.properties ?? {};
  const status = schema.properties?.["status"]?.properties ?? {};
  const sent = status["id"] === undefined ? isSent : `(${hasId} || ${isSent})`;
  const open = `!has(oldSelf.status) || !(${sent}) || !has(self.spec) || !has(oldSelf.spec)`;
  const rules: ValidationRule[] = [];
  if (spec["azureName"] !== undefined) {
    const fromConfig = spec["azureNameFromConfig"] !== undefined;
    rules.push({
      rule: `${open} || ${sameName(namedAfterObject, fromConfig)}`,
      message: "the name in Azure cannot change once the resource exists there",
      reason: "FieldValueForbidden",
      fieldPath: ".spec.azureName",
    });
  }
  if (spec["owner"] !== undefined) {
    rules.push({
      rule: `${open} || (has(self.spec.owner) && has(oldSelf.spec.owner) ? self.spec.owner == oldSelf.spec.owner : has(self.spec.owner) == has(oldSelf.spec.owner))`,
      message: "the owner cannot change once the resource exists in Azure",
      reason: "FieldValueForbidden",
      fieldPath: ".spec.owner",
    });
  }
  return rules;
}

/** Where an unset name means something that cannot be computed here, the id that Azure gave tells it. */
function sameName(namedAfterObject: boolean, fromConfig: boolean): string {
  const isSet = (object: string): string =>
    `has(${object}.spec.azureName) && ${object}.spec.azureName != ''`;
  const name = `(${isSet("self")} ? self.spec.azureName : self.metadata.name)`;
  const held = `${name} == (${isSet("oldSelf")} ? oldSelf.spec.azureName : oldSelf.metadata.name)`;
  const free = [
    ...(namedAfterObject
      ? []
      : [`!(${isSet("oldSelf")}) && (!(${isSet("self")}) || !${hasId} || ${isInId})`]),
    ...(fromConfig ? [`has(oldSelf.spec.azureNameFromConfig) && !(${isSet("oldSelf")})`] : []),
  ];
  return [...free, held].join(" || ");
}

function objectRules(schema: OpenApiSchema): OpenApiSchema {
  const { properties } = schema;
  if (properties === undefined) return schema;
  const target = targetRule(Object.keys(properties).sort().join());
  if (target !== undefined) return withRules(schema, [target]);
  const checked = Object.entries(properties).map(([name, child]) => [name, objectRules(child)]);
  return withRules({ ...schema, properties: Object.fromEntries(checked) }, twinRules(properties));
}

/** The rule of a reference, told by the names of its properties. */
function targetRule(names: string): ValidationRule | undefined {
  const byKind = "has(self.group) && has(self.kind) && has(self.name)";
  const noKind = "!has(self.group) && !has(self.kind) && !has(self.name)";
  const either = `has(self.armId) ? ${noKind} : ${byKind}`;
  switch (names) {
    case "armId,name":
      return { rule: "has(self.name) != has(self.armId)", message: "give either name or armId" };
    case "armId,group,kind,name":
      return { rule: either, message: "give either armId, or group, kind and name" };
    case "armId,group,kind,name,wellKnownName":
      return {
        rule: `has(self.wellKnownName) ? !has(self.armId) && ${noKind} : (${either})`,
        message: "give one of wellKnownName, armId, or group, kind and name",
      };
    default:
      return undefined;
  }
}

/** One rule for each value that can also be taken from a ConfigMap or Secret. */
function twinRules(properties: Readonly<Record<string, OpenApiSchema>>): ValidationRule[] {
  return Object.keys(properties).flatMap((twin) => {
    const name = /^(.+)From(?:Config|Secret)$/.exec(twin)?.[1];
    if (name === undefined || properties[name] === undefined) return [];
    if (!isCelName(name) || !isCelName(twin)) return [];
    return [
      {
        rule: `!has(self.${name}) || !has(self.${twin})`,
        message: `give either ${name} or ${twin}`,
      },
    ];
  });
}

function isCelName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !reserved.has(name);
}

function withRules(schema: OpenApiSchema, rules: readonly ValidationRule[]): OpenApiSchema {
  return rules.length === 0 ? schema : { ...schema, "x-kubernetes-validations": rules };
}
