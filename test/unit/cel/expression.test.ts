import { describe, expect, it } from "vitest";
import type { CatalogGroup } from "../../../src/catalog/types.ts";
import {
  checkExpression,
  evaluateExpression,
  secretNames,
} from "../../../src/core/cel/expression.ts";
import { resolveKindVersion } from "../../../src/core/convert/kind-version.ts";
import type { JsonObject } from "../../../src/core/json.ts";

const things: CatalogGroup = {
  group: "test.azure.com",
  types: [
    { location: "s", tags: { t: "m", e: "s" }, count: "i", child: { t: "o", o: 2 } },
    { id: "s", ratio: "n", any: "jo" },
    { name: "s", "a-b": "s", next: { t: "o", o: 2 } },
  ],
  kinds: {
    Thing: {
      ...{
        plural: "things",
        arm: "Microsoft.Test/things",
        scope: "rg",
        owner: "resources/ResourceGroup",
      },
      versions: { v20240101: { spec: 0, status: 1 } },
    },
  },
};
const version = resolveKindVersion(things, "Thing", "v20240101");
if (version === undefined) throw new Error("the fixture has no Thing");

const self: JsonObject = {
  ...{ apiVersion: "test.azure.com/v20240101", kind: "Thing" },
  metadata: { name: "n1", namespace: "ns", creationTimestamp: "2024-01-02T03:04:05Z" },
  spec: { location: "westus2", tags: { a: "1", b: "2" }, count: 3, child: { "a-b": "dash" } },
  status: { id: "/subscriptions/s/resourceGroups/g", any: { n: 1.5, list: [1, "x"] } },
};

function value(expression: string, secrets?: Readonly<Record<string, string>>) {
  if (version === undefined) throw new Error("no version");
  const result = evaluateExpression(expression, self, version, secrets);
  if (result.kind === "string") return result.value;
  return result.kind === "map" ? result.values : new Error(result.message);
}

describe("evaluateExpression", () => {
  it.each([
    { expression: "'%s:%d'.format([self.spec.location, self.spec.count + 1])", gives: "westus2:4" },
    { expression: "self.spec.child.a__dash__b", gives: "dash" },
    { expression: "self.spec.child.next.next.next.name", gives: "", because: "absent shows zero" },
    { expression: "has(self.spec.child.next) ? 'y' : 'n'", gives: "n" },
    { expression: "string(self.status.ratio)", gives: "0" },
    { expression: "string(self.status.any.n)", gives: "1.5" },
    { expression: "self.spec.tags.transformMap(k, v, v + k)", gives: { a: "1a", b: "2b" } },
    {
      expression: "self.metadata.?labels.orValue({}).size() == 0 ? 'none' : 'some'",
      gives: "none",
    },
    { expression: "string(self.metadata.creationTimestamp.Time.getFullYear())", gives: "2024" },
    { expression: "aso.parseResourceId(self.status.id).resourceGroupName", gives: "g" },
    { expression: "self.spec.tags.exists(k, self.spec.tags[k] == '2') ? 'y' : 'n'", gives: "y" },
    { expression: "secret.key1 + '!'", gives: "s3!", secrets: { key1: "s3" } },
    {
      expression: "[1, 2].exists(x, 1 / (x - 1) > 0) ? 'y' : 'n'",
      gives: "y",
      because: "one decides",
    },
  ])("$expression gives $gives", ({ expression, gives, secrets }) => {
    expect(value(expression, secrets)).toEqual(gives);
  });

  it.each([
    { expression: "self.spec.count", because: "an integer is no text" },
    { expression: "self.spec.nope", because: "the schema has no such field" },
    { expression: "self.status.any.n", because: "its type is not known" },
    { expression: "self.spec.tags['zzz']", because: "the key is missing" },
    { expression: "self.spec.location + 1", because: "texts and numbers do not add" },
    { expression: "secret.key1", because: "secrets are not offered" },
    { expression: "'unterminated", because: "it does not parse" },
    { expression: "'%d'.format(['x'])", because: "the format does not fit" },
    { expression: `'${"x".repeat(20_000)}'`, because: "it is too long" },
  ])("$expression is a problem because $because", ({ expression }) => {
    expect(value(expression)).toBeInstanceOf(Error);
  });

  it("tells nothing of a secret when it fails", () => {
    const found = value("string(timestamp(secret.key1))", { key1: "hunter2" });
    expect(String(found)).toContain("invalid RFC 3339 timestamp");
    expect(String(found)).not.toContain("hunter2");
  });

  it("ends expressions that would run or grow without end", () => {
    const list = `[${Array.from({ length: 100 }, (_, at) => at).join(",")}]`;
    const loops = `${list}.map(a, ${list}.map(b, ${list}.map(c, string(c))))[0][0][0]`;
    expect(String(value(loops))).toContain("too many steps");
    const grown = `'x'${".replace('x', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')".repeat(8)}`;
    expect(String(value(grown))).toContain("too long");
    const evil = `'${"a".repeat(5000)}!'.matches('^(a+)+$') ? 'y' : 'n'`;
    expect(value(evil)).toBe("n");
  });
});

