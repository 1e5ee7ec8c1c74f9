/** Counters and histograms of the controller itself; adapters emit those of their own requests. */
export interface Metrics {
  /** Adds `value` (1 by default) to a counter. */
  count(name: string, attributes?: Readonly<Record<string, string>>, value?: number): void;
  /** Records one observation of a histogram; the unit is part of the name (`…_ms`). */
  observe(name: string, value: number, attributes?: Readonly<Record<string, string>>): void;
}
