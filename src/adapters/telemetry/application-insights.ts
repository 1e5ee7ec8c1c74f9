import type { TokenCredential } from "@azure/core-auth";
import { flushAzureMonitor, shutdownAzureMonitor, useAzureMonitor } from "applicationinsights";

const off = { enabled: false };

/** See `startTelemetry`, which is the only caller. */
export function startApplicationInsights(
  connectionString: string,
  samplingRatio: number,
  credential: TokenCredential | undefined,
): { stop(): Promise<void> } {
  useAzureMonitor({
    azureMonitorExporterOptions: {
      connectionString,
      ...(credential === undefined ? {} : { credential }),
    },
    // The default sampler keeps five traces a second.
    tracesPerSecond: 0,
    samplingRatio,
    enableLiveMetrics: false,
    enableStandardMetrics: false,
    enableAutoCollectExceptions: false,
    enableAutoCollectPerformance: false,
    // Patching modules does nothing inside a bundle; the adapters make their own spans.
    instrumentationOptions: {
      http: off,
      azureSdk: off,
      mongoDb: off,
      mySql: off,
      postgreSql: off,
      redis: off,
      redis4: off,
    },
  });
  let stopped: Promise<void> | undefined;
  return {
    stop() {
      stopped ??= flushAzureMonitor().then(shutdownAzureMonitor);
      return stopped;
    },
  };
}
