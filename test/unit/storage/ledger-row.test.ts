import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Entity } from "../../../src/adapters/storage/entities.ts";
import {
  changedProperties,
  type RowRecord,
  toProperties,
  toRecord,
} from "../../../src/adapters/storage/ledger-row.ts";
import type { Link, RowMemory } from "../../../src/ports/ledger.ts";
import { start } from "../../contract/storage/ledger-fixtures.ts";

const text = fc.string({ minLength: 1, maxLength: 20 });
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const time = fc.integer({ min: 1, max: 9_999_999_999_999 });

const anyMemory: fc.Arbitrary<RowMemory> = fc
  .record({
    attempts: fc.nat(50),
    polls: fc.nat(50),
    inFlight: optional(
      fc.record({
        epoch: fc.nat(),
        generation: fc.nat(),
        goalHash: text,
        method: fc.constantFrom("PUT" as const, "DELETE" as const),
      }),
    ),
    uncertain: optional(fc.constant(true)),
    pollAt: optional(time),
    goalHash: optional(text),
    pendingGoal: optional(text),
    projectionHash: optional(text),
    listHash: optional(text),
    convertVersion: optional(text),
    armId: optional(text),
    principal: optional(text),
    apiVersion: optional(text),
    verifiedAt: optional(time),
    state: optional(text),
    deleteAdmitted: optional(fc.constant(true)),
    deletePausedAt: optional(time),
    poisoned: optional(fc.integer({ min: 1, max: 9 })),
  })
  .map((memory) => JSON.parse(JSON.stringify(memory)) as RowMemory);

const anyLink: fc.Arbitrary<Link> = fc.oneof(
  fc.record({
    kind: fc.constant("waitsFor" as const),
    group: text,
    resource: text,
    namespace: text,
    name: text,
  }),
  fc.record({
    kind: fc.constant("reads" as const),
    object: fc.constantFrom("Secret" as const, "ConfigMap" as const),
    namespace: text,
    name: text,
    version: fc.string(),
  }),
);

const anyRecord: fc.Arbitrary<RowRecord> = fc.record({
  id: fc.constant("network.azure.com|VirtualNetwork|default|a"),
  seen: fc.record({ uid: text, fingerprint: text }),
  dirty: fc.boolean(),
  changed: fc.boolean(),
  state: fc.constantFrom("ready" as const, "later" as const, "queued" as const, "running" as const),
  priority: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const, 4 as const),
  due: time,
  wake: fc.nat(),
  epoch: fc.nat(),
  leaseUntil: time,
  holder: text,
  memory: anyMemory,
  links: fc.array(anyLink, { maxLength: 4 }),
});

function stored(record: RowRecord): Entity {
  return { rowKey: `r|${record.id}`, etag: "1", properties: toProperties(record) };
}

describe("a stored row", () => {
  it("reads as it was written", () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        expect(toRecord(stored(record))).toEqual(record);
      }),
    );
  });

  it("becomes another one by merging only what differs", () => {
    fc.assert(
      fc.property(anyRecord, anyRecord, (old, next) => {
        const properties = { ...toProperties(old), ...changedProperties(old, next) };
        expect(toRecord({ ...stored(old), properties })).toEqual(next);
        expect(changedProperties(old, old)).toEqual({});
      }),
    );
  });

  it("stays below 1 KB for a resource with long names in the middle of an operation", () => {
    const hash = "0123456789abcdef0123456789abcdef";
    const subscription = "/subscriptions/00000000-0000-0000-0000-000000000000";
    const uid = "11111111-1111-1111-1111-111111111111";
    const record: RowRecord = {
      id: "network.azure.com|VirtualNetworksSubnet|team-production-west|subnet-of-the-application",
      seen: { uid, fingerprint: hash },
      dirty: true,
      changed: true,
      state: "running",
      priority: 2,
      due: start,
      wake: 123,
      epoch: 60,
      leaseUntil: start,
      holder: "0a1b2c3d",
      memory: {
        attempts: 3,
        polls: 2,
        inFlight: { epoch: 60, generation: 7, goalHash: hash, method: "PUT" },
        pollAt: start,
        goalHash: hash,
        pendingGoal: hash,
        projectionHash: hash,
        listHash: hash,
        convertVersion: "12",
        armId: `${subscription}/resourceGroups/production-west/providers/Microsoft.Network/virtualNetworks/application/subnets/subnet-of-the-application`,
        principal: hash,
        apiVersion: "2024-07-01",
        verifiedAt: start,
        state: "Reconciling",
      },
      links: [
        {
          kind: "waitsFor",
          group: "network.azure.com",
          resource: "VirtualNetwork",
          namespace: "team-production-west",
          name: "application",
        },
      ],
    };

    const entity = stored(record);

    expect(JSON.stringify([entity.rowKey, entity.properties]).length).toBeLessThan(1024);
  });
});
