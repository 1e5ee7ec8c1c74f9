import type { JsonValue } from "../core/json.ts";

/** A CEL rule of a CRD's schema; see "Validation rules" in the Kubernetes documentation of CustomResourceDefinitions. */
export type ValidationRule = {
  readonly rule: string;
  readonly message: string;
  readonly reason?: "FieldValueForbidden" | "FieldValueInvalid";
  readonly fieldPath?: string;
};

/** A structural schema as apiextensions.k8s.io/v1 takes it, with the keywords that the catalog can state. */
export type OpenApiSchema = {
  readonly description?: string;
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly properties?: Readonly<Record<string, OpenApiSchema>>;
  readonly additionalProperties?: OpenApiSchema;
  readonly items?: OpenApiSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly (string | number)[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly format?: string;
  readonly multipleOf?: number;
  readonly default?: JsonValue;
  readonly "x-kubernetes-preserve-unknown-fields"?: true;
  readonly "x-kubernetes-validations"?: readonly ValidationRule[];
};