describe("the budget of an expression", () => {
  const turns = `[${Array.from({ length: 100 }, (_, at) => at).join(",")}]`;
  const often = (body: string) =>
    `${turns}.map(a, ${turns}.map(b, ${body}))[0][0] == ${body} ? 'y' : 'n'`;
  const long = {
    text: "a".repeat(400_000),
    part: `${"a".repeat(200_000)}b`,
    json: "9".repeat(400_000),
  };

  it.each([
    { body: "secret.text.matches('^(a|b|ab)*c$')", because: "a regexp runs over a long text" },
    { body: "'x'.matches('a{1000}')", because: "a large regexp is built each time" },
    { body: "secret.text.size()", because: "characters are counted each time" },
    { body: "secret.text.indexOf(secret.part)", because: "a part is compared at every place" },
    { body: "secret.text.contains(secret.part)", because: "a part is searched" },
    { body: "secret.text.lastIndexOf('b')", because: "a text is searched backwards" },
    { body: "secret.text.replace('aaaa', 'b')", because: "a text is written anew" },
    { body: "[secret.text, secret.text].join().size()", because: "long texts are joined" },
    { body: "'%s'.format([secret.text])", because: "long texts are formatted" },
    { body: "secret.text.split('').size()", because: "a text becomes a list" },
    { body: "secret.text.lowerAscii()", because: "a text is changed" },
    { body: "string(secret.text == secret.text)", because: "long texts are compared" },
    { body: "string(dyn(self) == dyn(self.spec.child))", because: "objects are compared" },
    { body: "string(self.status.any == self.status.any)", because: "JSON is read as values" },
    { body: "secret.text.reverse().startsWith('b')", because: "a text is turned round" },
  ])("is used up when $because ($body)", ({ body }) => {
    const large = { ...self, status: { any: { list: Array.from({ length: 5000 }, (_, n) => n) } } };
    if (version === undefined) throw new Error("no version");
    const started = performance.now();
    const found = evaluateExpression(often(body), large, version, long);
    const took = performance.now() - started;
    expect(found.kind === "problem" && found.message).toContain("too many steps");
    // Seconds before there was a budget; wide enough for a busy machine.
    expect(took).toBeLessThan(2_000);
  });

  it("is not taken by lists and texts that double", () => {
    const list = `[[1, 2]]${".map(l, l + l)".repeat(60)}[0].size() == 0 ? 'y' : 'n'`;
    expect(String(value(list))).toContain("too many steps");
  });

  it("leaves room for work on a text as long as a Secret may be", () => {
    const text = "line\n".repeat(100_000);
    expect(value("string(secret.text.split('\\n').size())", { text })).toBe("100001");
    const certificate = "line\n".repeat(10_000);
    const pattern = "secret.certificate.matches('^x|y$') ? 'y' : 'n'";
    expect(value(pattern, { certificate })).toBe("n");
    expect(value("secret.text.replace('line', 'row').trim()", { text })).toHaveLength(399_999);
  });
});

describe("matches", () => {
  it.each([
    { text: "abc", pattern: "^a.c$", matches: true },
    { text: "xabcx", pattern: "b", matches: true },
    { text: "ABC", pattern: "(?i)abc", matches: true },
    { text: "10.0.0.1", pattern: "^(\\\\d{1,3}\\\\.){3}\\\\d{1,3}$", matches: true },
    { text: "a-b_c", pattern: "^[\\\\w-]+$", matches: true },
    { text: "a b", pattern: "\\\\bb\\\\b", matches: true },
    { text: "foo", pattern: "^(bar|baz)?$", matches: false },
    { text: "", pattern: "", matches: true },
    { text: "aaa", pattern: "^a{2}$", matches: false },
    { text: "é", pattern: "^[^a-z]$", matches: true },
    { text: "x]y", pattern: "[]]", matches: true },
  ])("$pattern in $text is $matches", ({ text, pattern, matches }) => {
    expect(value(`'${text}'.matches('${pattern}') ? 'yes' : 'no'`)).toBe(matches ? "yes" : "no");
  });

  it.each(["(", "[a", "a**", "*a", "(?=a)", "a{2000}", "\\\\1", ")"])("refuses %s", (pattern) => {
    expect(value(`'x'.matches('${pattern}') ? 'yes' : 'no'`)).toBeInstanceOf(Error);
  });
});

describe("checkExpression and secretNames", () => {
  it("tell the result's sort and what is read as secret.name", () => {
    if (version === undefined) throw new Error("no version");
    expect(checkExpression("{'a': secret.k}", version, true)).toEqual({ kind: "map" });
    expect(checkExpression("1", version, true).kind).toBe("problem");
    expect(secretNames("secret.b + secret.a + secret['c'] + self.secret.d + 'secret.e'")).toEqual([
      "a",
      "b",
    ]);
    expect(secretNames("not an expression (")).toEqual([]);
  });
});
