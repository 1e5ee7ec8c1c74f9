import type { Corpus } from "./corpus.ts";
import { engineCorpora } from "./engine/engine-corpora.ts";
import { recordedCorpus } from "./recorded-corpus.ts";
import { recordedOperations } from "./recorded-operations.ts";
import type { Redact } from "./redactions.ts";
import { syntheticPuts, syntheticStatuses } from "./synthetic-corpora.ts";

/** Every comparison there is. */
export function allCorpora(redact: Redact): readonly Corpus[] {
  return [
    syntheticPuts,
    syntheticStatuses,
    recordedCorpus(redact),
    recordedOperations,
    ...engineCorpora,
  ];
}
