import { type Counter, type Histogram, type Meter, metrics } from "@opentelemetry/api";
import type { Metrics } from "../../ports/metrics.ts";

/** Metrics through the OpenTelemetry API. Instruments are made on first use: those made before telemetry was started would stay silent. */
export class OtelMetrics implements Metrics {
  readonly #counters = new Map<string, Counter>();
  readonly #histograms = new Map<string, Histogram>();

  count(name: string, attributes: Readonly<Record<string, string>> = {}, value = 1): void {
    const counter = this.#counters.get(name) ?? this.#meter().createCounter(name);
    this.#counters.set(name, counter);
    counter.add(value, attributes);
  }

  observe(name: string, value: number, attributes: Readonly<Record<string, string>> = {}): void {
    const histogram = this.#histograms.get(name) ?? this.#meter().createHistogram(name);
    this.#histograms.set(name, histogram);
    histogram.record(value, attributes);
  }

  #meter(): Meter {
    return metrics.getMeter("aso-functions");
  }
}
