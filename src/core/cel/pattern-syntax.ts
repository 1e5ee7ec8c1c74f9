/** A part of a regular expression. */
export type PatternNode =
  | { readonly kind: "one"; readonly accepts: (point: string) => boolean }
  | {
      readonly kind: "assert";
      readonly holds: (before: string | undefined, after: string | undefined) => boolean;
    }
  | { readonly kind: "all"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "any"; readonly parts: readonly PatternNode[] }
  | {
      readonly kind: "repeat";
      readonly part: PatternNode;
      readonly least: number;
      readonly most: number | undefined;
    };

type ParsedPattern =
  | { readonly kind: "pattern"; readonly node: PatternNode }
  | { readonly kind: "failure"; readonly message: string };

/** RE2 refuses higher counts. */
const mostRepeats = 1000;
const deepest = 100;

type Flags = { readonly fold: boolean; readonly lines: boolean; readonly dotAll: boolean };

/** Reads RE2's syntax as far as it is about matching: no look-around, no back-references, greediness without meaning. */
export function parsePattern(pattern: string): ParsedPattern {
  const reader = new PatternReader([...pattern]);
  const node = reader.alternatives({ fold: false, lines: false, dotAll: false }, 0);
  if (reader.failure === undefined && !reader.atEnd) reader.fail("unexpected ): `)`");
  return reader.failure === undefined
    ? { kind: "pattern", node }
    : { kind: "failure", message: reader.failure };
}

const nothing: PatternNode = { kind: "all", parts: [] };

class PatternReader {
  failure: string | undefined;
  #at = 0;
  readonly #points: readonly string[];

  constructor(points: readonly string[]) {
    this.#points = points;
  }

  get atEnd(): boolean {
    return this.#at >= this.#points.length;
  }

  fail(message: string): PatternNode {
    this.failure ??= message;
    this.#at = this.#points.length;
    return nothing;
  }

