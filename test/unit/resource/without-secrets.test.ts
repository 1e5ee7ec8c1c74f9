import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withoutSecrets } from "../../../src/core/resource/without-secrets.ts";

describe("withoutSecrets", () => {
  it.each([
    {
      because: "ARM quotes a password twice",
      text: "'hunter2!' is weak, not 'hunter2!'",
      values: ["hunter2!"],
      gives: "'[redacted]' is weak, not '[redacted]'",
    },
    {
      because: "a value holds another one",
      text: "pass and password",
      values: ["pass", "password"],
      gives: "[redacted] and [redacted]",
    },
    { because: "the value is short", text: "on 1 of 12", values: ["1", "12"], gives: "on 1 of 12" },
    {
      because: "no pattern is meant",
      text: "a.*b axxb",
      values: ["a.*b"],
      gives: "[redacted] axxb",
    },
    {
      because: "JSON and URLs write it differently",
      text: 'x\\"y\\\\z in {} and x%22y%5Cz in a URL',
      values: ['x"y\\z'],
      gives: "[redacted] in {} and [redacted] in a URL",
    },
    { because: "nothing is secret", text: "as it is", values: [], gives: "as it is" },
  ])("gives $gives when $because", ({ text, values, gives }) => {
    expect(withoutSecrets(text, values)).toBe(gives);
  });

  it("leaves no value in any text", () => {
    const value = fc.string({ minLength: 4 }).filter((one) => !"[redacted]".includes(one));
    fc.assert(
      fc.property(fc.string(), value, fc.string(), (before, secret, after) => {
        expect(withoutSecrets(`${before} ${secret} ${after}`, [secret])).toContain("[redacted]");
      }),
    );
  });
});
