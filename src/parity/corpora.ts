import type { Corpus } from "./corpus.ts";
import { engineCorpora } from "./engine/engine-corpora.ts";
import { recordedCorpus } from "./recorded-corpus.ts";
import type { Redact } from "./redactions.ts";
import { syntheticPuts, syntheticStatuses } from "./synthetic-corpora.ts";

/** Every comparison there is. The first that knows a case's format judges it. */
export function allCorpora(redact: Redact): readonly Corpus[] {
  return [syntheticPuts, syntheticStatuses, recordedCorpus(redact), ...engineCorpora];
}
