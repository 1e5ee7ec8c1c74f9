import { type CommandHandler, refused, textArgument } from "./command.ts";

/** Stops or resumes all work on one cluster. What Azure does already goes on, and is looked at again when the cluster is resumed. */
export const setPaused =
  (paused: boolean): CommandHandler =>
  async (engine, args) => {
    const name = textArgument(args, "cluster");
    if (name === undefined) return refused('The argument "cluster" is missing.');
    const entries = await engine.registry.list();
    const entry = entries.find((one) => one.name === name);
    if (entry === undefined) {
      const known = entries.map((one) => one.name).join(", ") || "none";
      return refused(`No cluster "${name}" is registered. Registered: ${known}.`);
    }
    const outcome = await engine.registry.setPaused(name, paused);
    if (outcome === "fixed")
      return refused(
        `"${name}" is paused by the setting ASO_FUNCTIONS_CLUSTERS. Set "paused" to false there.`,
      );
    return { kind: "done", result: { cluster: name, paused } };
  };