  #peek(): string | undefined {
    return this.#points[this.#at];
  }

  #next(): string | undefined {
    return this.#points[this.#at++];
  }

  #take(text: string): boolean {
    const found = this.#points.slice(this.#at, this.#at + text.length).join("") === text;
    if (found) this.#at += text.length;
    return found;
  }

  alternatives(outer: Flags, depth: number): PatternNode {
    if (depth > deepest) return this.fail("expression nests too deeply");
    let flags = outer;
    const branches: PatternNode[] = [];
    let parts: PatternNode[] = [];
    while (!this.atEnd && this.#peek() !== ")") {
      if (this.#take("|")) {
        branches.push({ kind: "all", parts });
        parts = [];
        continue;
      }
      const changed = this.#inlineFlags(flags);
      if (changed !== undefined) flags = changed;
      else parts.push(this.#repeated(this.#atom(flags, depth)));
    }
    branches.push({ kind: "all", parts });
    return branches.length === 1 ? (branches[0] ?? nothing) : { kind: "any", parts: branches };
  }

  /** `(?i)` and the like: they hold to the end of the group. */
  #inlineFlags(flags: Flags): Flags | undefined {
    const found = /^\(\?([imsU]*)(?:-([imsU]+))?\)/.exec(
      this.#points.slice(this.#at, this.#at + 16).join(""),
    );
    if (found === null || found[0] === "(?)") return undefined;
    this.#at += found[0].length;
    return withFlags(flags, found[1] ?? "", found[2] ?? "");
  }

  #atom(flags: Flags, depth: number): PatternNode {
    const point = this.#next() ?? "";
    switch (point) {
      case "(":
        return this.#group(flags, depth);
      case "[":
        return this.#set(flags);
      case ".":
        return { kind: "one", accepts: (one) => flags.dotAll || one !== "\n" };
      case "^":
        return edge((before) => before === undefined || (flags.lines && before === "\n"));
      case "$":
        return edge((_, after) => after === undefined || (flags.lines && after === "\n"));
      case "*":
      case "+":
      case "?":
        return this.fail(`missing argument to repetition operator: \`${point}\``);
      case "\\":
        return this.#escape(flags);
      default:
        return literal(point, flags);
    }
  }

  #group(flags: Flags, depth: number): PatternNode {
    let inner = flags;
    if (this.#take("?")) {
      const head = /^(?:P?<\w+>|([imsU]*)(?:-([imsU]+))?:)/.exec(
        this.#points.slice(this.#at, this.#at + 80).join(""),
      );
      if (head === null) return this.fail("invalid or unsupported Perl syntax: `(?`");
      this.#at += head[0].length;
      inner = withFlags(flags, head[1] ?? "", head[2] ?? "");
    }
    const node = this.alternatives(inner, depth + 1);
    return this.#take(")") ? node : this.fail(`missing closing ): \`${this.#points.join("")}\``);
  }

  #repeated(node: PatternNode): PatternNode {
    const bounds = this.#bounds();
    if (bounds === undefined) return node;
    this.#take("?");
    const [least, most] = bounds;
    const tooMany = least > mostRepeats || (most ?? 0) > mostRepeats;
    if (tooMany || (most !== undefined && most < least)) return this.fail("invalid repeat count");
    const again = this.#points.slice(this.#at, this.#at + 1).join("");
    if (/^[*+?]/.test(again)) return this.fail(`invalid nested repetition operator: \`${again}\``);
    return { kind: "repeat", part: node, least, most };
  }

  #bounds(): readonly [number, number | undefined] | undefined {
    if (this.#take("*")) return [0, undefined];
    if (this.#take("+")) return [1, undefined];
    if (this.#take("?")) return [0, 1];
    const counted = /^\{(\d+)(?:(,)(\d*))?\}/.exec(
      this.#points.slice(this.#at, this.#at + 16).join(""),
    );
    if (counted === null) return undefined;
    this.#at += counted[0].length;
    const least = Number(counted[1]);
    if (counted[2] === undefined) return [least, least];
    return [least, counted[3] === "" ? undefined : Number(counted[3])];
  }

  #escape(flags: Flags): PatternNode {
    const point = this.#next();
    if (point === undefined) return this.fail("trailing backslash at end of expression: ``");
    const edges = { A: atStart, z: atEndOfText, b: atWordEdge, B: offWordEdge };
    if (Object.hasOwn(edges, point)) return edge(edges[point as keyof typeof edges]);
    const named = classOf(point);
    if (named !== undefined) return { kind: "one", accepts: named };
    const plain = this.#escapedPoint(point);
    return plain === undefined
      ? this.fail(`invalid escape sequence: \`\\${point}\``)
      : literal(plain, flags);
  }

  #escapedPoint(point: string): string | undefined {
    const controls: Readonly<Record<string, string>> = {
      ...{ n: "\n", t: "\t", r: "\r", f: "\f", v: "\v", a: "\u0007" },
    };
    if (controls[point] !== undefined) return controls[point];
    if (point === "x") return this.#hexPoint();
    return /[A-Za-z0-9]/.test(point) ? undefined : point;
  }

  #hexPoint(): string | undefined {
    const found = /^(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/.exec(
      this.#points.slice(this.#at, this.#at + 8).join(""),
    );
    if (found === null) return undefined;
    this.#at += found[0].length;
    const code = Number.parseInt(found[1] ?? found[2] ?? "0", 16);
    return code > 0x10ffff ? undefined : String.fromCodePoint(code);
  }

  #set(flags: Flags): PatternNode {
    const negated = this.#take("^");
    const tests: ((point: string) => boolean)[] = [];
    let first = true;
    while (first || this.#peek() !== "]") {
      if (this.atEnd) return this.fail("missing closing ]");
      first = false;
      const test = this.#setMember(flags);
      if (test === undefined) return this.fail("invalid character class");
      tests.push(test);
    }
    this.#at++;
    return { kind: "one", accepts: (one) => tests.some((test) => test(one)) !== negated };
  }

  #setMember(flags: Flags): ((point: string) => boolean) | undefined {
    const posix = /^\[:(\^?)(\w+):\]/.exec(this.#points.slice(this.#at, this.#at + 14).join(""));
    if (posix !== null) {
      this.#at += posix[0].length;
      const test = posixClasses[posix[2] ?? ""];
      return test && ((one) => test.test(one) !== (posix[1] === "^"));
    }
    const from = this.#setPoint();
    if (typeof from !== "string") return from;
    const isRange = this.#peek() === "-" && this.#points[this.#at + 1] !== "]";
    if (!isRange) return same(from, flags);
    this.#at++;
    const to = this.#setPoint();
    if (typeof to !== "string" || codeOf(to) < codeOf(from)) return undefined;
    return within(codeOf(from), codeOf(to), flags);
  }

  #setPoint(): string | ((point: string) => boolean) | undefined {
    const point = this.#next();
    if (point !== "\\") return point;
    const escaped = this.#next() ?? "";
    return classOf(escaped) ?? this.#escapedPoint(escaped);
  }
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const flag = (letter: string, now: boolean): boolean =>
    on.includes(letter) || (now && !off.includes(letter));
  return {
    fold: flag("i", flags.fold),
    lines: flag("m", flags.lines),
    dotAll: flag("s", flags.dotAll),
  };
}

