/** Something that concerns no resource and no cluster, but whoever runs the app. `at`: epoch ms of the last time. */
export type Notice = { readonly about: string; readonly text: string; readonly at: number };

/** What the fleet page tells beside its clusters. A new notice about the same thing replaces the old one. */
export interface Notices {
  put(notice: Notice): Promise<void>;
  /** Notices not older than `since` (epoch ms), the newest first. */
  list(since: number): Promise<readonly Notice[]>;
}
