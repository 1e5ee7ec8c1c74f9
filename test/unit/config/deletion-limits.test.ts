import { describe, expect, it } from "vitest";
import { type Environment, readConfig } from "../../../src/config/config.ts";

const read = (more: Environment) =>
  readConfig({ AzureWebJobsStorage: "UseDevelopmentStorage=true", ...more }).deletions;
const standard = { max: 50, percent: 25, windowMs: 600_000 };

describe("the limits of deletions", () => {
  it.each<[Environment, object]>([
    [{}, standard],
    [{ ASO_FUNCTIONS_DELETIONS_MAX: "200" }, { ...standard, max: 200 }],
    [{ ASO_FUNCTIONS_DELETIONS_MAX: "0" }, { ...standard, max: "never" }],
    [{ ASO_FUNCTIONS_DELETIONS_PERCENT: "never" }, { ...standard, percent: "never" }],
    [{ ASO_FUNCTIONS_DELETIONS_WINDOW: "1h" }, { ...standard, windowMs: 3_600_000 }],
    [{ ASO_FUNCTIONS_DELETIONS_WINDOW: "never" }, { max: "never", percent: "never" }],
    [{ ASO_FUNCTIONS_DELETIONS_WINDOW: "0" }, { max: "never", percent: "never" }],
  ])("of %o are %o", (environment, expected) => {
    expect(read(environment)).toMatchObject(expected);
  });

  it.each([
    ["ASO_FUNCTIONS_DELETIONS_MAX", "many"],
    ["ASO_FUNCTIONS_DELETIONS_MAX", "-1"],
    ["ASO_FUNCTIONS_DELETIONS_MAX", "1.5"],
    ["ASO_FUNCTIONS_DELETIONS_PERCENT", "101"],
    ["ASO_FUNCTIONS_DELETIONS_WINDOW", "10"],
    ["ASO_FUNCTIONS_DELETIONS_WINDOW", "1s"],
    ["ASO_FUNCTIONS_DELETIONS_WINDOW", "25h"],
  ])("refuse %s=%s by its name", (name, value) => {
    expect(() => read({ [name]: value })).toThrow(name);
  });
});
