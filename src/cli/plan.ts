import { text } from "node:stream/consumers";
import { type Command, Option } from "commander";
import { stringify } from "yaml";
import { errorMessage, OperatorError } from "../core/errors.ts";
import { planManifests } from "../plan/plan-manifests.ts";
import type { PlanEntry, PlanSettings } from "../plan/plan-types.ts";
import type { PlanObject } from "../plan/plan-world.ts";
import { planAsJson, planAsTable, unplannable } from "../plan/show-plan.ts";
import { parseManifests, readManifests } from "./start/manifests.ts";
import { writeOut } from "./write-out.ts";

type PlanOptions = {
  readonly filename: readonly string[];
  readonly subscription: string;
  readonly tenant?: string;
  readonly output: string;
  readonly showSecrets: boolean;
};

const formats = ["json", "yaml", "table"] as const;
type Format = (typeof formats)[number];

/** What is planned, or why the command line or a manifest cannot be used. */
type Request =
  | {
      readonly kind: "request";
      readonly objects: readonly PlanObject[];
      readonly settings: PlanSettings;
      readonly format: Format;
    }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Registers `plan`: prints what would be sent to Azure for manifests, without a cluster and without Azure.
 * Exit code 1 and the names when something cannot be planned, 2 and one sentence for bad input.
 *
 * @param stdin what `-f -` reads
 */
export function registerPlan(program: Command, stdin: NodeJS.ReadableStream = process.stdin): void {
  const command: Command = program
    .command("plan")
    .description("print the requests that manifests would lead to, without a cluster or Azure")
    .requiredOption(
      "-f, --filename <file...>",
      "manifests of resources with their owners, Secrets and ConfigMaps: files, folders, '-' is stdin",
    )
    .requiredOption("--subscription <id>", "subscription of the credential")
    .option("--tenant <id>", "tenant of the credential")
    .addOption(new Option("-o, --output <format>", formats.join(", ")).default("json"))
    .option("--show-secrets", "print secret values instead of [redacted]", false)
    .addHelpText(
      "after",
      `
Resources come in an order in which they can be created. Nothing is read from Azure: a plan shows the first request for a resource
that Azure does not have. A resource that would wait shows its condition instead.
Exit code: 0 everything can be planned, 1 something cannot, 2 the input cannot be used.`,
    );
  command.action(async (options: PlanOptions) => {
    const request = await readRequest(options, stdin);
    if (request.kind === "refused") command.error(`error: ${request.reason}`, { exitCode: 2 });
    const plan = await planManifests(request.objects, request.settings);
    if (plan.kind === "unusable") command.error(`error: ${plan.reason}`, { exitCode: 2 });
    writeOut(command, print(plan.entries, request.format));
    const missing = unplannable(plan.entries);
    // The help would say nothing about a plan that is incomplete.
    if (missing !== undefined) command.showHelpAfterError(false).error(missing, { exitCode: 1 });
  });
}

async function readRequest(options: PlanOptions, stdin: NodeJS.ReadableStream): Promise<Request> {
  const { subscription, tenant, output, showSecrets } = options;
  const format = formats.find((one) => one === output);
  if (format === undefined)
    return { kind: "refused", reason: `-o takes ${formats.join(", ")}, not ${output}` };
  for (const [name, id] of [
    ["--subscription", subscription],
    ["--tenant", tenant ?? "-"],
  ] as const) {
    if (!/^[A-Za-z0-9.-]+$/.test(id)) return { kind: "refused", reason: `${name} is not an id` };
  }
  try {
    const objects = await readObjects(options.filename, stdin);
    return { kind: "request", objects, settings: { subscription, tenant, showSecrets }, format };
  } catch (error) {
    if (error instanceof OperatorError) return { kind: "refused", reason: errorMessage(error) };
    throw error;
  }
}

async function readObjects(
  locations: readonly string[],
  stdin: NodeJS.ReadableStream,
): Promise<PlanObject[]> {
  const found: PlanObject[] = [];
  for (const location of locations) {
    const where = location === "-" ? "stdin" : location;
    const manifests =
      location === "-" ? parseManifests(await text(stdin), where) : await readManifests(location);
    found.push(...manifests.map((object) => ({ object, where })));
  }
  return found;
}

function print(entries: readonly PlanEntry[], format: Format): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(planAsJson(entries), undefined, 2)}\n`;
    case "yaml":
      return stringify(planAsJson(entries), { lineWidth: 0, compat: "yaml-1.1" });
    case "table":
      return planAsTable(entries);
    default:
      return format satisfies never;
  }
}
