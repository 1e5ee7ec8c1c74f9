import { type Counter, type Histogram, metrics } from "@opentelemetry/api";
import type { ArmAnswer, ArmRequest } from "../../ports/arm.ts";

type Instruments = {
  readonly seconds: Histogram;
  readonly succeeded: Counter;
  readonly failed: Counter;
};

/** ASO's request metrics under ASO's names (aso-semantics 11): any answer counts as successful, none as failed. */
export class ArmMetrics {
  #instruments: Instruments | undefined;

  /** Counts one request of `durationMs`. Requests to a path without a resource type are not counted. */
  record(
    resource: string | undefined,
    method: ArmRequest["method"],
    answer: ArmAnswer,
    durationMs: number,
  ): void {
    if (resource === undefined) {
      return;
    }
    const { seconds, succeeded, failed } = this.#create();
    const labels = { resource, requestType: method };
    seconds.record(durationMs / 1000, labels);
    if (answer.kind === "response") {
      succeeded.add(1, { ...labels, responseCode: String(answer.status) });
    } else {
      failed.add(1, labels);
    }
  }

  /** Instruments made before telemetry was started would stay silent for ever: they are made on first use. */
  #create(): Instruments {
    if (this.#instruments === undefined) {
      const meter = metrics.getMeter("aso-functions");
      this.#instruments = {
        seconds: meter.createHistogram("azure_requests_time_seconds", {
          unit: "s",
          advice: {
            explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
          },
        }),
        succeeded: meter.createCounter("azure_successful_requests_total"),
        failed: meter.createCounter("azure_failed_requests_total"),
      };
    }
    return this.#instruments;
  }
}
