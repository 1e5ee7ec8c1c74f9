import * as z from "zod";
import { OperatorError } from "../../core/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { parseTimeSpan } from "./time-span.ts";

/** Settings of the queue extension; all times in milliseconds. Defaults are the extension's own. */
export type QueueSettings = {
  readonly batchSize: number;
  readonly newBatchThreshold: number;
  readonly maxPollingIntervalMs: number;
  readonly visibilityTimeoutMs: number;
  readonly maxDequeueCount: number;
  readonly messageEncoding: "base64" | "none";
};

/** What the local host obeys of host.json. */
export type HostSettings = {
  /** undefined: no limit. */
  readonly functionTimeoutMs: number | undefined;
  readonly queues: QueueSettings;
  readonly routePrefix: string;
  /** Category prefix to level name; `default` for the rest. */
  readonly logLevels: Readonly<Record<string, string>>;
};

const timeSpan = z.string().transform((text, context) => {
  const ms = parseTimeSpan(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: "custom", message: `"${text}" is no time span (hh:mm:ss)` });
  return z.NEVER;
});

const positive = z.coerce.number().int().min(1);

const queuesSchema = z.strictObject({
  batchSize: positive.max(32).default(16),
  newBatchThreshold: z.coerce.number().int().min(0).optional(),
  maxPollingInterval: timeSpan
    .refine((ms) => ms >= 100, "is at least 00:00:00.100")
    .default(60_000),
  visibilityTimeout: timeSpan.default(0),
  maxDequeueCount: positive.default(5),
  messageEncoding: z.enum(["base64", "none"]).default("base64"),
});

const schema = z.object({
  version: z.literal("2.0"),
  functionTimeout: z.union([z.literal("-1"), timeSpan]).default(30 * 60_000),
  extensions: z
    .object({
      queues: queuesSchema.prefault({}),
      http: z.object({ routePrefix: z.string().default("api") }).prefault({}),
    })
    .prefault({}),
  logging: z.object({ logLevel: z.record(z.string(), z.string()).default({}) }).prefault({}),
});

const overridePrefix = "azurefunctionsjobhost__";

/**
 * Reads host.json with the app settings named `AzureFunctionsJobHost__a__b` laid over it, as the platform does.
 * Throws OperatorError `ConfigInvalid` naming the first field that is wrong.
 */
export function parseHostJson(
  text: string,
  settings: Readonly<Record<string, string | undefined>>,
  processorCount: number,
): HostSettings {
  const parsed = schema.safeParse(withOverrides(parseObject(text), settings));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`);
  }
  const { functionTimeout, extensions, logging } = parsed.data;
  const { queues } = extensions;
  return {
    functionTimeoutMs: functionTimeout === "-1" ? undefined : functionTimeout,
    queues: {
      batchSize: queues.batchSize,
      newBatchThreshold:
        queues.newBatchThreshold ?? Math.floor(queues.batchSize / 2) * processorCount,
      maxPollingIntervalMs: queues.maxPollingInterval,
      visibilityTimeoutMs: queues.visibilityTimeout,
      maxDequeueCount: queues.maxDequeueCount,
      messageEncoding: queues.messageEncoding,
    },
    routePrefix: extensions.http.routePrefix,
    logLevels: logging.logLevel,
  };
}

function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch (error) {
    throw invalid("it is not JSON", error);
  }
  throw invalid("it is not a JSON object");
}

function withOverrides(
  base: JsonObject,
  settings: Readonly<Record<string, string | undefined>>,
): JsonObject {
  let result = base;
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined || !name.toLowerCase().startsWith(overridePrefix)) continue;
    result = withValue(result, name.slice(overridePrefix.length).split("__"), value);
  }
  return result;
}

/** Keys are compared without regard to case, as .NET configuration does; one that host.json has not begins with a small letter. */
function withValue(target: JsonObject, path: readonly string[], value: JsonValue): JsonObject {
  const [first = "", ...rest] = path;
  const key =
    Object.keys(target).find((k) => k.toLowerCase() === first.toLowerCase()) ??
    first.charAt(0).toLowerCase() + first.slice(1);
  const child = target[key];
  const inner = isJsonObject(child) ? child : {};
  return { ...target, [key]: rest.length === 0 ? value : withValue(inner, rest, value) };
}

function invalid(reason: string, cause?: unknown): OperatorError {
  return new OperatorError("ConfigInvalid", `host.json: ${reason}`, {}, cause);
}
