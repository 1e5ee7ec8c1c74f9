import { describe, expect, test } from "vitest";
import { inMemberOrder } from "../../../src/core/convert/member-order.ts";

describe("the order of members in a request", () => {
  test("is that of their names with a capital first letter, at every depth", () => {
    const body = {
      properties: { subnets: [{ name: "a", id: "x" }], addressSpace: {} },
      location: "w",
      name: "n",
    };
    expect(JSON.stringify(inMemberOrder(body, []))).toBe(
      '{"location":"w","name":"n","properties":{"addressSpace":{},"subnets":[{"id":"x","name":"a"}]}}',
    );
  });

  test("of keys that the user chose is that of the keys as they are", () => {
    const tags = { a: "1", B: "2", "x/y": "3" };
    const ordered = inMemberOrder({ tags, other: { a: 1, B: 2 } }, ["/tags"]);
    expect(JSON.stringify(ordered)).toBe(
      '{"other":{"a":1,"B":2},"tags":{"B":"2","a":"1","x/y":"3"}}',
    );
  });

  test("changes no value", () => {
    const body = { b: [3, { d: null, c: false }], a: "" };
    expect(inMemberOrder(body, [])).toEqual(body);
  });
});
