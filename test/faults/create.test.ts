import { describe } from "vitest";
import { testMatrix } from "./matrix.ts";
import { aCreate } from "./scenarios.ts";

describe("a create", () => testMatrix(aCreate));
