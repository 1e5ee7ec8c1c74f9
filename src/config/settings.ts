import * as z from "zod";
import { asoServiceAccount } from "../core/resource/names.ts";

/** The settings of the app by name: what each must be, and its default. Cluster entries may name more. */
export const settings = z.object({
  AzureWebJobsStorage: z.string().optional(),
  AzureWebJobsStorage__accountName: z.string().optional(),
  AzureWebJobsStorage__queueServiceUri: z.url().optional(),
  AzureWebJobsStorage__tableServiceUri: z.url().optional(),
  AzureWebJobsStorage__clientId: z.string().optional(),
  SCAN_QUEUE: z.string().default("aso-scan"),
  RECONCILE_QUEUE: z.string().default("aso-reconcile"),
  OPERATION_QUEUE: z.string().default("aso-operation"),
  ASO_FUNCTIONS_CLUSTERS: z.string().default("[]"),
  ASO_FUNCTIONS_OPERATOR_NAMESPACE: z.string().min(1).default("aso-functions"),
  ASO_FUNCTIONS_SERVICE_ACCOUNT: z
    .string()
    .regex(/^[^/]+\/[^/]+$/, "namespace/name")
    .default(asoServiceAccount),
  ASO_FUNCTIONS_POLICY: z.string().optional(),
  ASO_FUNCTIONS_ARM_HOSTS: z.string().default(""),
  ASO_FUNCTIONS_SCAN_SECONDS: seconds(55, 5, 240),
  ASO_FUNCTIONS_POLL_SECONDS: seconds(5, 1, 60),
  ASO_FUNCTIONS_RELIST_SECONDS: seconds(600, 10, 86_400),
  ASO_FUNCTIONS_DELETIONS_MAX: limit(50, 1_000_000),
  ASO_FUNCTIONS_DELETIONS_PERCENT: limit(25, 100),
  ASO_FUNCTIONS_DELETIONS_WINDOW: z.string().default("10m"),
  ASO_FUNCTIONS_MAX_OUTSTANDING: z.coerce.number().int().min(1).max(1000).default(64),
  ASO_FUNCTIONS_LEASE_SECONDS: seconds(30, 5, 120),
  ASO_FUNCTIONS_ALLOW_EXEC: flag(),
  AZURE_SUBSCRIPTION_ID: z.string().optional(),
  AZURE_TENANT_ID: z.string().optional(),
  AZURE_CLIENT_ID: z.string().optional(),
  AZURE_CLIENT_SECRET: z.string().optional(),
  AZURE_CLIENT_CERTIFICATE: z.string().optional(),
  AZURE_CLIENT_CERTIFICATE_PASSWORD: z.string().optional(),
  AZURE_ADDITIONAL_TENANTS: z.string().default(""),
  USE_WORKLOAD_IDENTITY_AUTH: flag(),
  AZURE_FEDERATED_TOKEN_FILE: z.string().default("/var/run/secrets/tokens/azure-identity"),
  AZURE_RESOURCE_MANAGER_ENDPOINT: z
    .url({ protocol: /^https$/ })
    .default("https://management.azure.com"),
  AZURE_RESOURCE_MANAGER_AUDIENCE: z.string().default("https://management.core.windows.net/"),
  AZURE_AUTHORITY_HOST: z.url({ protocol: /^https$/ }).default("https://login.microsoftonline.com"),
  ALLOW_MULTI_ENV_MANAGEMENT: flag(),
  DEFAULT_RECONCILE_POLICY: z.enum(["manage", "skip", "detach-on-delete"]).default("manage"),
  AZURE_TARGET_NAMESPACES: z.string().default(""),
  AZURE_SYNC_PERIOD: z.string().default("1h"),
  AZURE_USER_AGENT_SUFFIX: z.string().default(""),
  APPLICATIONINSIGHTS_CONNECTION_STRING: z.string().optional(),
});

/** The settings after they were checked. */
export type Settings = z.infer<typeof settings>;

/** The name of every setting. */
export const settingNames: readonly string[] = Object.keys(settings.shape);

function seconds(standard: number, least: number, most: number): z.ZodDefault<z.ZodCoercedNumber> {
  return z.coerce.number().min(least).max(most).default(standard);
}

/** A limit that 0 and `never` switch off. */
function limit(standard: number, most: number): z.ZodType<number | "never"> {
  return z
    .union([z.literal("never"), z.coerce.number().int().min(0).max(most)])
    .transform((value) => (value === 0 ? ("never" as const) : value))
    .default(standard);
}

function flag(): z.ZodDefault<
  z.ZodPipe<z.ZodEnum<{ true: "true"; false: "false" }>, z.ZodTransform<boolean, "true" | "false">>
> {
  return z
    .enum(["true", "false"])
    .transform((value) => value === "true")
    .default(false);
}
