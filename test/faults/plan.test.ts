import { describe } from "vitest";
import { testMatrix } from "./matrix.ts";
import { aPlan } from "./scenarios.ts";

describe("a planned adoption", () => testMatrix(aPlan));
