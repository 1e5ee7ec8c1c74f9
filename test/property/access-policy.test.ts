import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Access,
  type AccessRule,
  refusedAccess,
} from "../../src/core/access/access-policy.ts";
import { matchesGlob } from "../../src/core/access/glob.ts";

const subscriptions = ["a", "b"];
const groups = ["rg", "rg-1", "other"];
const kinds = ["A.x.azure.com", "B.x.azure.com", "A.y.azure.com"];
const clients = ["1", "2"];

const list = (...entries: readonly string[]) =>
  fc.option(fc.subarray([...entries], { minLength: 1 }), { nil: undefined });
const rule: fc.Arbitrary<AccessRule> = fc
  .record({
    subscriptions: list(...subscriptions, "*"),
    resourceGroups: list("rg*", "*1", "other"),
    kinds: list("A.*", "*.x.azure.com", "A.y.azure.com"),
    identities: list("app", "1", "*"),
  })
  .map((allow) => ({ match: {}, allow }));
const rules = fc.array(rule, { maxLength: 4 });
const armId = fc
  .record({
    subscription: fc.option(fc.constantFrom(...subscriptions), { nil: undefined }),
    group: fc.option(fc.constantFrom(...groups), { nil: undefined }),
  })
  .map(({ subscription, group }) => {
    const scope = subscription === undefined ? "" : `/subscriptions/${subscription}`;
    const inner = scope === "" || group === undefined ? "" : `/resourceGroups/${group}`;
    return `${scope}${inner}/providers/Microsoft.X/things/t`;
  });
const access: fc.Arbitrary<Access> = fc.record({
  kind: fc.constantFrom(...kinds),
  credential: fc.option(
    fc.record({
      source: fc.constantFrom("global", "team/secret"),
      clientId: fc.constantFrom(...clients),
    }),
    { nil: undefined },
  ),
  armIds: fc.array(armId, { maxLength: 2 }),
});

const allows = (of: readonly AccessRule[], given: Access): boolean =>
  refusedAccess(of, given) === undefined;

describe("whatever the rules are", () => {
  test("a rule more never narrows, and their order means nothing", () => {
    fc.assert(
      fc.property(rules, rule, access, (some, more, given) => {
        if (allows(some, given)) expect(allows([more, ...some], given)).toBe(true);
        expect(allows(some.toReversed(), given)).toBe(allows(some, given));
      }),
      { numRuns: 2000 },
    );
  });

  test("what they allow of one target is what one of them allows", () => {
    fc.assert(
      fc.property(rules, access, armId, (some, given, id) => {
        const one = { ...given, armIds: [id] };
        expect(allows(some, one)).toBe(some.some((single) => allows([single], one)));
      }),
      { numRuns: 2000 },
    );
  });

  test("a list less in a rule never narrows", () => {
    fc.assert(
      fc.property(rule, access, fc.constantFrom(0, 1, 2, 3), (single, given, at) => {
        const name = (["subscriptions", "resourceGroups", "kinds", "identities"] as const)[at];
        const wider = { ...single, allow: { ...single.allow, [name ?? "kinds"]: undefined } };
        if (allows([single], given)) expect(allows([wider], given)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test("what becomes known later allows nothing that was refused before", () => {
    fc.assert(
      fc.property(rules, access, (some, given) => {
        if (!allows(some, { ...given, credential: undefined }))
          expect(allows(some, given)).toBe(false);
        if (!allows(some, { ...given, armIds: [] })) expect(allows(some, given)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test("the case of a target's letters changes nothing", () => {
    fc.assert(
      fc.property(rules, access, (some, given) => {
        const loud = { ...given, armIds: given.armIds.map((id) => id.toUpperCase()) };
        expect(allows(some, loud)).toBe(allows(some, given));
      }),
      { numRuns: 1000 },
    );
  });
});

test("a glob is what a regular expression of it would be", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
  fc.assert(
    fc.property(
      word,
      fc.string({ unit: fc.constantFrom("a", "B"), maxLength: 12 }),
      (glob, text) => {
        const expected = new RegExp(`^${glob.replaceAll("*", ".*")}$`, "i").test(text);
        expect(matchesGlob(glob, text)).toBe(expected);
      },
    ),
    { numRuns: 5000 },
  );
});
