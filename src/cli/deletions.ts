import type { Command } from "commander";
import { type AppOptions, sendCommand, withApp } from "./app-client.ts";
import { writeOut } from "./write-out.ts";

type Listed = {
  readonly pause?: { readonly at: string; readonly deleting: number; readonly resources: number };
  readonly confirmedUntil?: string;
  readonly waiting: number;
  readonly resources: readonly { readonly resource: string; readonly armId: string }[];
};

type Confirmed = { readonly confirmed: number; readonly until: string };

/** Registers `deletions list` and `deletions confirm`: what a cluster's paused deletions are, and leave for them to go on. */
export function registerDeletions(program: Command): void {
  const deletions = program
    .command("deletions")
    .description("deletions in Azure that wait for a confirmation");
  const list = deletions
    .command("list")
    .description("tell what waits, and what would be deleted in Azure")
    .argument("<cluster>");
  withApp(list).action(async (cluster: string, options: AppOptions) => {
    const found = await sendCommand<Listed>(options, "list-deletions", { cluster });
    writeOut(list, listText(cluster, found));
  });
  const confirm = deletions
    .command("confirm")
    .description("let go what waits, and what follows within ASO_FUNCTIONS_DELETIONS_WINDOW")
    .argument("<cluster>");
  withApp(confirm).action(async (cluster: string, options: AppOptions) => {
    const args = { cluster };
    const { confirmed, until } = await sendCommand<Confirmed>(options, "confirm-deletions", args);
    writeOut(
      confirm,
      `${cluster}: ${confirmed} deletions go on; more that begin until ${until} need no confirmation\n`,
    );
  });
}

function listText(cluster: string, { pause, confirmedUntil, waiting, resources }: Listed): string {
  const shown =
    pause !== undefined
      ? `paused since ${pause.at}: ${pause.deleting} of ${pause.resources} resources were to be deleted`
      : confirmedUntil === undefined
        ? "not paused"
        : `confirmed until ${confirmedUntil}`;
  const left = waiting - resources.length;
  return [
    `${cluster}: ${shown}; ${waiting} wait`,
    ...resources.map(({ resource, armId }) => `  ${resource}  ${armId}`),
    ...(left > 0 ? [`  … and ${left} more`] : []),
    "",
  ].join("\n");
}
