/** What one gate found. `problems` are complete lines (`file:line rule: what is wrong`); none means that the gate is passed. */
export type Verdict = {
  readonly problems: readonly string[];
  /** How much was looked at, in a few words: a gate that saw nothing must not look like a gate that found nothing. */
  readonly seen: string;
};

/** One condition that the checkout must meet. */
export type Gate = {
  /** One word: what `--only` takes. */
  readonly name: string;
  /** Looks at the tree below `root`, an absolute path. Throws only when it could not look. */
  readonly run: (root: string) => Promise<Verdict>;
};
