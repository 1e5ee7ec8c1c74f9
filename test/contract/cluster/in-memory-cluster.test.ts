import { describeCluster } from "./cluster-contract.ts";
import { startInMemory } from "./in-memory-target.ts";

describeCluster("in-memory double", startInMemory);
