import manifest from "../../package.json" with { type: "json" };

/** Version of this controller. */
export const version: string = manifest.version;
