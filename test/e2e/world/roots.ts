import path from "node:path";

/** The checkout. */
export const root = path.resolve(import.meta.dirname, "../../..");

/** Where the built app is: the checkout, or a copy of package.json, host.json and dist/ for tests that run while it is rebuilt. */
export const appRoot = process.env["ASO_FUNCTIONS_APP"] ?? root;
