import { describe } from "vitest";
import { testMatrix } from "./matrix.ts";
import { anUpdate } from "./scenarios.ts";

describe("an update", () => testMatrix(anUpdate));
