import { describe, expect, it } from "vitest";
import { judge, oracleFiles, shortcomings } from "./oracle.ts";

const puts = await oracleFiles("synthetic/put");
const statuses = await oracleFiles("synthetic/status");

describe("custom resource to request, every kind and version", () => {
  it.each(puts)("equals ASO in $path", async (file) => {
    const results = await judge(file);
    expect(results.every((result) => result.corpus === "put")).toBe(true);
    expect(shortcomings(results)).toEqual([]);
  });
});

describe("body of a GET to status, every kind and version", () => {
  it.each(statuses)("equals ASO in $path", async (file) => {
    const results = await judge(file);
    expect(results.every((result) => result.corpus === "status")).toBe(true);
    expect(shortcomings(results)).toEqual([]);
  });
});

it("covers all kinds", async () => {
  const judged = await Promise.all([...puts, ...statuses].map((file) => file.read()));
  expect(judged.flat().length).toBeGreaterThanOrEqual(6_291);
});
