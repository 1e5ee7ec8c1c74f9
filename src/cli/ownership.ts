import type { Command } from "commander";
import { type AppOptions, sendCommand, withApp } from "./app-client.ts";
import { writeOut } from "./write-out.ts";

type MoveOptions = AppOptions & { readonly to: string };

type FailoverOptions = AppOptions & { readonly namespace?: string; readonly dryRun?: boolean };

type Shown = {
  readonly armId: string;
  readonly holder?: string;
  readonly epoch?: number;
  readonly isFirm?: boolean;
  readonly since?: string;
  readonly waiting?: readonly string[];
};

type Failover = {
  readonly from: string;
  readonly to: string;
  readonly dryRun: boolean;
  readonly paused: boolean;
  readonly ids: readonly {
    readonly armId: string;
    readonly resource: string;
    readonly outcome: "moved" | "movedBefore" | "left";
    readonly why?: string;
  }[];
};

/** Registers `ownership show`, `ownership move` and `failover`: which custom resource manages an ARM id, across clusters. */
export function registerOwnership(program: Command): void {
  const group = program
    .command("ownership")
    .description("which custom resource manages an ARM id, across clusters");
  const show = group
    .command("show")
    .description("print who manages an ARM id and who waits for it")
    .argument("<arm-id>");
  withApp(show).action(async (armId: string, options: AppOptions) => {
    const found = await sendCommand<Shown>(options, "show-ownership", { armId });
    writeOut(show, `${shownText(found)}\n`);
  });
  const move = group
    .command("move")
    .description("move an ARM id to another custom resource that waits for it")
    .argument("<arm-id>")
    .requiredOption("--to <resource>", "CLUSTER/NAMESPACE/KIND.group/NAME");
  withApp(move).action(async (armId: string, { to, app }: MoveOptions) => {
    await sendCommand({ app }, "move-ownership", { armId, to });
    writeOut(move, `${armId} is managed by ${to}\n`);
  });
  registerFailover(program);
}

function registerFailover(program: Command): void {
  const command = program
    .command("failover")
    .description(
      "pause a cluster and move what it manages in Azure to another one that has the same resources",
    )
    .argument("<from>", "the cluster that gives up")
    .argument("<to>", "the cluster that takes over")
    .option("--namespace <name>", "only this namespace; nothing is paused then")
    .option("--dry-run", "print what would move, and change nothing");
  withApp(command).action(
    async (from: string, to: string, { app, namespace, dryRun }: FailoverOptions) => {
      const args = {
        from,
        to,
        dryRun: dryRun === true,
        ...(namespace === undefined ? {} : { namespace }),
      };
      const found = await sendCommand<Failover>({ app }, "failover", args);
      writeOut(command, `${failoverText(found)}\n`);
      if (found.ids.some(({ outcome }) => outcome === "left")) process.exitCode = 1;
    },
  );
}

function shownText({ armId, holder, epoch, isFirm, since, waiting = [] }: Shown): string {
  if (holder === undefined) return `${armId} is managed by nobody`;
  const proof = isFirm === true ? "" : "; Azure has not answered it yet";
  return [
    `${armId} is managed by ${holder} since ${since ?? ""} (epoch ${epoch ?? 0}${proof})`,
    ...waiting.map((one) => `  ${one} waits for it`),
  ].join("\n");
}

/** A line per id, and what it comes to. Exported for tests. */
export function failoverText({ from, to, dryRun, paused, ids }: Failover): string {
  const words = {
    moved: dryRun ? "would move to" : "moved to",
    movedBefore: "is already with",
    left: "stays with",
  };
  const lines = ids.map(
    ({ armId, resource, outcome, why }) =>
      `${armId} ${words[outcome]} ${resource}${why === undefined ? "" : `: ${why}`}`,
  );
  const count = (outcome: string): number => ids.filter((one) => one.outcome === outcome).length;
  const state = paused ? `${from} is paused. ` : "";
  return [
    ...lines,
    `${state}${from} → ${to}: ${count("moved")} ${dryRun ? "would move" : "moved"}, ${count("movedBefore")} moved before, ${count("left")} left`,
  ].join("\n");
}
