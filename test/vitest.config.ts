import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Folders whose tests take longest; they mostly wait. */
const slow = ["/test/e2e/", "/test/faults/", "/test/integration/"];

/** The slow ones first, so that nobody waits for the last of them alone. */
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = slow.findIndex((folder) => moduleId.includes(folder));
      return at < 0 ? slow.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 180_000,
    pool: "forks",
    // One more than a small machine has cores: there is always one that waits for Azure's operations or a back-off.
    maxWorkers: 3,
    sequence: { sequencer: SlowFirst },
    // A machine that is busy with something else must not fail a release; a defect fails twice.
    retry: 1,
  },
});
