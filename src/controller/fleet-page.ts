import type { Fleet, FleetCluster } from "./fleet.ts";

/** The fleet as a page without scripts: it reloads itself, and works in any browser and in a terminal one. */
export function fleetPage(fleet: Fleet): string {
  const clusters = fleet.clusters.map(clusterSection).join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>aso-functions fleet</title>
<style>
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .4rem; }
.quiet { opacity: .7; } .bad { color: #c22; font-weight: 600; } .good { color: #1a7f37; font-weight: 600; }
table { border-collapse: collapse; min-width: 50%; } th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; padding-right: 1.4rem; font-variant-numeric: tabular-nums; }
.bar { display: flex; height: .7rem; border-radius: .35rem; overflow: hidden; background: var(--line); margin: .5rem 0; }
.bar span { display: block; }
</style>
</head>
<body>
<h1>Fleet</h1>
<p class="quiet">${time(fleet.at)} · ${fleet.clusters.length} cluster${fleet.clusters.length === 1 ? "" : "s"} · queues: ${queueText(fleet)}</p>
${noticeTable(fleet)}
${clusters === "" ? "<p>No cluster is registered. Set ASO_FUNCTIONS_CLUSTERS.</p>" : clusters}
</body>
</html>
`;
}

function noticeTable({ notices }: Fleet): string {
  if (notices.length === 0) return "";
  return `<h2>Notices</h2>${table(
    ["At", "About", ""],
    notices.map(({ at, about, text }) => [at, about, text]),
  )}`;
}

function clusterSection(cluster: FleetCluster): string {
  const total = Object.values(cluster.states).reduce((sum, count) => sum + count, 0);
  const ready = cluster.states["Succeeded"] ?? 0;
  const state =
    cluster.problem === undefined
      ? `<span class="good">reached ${time(cluster.reachedAt ?? "never")}</span>`
      : `<span class="bad">${escapeHtml(cluster.problem)}</span>`;
  const overdue = cluster.oldestDue === undefined ? "" : ` · oldest due ${time(cluster.oldestDue)}`;
  return `<section>
<h2>${escapeHtml(cluster.name)}${cluster.paused ? " (paused)" : ""}</h2>
<p>${state}<br><span class="quiet">${escapeHtml(cluster.scanMode)} · ${cluster.outstanding} in work · ${cluster.overdue} due${overdue}</span></p>
${deletionsText(cluster)}<p><b>${ready} of ${total}</b> resources are Ready</p>
${bar(cluster, total)}
${table(
  ["State", "Resources"],
  Object.entries(cluster.states).toSorted(([, a], [, b]) => b - a),
)}
${
  cluster.attention.length === 0
    ? ""
    : `<h3>Not Ready</h3>${table(
        ["Resource", "State", "Next look"],
        cluster.attention.map((one) => [one.resource, one.state, time(one.due)]),
      )}`
}
</section>`;
}

function deletionsText({ deletionsPaused: paused }: FleetCluster): string {
  if (paused === undefined) return "";
  return `<p class="bad">Deletions are paused since ${time(paused.at)}: ${paused.deleting} of ${paused.resources} resources were to be deleted. If that is meant, run <code>${escapeHtml(paused.confirm)}</code></p>
`;
}

function bar(cluster: FleetCluster, total: number): string {
  if (total === 0) return "";
  const parts = Object.entries(cluster.states).toSorted(([a], [b]) => order(a) - order(b));
  const spans = parts.map(
    ([name, count]) =>
      `<span title="${escapeHtml(name)}: ${count}" style="width:${(100 * count) / total}%;background:${color(name)}"></span>`,
  );
  return `<div class="bar">${spans.join("")}</div>`;
}

function order(state: string): number {
  return state === "Succeeded" ? 0 : state === "Reconciling" ? 1 : 2;
}

function color(state: string): string {
  if (state === "Succeeded") return "#2da44e";
  return state === "Reconciling" || state === "New" ? "#4184e4" : "#d4772c";
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cell = (tag: string, value: string | number, isNumber: boolean): string =>
    `<${tag}${isNumber ? ' class="number"' : ""}>${escapeHtml(String(value))}</${tag}>`;
  const isNumber = (column: number): boolean => typeof rows[0]?.[column] === "number";
  const line = (tag: string, values: readonly (string | number)[]): string =>
    `<tr>${values.map((value, column) => cell(tag, value, isNumber(column))).join("")}</tr>`;
  const body = rows.map((row) => line("td", row)).join("");
  return `<table><thead>${line("th", head)}</thead><tbody>${body}</tbody></table>`;
}

function queueText(fleet: Fleet): string {
  const entries = Object.entries(fleet.queues).map(
    ([name, length]) => `${escapeHtml(name)} ${length}`,
  );
  return entries.join(", ");
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (found) => entities[found] ?? found);
}

/** A time to the second. */
function time(text: string): string {
  return escapeHtml(text.replace(/\.\d+Z$/, "Z"));
}