function edge(
  holds: (before: string | undefined, after: string | undefined) => boolean,
): PatternNode {
  return { kind: "assert", holds };
}

const isWord = (point: string | undefined): boolean =>
  point !== undefined && /^[A-Za-z0-9_]$/.test(point);
const atStart = (before: string | undefined): boolean => before === undefined;
const atEndOfText = (_: string | undefined, after: string | undefined): boolean =>
  after === undefined;
const atWordEdge = (before: string | undefined, after: string | undefined): boolean =>
  isWord(before) !== isWord(after);
const offWordEdge = (before: string | undefined, after: string | undefined): boolean =>
  isWord(before) === isWord(after);

const classes: Readonly<Record<string, RegExp>> = {
  ...{ d: /^[0-9]$/, D: /^[^0-9]$/u, s: /^[\t\n\f\r ]$/, S: /^[^\t\n\f\r ]$/u },
  ...{ w: /^[A-Za-z0-9_]$/, W: /^[^A-Za-z0-9_]$/u },
};

function classOf(letter: string): ((point: string) => boolean) | undefined {
  const found = Object.hasOwn(classes, letter) ? classes[letter] : undefined;
  return found && ((one) => found.test(one));
}

const posixClasses: Readonly<Record<string, RegExp>> = {
  ...{ alpha: /^[A-Za-z]$/, digit: /^[0-9]$/, alnum: /^[A-Za-z0-9]$/, upper: /^[A-Z]$/ },
  ...{ lower: /^[a-z]$/, space: /^[\t\n\v\f\r ]$/, word: /^[A-Za-z0-9_]$/, blank: /^[\t ]$/ },
  ...{ punct: /^[!-/:-@[-`{-~]$/, xdigit: /^[A-Fa-f0-9]$/, print: /^[ -~]$/, graph: /^[!-~]$/ },
};

function codeOf(point: string): number {
  return point.codePointAt(0) ?? 0;
}

function literal(point: string, flags: Flags): PatternNode {
  return { kind: "one", accepts: same(point, flags) };
}

function same(point: string, flags: Flags): (one: string) => boolean {
  const folded = point.toLowerCase();
  return flags.fold ? (one) => one.toLowerCase() === folded : (one) => one === point;
}

function within(from: number, to: number, flags: Flags): (one: string) => boolean {
  const inside = (one: string): boolean => codeOf(one) >= from && codeOf(one) <= to;
  return flags.fold
    ? (one) => inside(one) || inside(one.toLowerCase()) || inside(one.toUpperCase())
    : inside;
}
