import type { TokenCredential } from "@azure/core-auth";

/** A running exporter of traces and metrics. */
export type Telemetry = {
  /** Sends what is buffered and stops. Safe to call twice. */
  stop(): Promise<void>;
};

/** How much is exported. */
export type TelemetryOptions = {
  /** Share of traces that are kept, 0 to 1. @default 1 */
  readonly samplingRatio?: number;
  /** Signs in to a component that refuses its key (DisableLocalAuth). */
  readonly credential?: TokenCredential;
};

/**
 * Starts Application Insights, and loads it only then: the import costs more than all the rest.
 * Call it before anything that counts or traces. Without a connection string it does nothing, and every span and metric is a no-op.
 */
export async function startTelemetry(
  connectionString: string | undefined,
  options: TelemetryOptions = {},
): Promise<Telemetry> {
  if (connectionString === undefined || connectionString === "") {
    return { stop: async () => undefined };
  }
  // A file of our own: a bundled `import("applicationinsights")` would have no named exports.
  const { startApplicationInsights } = await import("./application-insights.ts");
  return startApplicationInsights(connectionString, options.samplingRatio ?? 1, options.credential);
}
