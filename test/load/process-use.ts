import { readFileSync } from "node:fs";

/** What a process has used so far: CPU seconds, and the most memory it held, in MiB. Linux only. */
export type ProcessUse = { readonly cpuSeconds: number; readonly peakMiB: number };

const ticksPerSecond = 100;

/** Reads /proc. Throws when the process is gone. */
export function processUse(pid: number): ProcessUse {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const ticks = Number(fields[11]) + Number(fields[12]);
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
  return { cpuSeconds: ticks / ticksPerSecond, peakMiB: Math.round(Number(peak) / 1024) };
}
