import type { ResourceKey } from "../core/resource/types.ts";

/** A wake-up for one resource: `{v, cluster, group, kind, namespace, name, uid, wake, traceparent}` and nothing else (design.md section 2). */
export type WakeMessage = ResourceKey & {
  readonly v: 1;
  readonly uid: string;
  /** The row's wake number: a message with another number is dropped. */
  readonly wake: number;
  readonly traceparent: string;
};

/** The message that makes a worker scan one cluster. */
export type ScanMessage = { readonly v: 1; readonly cluster: string; readonly traceparent: string };

/** The three queues. Messages are Base64 JSON without expiry. Sending the same wake twice is harmless. */
export interface WorkQueue {
  sendReconcile(messages: readonly WakeMessage[]): Promise<void>;
  /** Delayed by `visibleInSeconds` (0 to 604,800). */
  sendOperation(message: WakeMessage, visibleInSeconds: number): Promise<void>;
  sendScan(message: ScanMessage, visibleInSeconds: number): Promise<void>;
  /** Approximate length of every queue, poison queues included, by queue name. */
  lengths(): Promise<Readonly<Record<string, number>>>;
}
