import { describe } from "vitest";
import { testMatrix } from "./matrix.ts";
import { aDelete } from "./scenarios.ts";

describe("a delete", () => testMatrix(aDelete));
