import { type CommandHandler, clusterArgument, refused } from "./command.ts";

/** Stops or resumes all work on one cluster. What Azure does already goes on, and is looked at again when the cluster is resumed. */
export const setPaused =
  (paused: boolean): CommandHandler =>
  async (engine, args) => {
    const entry = await clusterArgument(engine, args);
    if ("kind" in entry) return entry;
    const { name } = entry;
    const outcome = await engine.registry.setPaused(name, paused);
    if (outcome === "fixed")
      return refused(
        `"${name}" is paused by the setting ASO_FUNCTIONS_CLUSTERS. Set "paused" to false there.`,
      );
    return { kind: "done", result: { cluster: name, paused } };
  };
