import path from "node:path";
import { z } from "zod";
import type { Gate, Verdict } from "./gate.ts";
import { filledLines, runTool } from "./run-tool.ts";

const rules = path.resolve(import.meta.dirname, "../../test/architecture/dependency-cruiser.mjs");

const cruiseResult = z.object({
  modules: z.array(z.object({ source: z.string() })),
  summary: z.object({
    violations: z.array(
      z.object({
        from: z.string(),
        to: z.string(),
        rule: z.object({ name: z.string() }),
        cycle: z.array(z.object({ name: z.string() })).optional(),
      }),
    ),
    ruleSetUsed: z.object({
      forbidden: z.array(
        z.object({ name: z.string(), comment: z.string().optional(), from: z.looseObject({}) }),
      ),
    }),
  }),
});

type CruiseResult = z.infer<typeof cruiseResult>;

/**
 * The layer rules (test/architecture/dependency-cruiser.mjs). Also fails when no module was read, which a wrong version of the compiler
 * brings about silently, and for a rule whose layer is empty: a folder that was renamed would be without its rule.
 */
export const layers: Gate = {
  name: "layers",
  run: async (root) => {
    const args = ["--config", rules, "--output-type", "json", "src", "functions", "infra"];
    const tool = { package: "dependency-cruiser", command: "depcruise" };
    const { stdout, stderr } = await runTool(tool, args, root);
    if (!stdout.startsWith("{")) return { problems: filledLines(stderr + stdout), seen: "nothing" };
    return judge(cruiseResult.parse(JSON.parse(stdout)));
  },
};

function judge({ modules, summary }: CruiseResult): Verdict {
  const own = modules
    .map((one) => one.source)
    .filter((source) => /^(src|functions)\//.test(source));
  if (own.length === 0) {
    return { problems: ["no module was read: nothing is checked"], seen: "nothing" };
  }
  const comments = new Map(summary.ruleSetUsed.forbidden.map((rule) => [rule.name, rule.comment]));
  const violations = summary.violations.map(({ rule, from, to, cycle }) => {
    const target = cycle === undefined ? to : cycle.map((step) => step.name).join(" → ");
    return `${from} ${rule.name}: must not import ${target}. ${comments.get(rule.name) ?? ""}`;
  });
  const empty = summary.ruleSetUsed.forbidden
    .filter((rule) => !own.some((source) => matches(source, rule.from)))
    .map((rule) => `${rule.name}: no module is in the layer that this rule is about`);
  return { problems: [...violations, ...empty], seen: `${own.length} modules` };
}

function matches(source: string, from: Readonly<Record<string, unknown>>): boolean {
  const hits = (pattern: unknown) =>
    typeof pattern === "string" && new RegExp(pattern).test(source);
  return (from["path"] === undefined || hits(from["path"])) && !hits(from["pathNot"]);
}
