import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { OperatorError } from "../../core/errors.ts";
import { planHandOver } from "../../transfer/plan-hand-over.ts";
import { isBlocked, transferAsTable, transferSummary } from "../../transfer/show-transfer.ts";
import { loadKubeconfig } from "../kubeconfig.ts";
import { writeOut } from "../write-out.ts";
import { ClusterObjects } from "./cluster-objects.ts";
import { readNamespace } from "./read-namespace.ts";
import { openSide, type ReadPlan, readTransfer, type Side } from "./read-transfer.ts";
import { runHandOver } from "./run-hand-over.ts";
import { runTransfer } from "./run-transfer.ts";
import { request, type TransferOptions, type TransferRequest } from "./transfer-request.ts";
import type { Waiting } from "./waiting.ts";

/**
 * Registers `transfer`: moves resources to another cluster or namespace, or gives them to another operator, without a write to Azure.
 * Exit code 1 when something is in the way, 2 and one sentence for bad input.
 *
 * @param pause resolves after so many milliseconds; tests pass one of their own
 */
export function registerTransfer(
  program: Command,
  pause: (ms: number) => Promise<void> = sleep,
): void {
  const command: Command = program
    .command("transfer")
    .description(
      "move resources to another cluster, namespace or operator without a write to Azure",
    )
    .requiredOption("--from <kubeconfig>", "the cluster that the resources are in")
    .option("--from-context <name>", "another context than the current one")
    .requiredOption("--namespace <name>", "their namespace")
    .option("--to <kubeconfig>", "the cluster that they go to (default: the same)")
    .option("--to-context <name>", "another context than the current one")
    .option("--to-namespace <name>", "the namespace that they go to (default: the same)")
    .option("--operator <name>", "operator-namespace there (default: whichever operator is there)")
    .option("--to-operator <name>", "leave them where they are and give them to this operator")
    .option("--kind <kind...>", "only these: Kind or Kind.group")
    .option("--name <name...>", "only these names")
    .option("-l, --selector <labels>", "only those with these labels, as kubectl's -l")
    .option("--copy-secrets", "copy Secrets and ConfigMaps that the target lacks", false)
    .option("--yes", "do it (default: only say what would happen)", false)
    .option("--dry-run", "only say what would happen", false)
    .option("--timeout <seconds>", "longest wait without progress", "600")
    .addHelpText(
      "after",
      `
The rights are those of the kubeconfigs. Nothing is done while anything is in the way. A run that stopped goes on when it is given again.
Exit code: 0 done or free to go, 1 something is in the way, 2 the input cannot be used.`,
    );
  command.action(async (options: TransferOptions) => {
    const wanted = request(options);
    if (wanted.kind === "refused") command.error(`error: ${wanted.reason}`, { exitCode: 2 });
    const write = (text: string): void => writeOut(command, text);
    const waiting = {
      pause,
      patienceMs: wanted.patienceMs,
      say: (line: string) => write(`${line}\n`),
    };
    const problem = await transfer(wanted, waiting, write).catch(expected);
    // The help would say nothing about what is in the way.
    if (problem !== undefined)
      command.showHelpAfterError(false).error(problem.text, { exitCode: problem.exitCode });
  });
}

/** Why a command ended without having done what was asked for. */
type Ended = { readonly text: string; readonly exitCode: 1 | 2 };

function expected(error: unknown): Ended {
  if (!(error instanceof OperatorError)) throw error;
  return { text: `error: ${error.message}`, exitCode: error.code === "ConfigInvalid" ? 2 : 1 };
}

async function transfer(
  wanted: Extract<TransferRequest, { kind: "request" }>,
  waiting: Waiting,
  write: (text: string) => void,
): Promise<Ended | undefined> {
  const { goal, selection } = wanted;
  const from = await openSide(connect("--from", wanted.from), wanted.from.namespace);
  const to =
    goal.kind === "place" ? await openSide(connect("--to", goal), goal.namespace) : undefined;
  if (to !== undefined && to.cluster === from.cluster && to.namespace === from.namespace)
    return {
      text: "error: source and target are the same namespace of the same cluster; name another one, or --to-operator",
      exitCode: 2,
    };
  const plan =
    goal.kind === "operator"
      ? await readHandOver(from, selection, goal.operator)
      : await readTransfer(from, to ?? from, selection, wanted.copyObjects);
  if (plan.moves.length === 0)
    return { text: `error: nothing in ${from.namespace} is selected`, exitCode: 2 };
  const where =
    goal.kind === "operator"
      ? `operator ${goal.operator}`
      : `namespace ${goal.namespace} of cluster ${to?.objects.cluster}`;
  write(transferAsTable(plan.moves, where));
  const summary = transferSummary(plan.moves);
  if (isBlocked(plan.moves)) return { text: `${summary}. Nothing was changed.`, exitCode: 1 };
  if (!wanted.isConfirmed) {
    write(`${summary}. Nothing was changed; --yes does it.\n`);
  } else if (goal.kind === "operator") {
    const count = await runHandOver(from, plan, goal.operator);
    waiting.say(`${count} given to ${goal.operator}`);
  } else if (to !== undefined) {
    await runTransfer({ ...waiting, from, to, plan, operator: goal.operator });
  }
  return undefined;
}

async function readHandOver(
  side: Side,
  selection: Extract<TransferRequest, { kind: "request" }>["selection"],
  operator: string,
): Promise<ReadPlan> {
  const { found, kinds } = await readNamespace(side.objects, side.namespace, selection);
  const plurals = new Map(kinds.map(({ group, kind, plural }) => [`${kind}.${group}`, plural]));
  return { moves: planHandOver(found, operator), plurals };
}

function connect(
  option: string,
  { file, context }: { readonly file: string; readonly context: string | undefined },
): ClusterObjects {
  const config = loadKubeconfig(file, context);
  if (typeof config !== "string") return new ClusterObjects(config);
  throw new OperatorError("ConfigInvalid", `${option} ${file}: ${config}`);
}
