import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OwnerReference } from "../../../src/core/resource/types.ts";
import { Secret } from "../../../src/core/secret.ts";
import type {
  Cluster,
  ExportObject,
  MetadataEvent,
  ObjectRef,
  ServedKind,
} from "../../../src/ports/cluster.ts";
import { type ClusterTarget, type ClusterUser, widgets } from "./cluster-target.ts";

const signal = new AbortController().signal;
const finalizer = "contract.azure.com/finalizer";

/**
 * What every `Cluster` must do, said once and run against the double and against API servers.
 * `more` adds tests that only this target can run.
 */
export function describeCluster<T extends ClusterTarget>(
  name: string,
  start: () => Promise<T>,
  more: (target: () => T, aWidget: () => Promise<ObjectRef>) => void = () => undefined,
): void {
  describe(`Cluster: ${name}`, () => {
    let target: T;
    let cluster: Cluster;
    let user: ClusterUser;
    let namespace = "";
    let counter = 0;

    beforeAll(async () => {
      target = await start();
      ({ cluster, user } = target);
      namespace = "contract";
      await user.createNamespace(namespace, {
        "serviceoperator.azure.com/reconcile-policy": "skip",
      });
    });
    afterAll(() => target?.close());

    /** A fresh widget, written by the user at the older version. */
    async function aWidget(withFinalizer = false): Promise<ObjectRef> {
      counter += 1;
      const widget = `widget-${counter}`;
      await user.create({
        apiVersion: `${widgets.group}/v20200601`,
        kind: widgets.kind,
        metadata: {
          name: widget,
          namespace,
          ...(withFinalizer ? { finalizers: [finalizer] } : {}),
        },
        spec: { size: 1 },
      });
      return { group: widgets.group, kind: widgets.kind, namespace, name: widget };
    }

    more(() => target, aWidget);

    async function read(ref: ObjectRef) {
      const resource = await cluster.get(ref, signal);
      if (resource === undefined) {
        throw new Error(`${ref.name} is gone`);
      }
      return resource;
    }

    async function servedWidgets(): Promise<ServedKind> {
      const kinds = await cluster.servedKinds(signal);
      const kind = kinds.find((served) => served.kind === widgets.kind);
      if (kind === undefined) {
        throw new Error("widgets are not served");
      }
      return kind;
    }

    async function listVersion(): Promise<string> {
      const page = await cluster.listMetadata(await servedWidgets(), signal);
      return page === "notFound" ? "" : page.resourceVersion;
    }

    it("names the cluster by the uid of kube-system", async () => {
      const system = await cluster.namespace("kube-system", signal);

      expect(await cluster.uid(signal)).toBe(system?.uid);
    });

    it("tells the served kinds, and the same again when nothing changed", async () => {
      const first = await cluster.servedKinds(signal);
      const second = await cluster.servedKinds(signal);

      expect(second).toEqual(first);
      expect(first.find((kind) => kind.kind === widgets.kind)).toEqual({
        group: widgets.group,
        kind: widgets.kind,
        plural: widgets.plural,
        versions: widgets.versions,
      });
      expect(first.every((kind) => kind.group.endsWith(".azure.com"))).toBe(true);
    });

    it("tells namespaces with their annotations", async () => {
      const all = await cluster.listNamespaces(signal);
      const one = await cluster.namespace(namespace, signal);

      expect(all.map((meta) => meta.name)).toContain("kube-system");
      expect(one?.annotations).toMatchObject({
        "serviceoperator.azure.com/reconcile-policy": "skip",
      });
      expect(await cluster.namespace("nowhere", signal)).toBeUndefined();
    });

    it.each([
      { because: "there is no such object", change: { name: "absent" } },
      { because: "there is no such namespace", change: { namespace: "nowhere" } },
      { because: "there is no such kind", change: { kind: "Gadget" } },
      { because: "there is no such group", change: { group: "absent.azure.com" } },
    ])("reads undefined because $because", async ({ change }) => {
      const ref = await aWidget();

      expect(await cluster.get({ ...ref, ...change }, signal)).toBeUndefined();
    });

    it("reads a resource at the storage version, with the version its user wrote in managedFields", async () => {
      const resource = await read(await aWidget());

      expect(resource.apiVersion).toBe(`${widgets.group}/${widgets.storageVersion}`);
      expect(resource.spec).toEqual({ size: 1 });
      expect(resource.metadata.generation).toBe(1);
      expect(resource.metadata.managedFields?.[0]?.apiVersion).toBe(`${widgets.group}/v20200601`);
    });

    it("lists metadata without managed fields and without kubectl's copy of the manifest", async () => {
      const ref = await aWidget();
      await user.edit(ref, {
        metadata: {
          annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", "a.b/c": "d" },
        },
      });

      const page = await cluster.listMetadata(await servedWidgets(), signal);

      const items = page === "notFound" ? [] : page.items;
      const meta = items.find((item) => item.name === ref.name);
      expect(meta).toMatchObject({ namespace, generation: 1, annotations: { "a.b/c": "d" } });
      expect(meta?.managedFields).toBeUndefined();
      expect(Object.keys(meta?.annotations ?? {})).toEqual(["a.b/c"]);
    });

    it("tells notFound for a kind that is no longer served", async () => {
      const gone = { ...(await servedWidgets()), kind: "Gadget", plural: "gadgets" };

      expect(await cluster.listMetadata(gone, signal)).toBe("notFound");
    });

    it("watches what happens after a list, and nothing before it", async () => {
      const before = await aWidget();
      const from = await listVersion();
      const kind = await servedWidgets();
      const watching = collect(cluster.watchMetadata(kind, from, 2, signal), 3);
      const ref = await aWidget();
      await user.edit(ref, { spec: { size: 2 } });
      await user.delete(ref);

      const events = await watching;

      const told = events.filter((event) => "meta" in event);
      expect(told.map((event) => [event.type, event.meta.name])).toEqual([
        ["added", ref.name],
        ["modified", ref.name],
        ["deleted", ref.name],
      ]);
      expect(told[1]?.meta.generation).toBe(2);
      expect(told.every((event) => event.meta.managedFields === undefined)).toBe(true);
      expect(told.every((event) => event.meta.name !== before.name)).toBe(true);
    });

    it("ends a watch when its time is over", async () => {
      const events = cluster.watchMetadata(await servedWidgets(), await listVersion(), 1, signal);

      expect(await collect(events, 99)).toEqual([]);
    });

    it("ends a watch at once when it is aborted", async () => {
      const aborting = new AbortController();
      const kind = await servedWidgets();
      const watching = collect(
        cluster.watchMetadata(kind, await listVersion(), 300, aborting.signal),
        99,
      );
      aborting.abort();

      expect(await watching).toEqual([]);
    });

    it("tells that a watch from a version too old has expired, and ends it", async () => {
      await aWidget();
      const kind = await servedWidgets();
      const old = await user.expiredVersion();

      const events = await collect(cluster.watchMetadata(kind, old, 5, signal), 99);

      expect(events).toEqual([{ type: "expired" }]);
    });

    it("patches annotations and labels by uid, whatever happened to the resource since", async () => {
      const stale = await read(await aWidget());
      await user.edit(refOf(stale), {
        metadata: { annotations: { theirs: "kept", gone: "soon" } },
      });

      const outcome = await cluster.patchMetadata(
        stale,
        { annotations: { ours: "1", gone: null }, labels: { mark: "2" } },
        signal,
      );

      expect(outcome.kind).toBe("written");
      const now = await read(refOf(stale));
      expect(now.metadata.annotations).toEqual({ theirs: "kept", ours: "1" });
      expect(now.metadata.labels).toEqual({ mark: "2" });
      expect(now.metadata.generation).toBe(1);
      expect(outcome).toMatchObject({
        resource: { metadata: { resourceVersion: now.metadata.resourceVersion } },
      });
    });

    it("does not touch the resource when a patch changes nothing", async () => {
      const ref = await aWidget();
      await cluster.patchMetadata(await read(ref), { annotations: { ours: "1" } }, signal);
      const before = await read(ref);

      await cluster.patchMetadata(before, { annotations: { ours: "1" } }, signal);

      expect((await read(ref)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    });

    it("replaces the list of finalizers only at the version that was read", async () => {
      const stale = await read(await aWidget());
      await user.edit(refOf(stale), { metadata: { finalizers: ["other.io/f"] } });

      const lost = await cluster.patchMetadata(stale, { finalizers: [finalizer] }, signal);
      const fresh = await read(refOf(stale));
      const won = await cluster.patchMetadata(
        fresh,
        { finalizers: ["other.io/f", finalizer] },
        signal,
      );

      expect(lost).toEqual({ kind: "conflict" });
      expect(won).toMatchObject({
        resource: { metadata: { finalizers: ["other.io/f", finalizer] } },
      });
    });

    it("never writes to a namesake of the resource that was read", async () => {
      const old = await read(await aWidget());
      await user.delete(refOf(old));
      await user.create({
        apiVersion: `${widgets.group}/v20200601`,
        kind: widgets.kind,
        metadata: { name: old.metadata.name, namespace },
        spec: { size: 1 },
      });

      expect(await cluster.patchMetadata(old, { annotations: { ours: "1" } }, signal)).toEqual({
        kind: "conflict",
      });
      expect(await cluster.replaceStatus(old, { state: "x" }, signal)).toEqual({
        kind: "conflict",
      });
    });

    it("creates nothing when the resource is gone", async () => {
      const gone = await read(await aWidget());
      await user.delete(refOf(gone));

      expect(await cluster.patchMetadata(gone, { annotations: { ours: "1" } }, signal)).toEqual({
        kind: "notFound",
      });
      expect(await cluster.replaceStatus(gone, { state: "x" }, signal)).toEqual({
        kind: "notFound",
      });
      expect(await cluster.get(refOf(gone), signal)).toBeUndefined();
      expect(await cluster.look(refOf(gone), signal)).toBe("absent");
      expect(await cluster.look({ ...refOf(gone), kind: "Nobody" }, signal)).toBe("unserved");
    });

    it("shows a deletion as a deletionTimestamp until the last finalizer is removed", async () => {
      const ref = await aWidget(true);
      await user.delete(ref);

      const deleting = await read(ref);
      const refused = await cluster.patchMetadata(
        deleting,
        { finalizers: [finalizer, "late.io/f"] },
        signal,
      );
      const released = await cluster.patchMetadata(deleting, { finalizers: [] }, signal);

      expect(deleting.metadata.deletionTimestamp).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+Z$/);
      expect(deleting.metadata.generation).toBe(2);
      expect(refused.kind).toBe("rejected");
      expect(released.kind).toBe("written");
      expect(await cluster.get(ref, signal)).toBeUndefined();
    });

    it("replaces the status and nothing else", async () => {
      const resource = await read(await aWidget());

      const outcome = await cluster.replaceStatus(resource, { state: "good" }, signal);

      const now = await read(refOf(resource));
      expect(outcome).toMatchObject({ kind: "written", resource: { status: { state: "good" } } });
      expect(now.status).toEqual({ state: "good" });
      expect(now.spec).toEqual({ size: 1 });
      expect(now.metadata.generation).toBe(1);
    });

    it("keeps the version when the status is as it was, and refuses a stale one", async () => {
      const stale = await read(await aWidget());
      await cluster.replaceStatus(stale, { state: "good" }, signal);
      const fresh = await read(refOf(stale));

      const again = await cluster.replaceStatus(fresh, { state: "good" }, signal);
      const late = await cluster.replaceStatus(stale, { state: "late" }, signal);

      expect(again).toMatchObject({
        resource: { metadata: { resourceVersion: fresh.metadata.resourceVersion } },
      });
      expect(late).toEqual({ kind: "conflict" });
    });

    it("counts a generation for a change of the spec, none for metadata", async () => {
      const ref = await aWidget();
      await user.edit(ref, { metadata: { annotations: { a: "b" } } });
      const annotated = await read(ref);
      await user.edit(ref, { spec: { size: 2 } });

      expect(annotated.metadata.generation).toBe(1);
      expect((await read(ref)).metadata.generation).toBe(2);
    });

    it("reads Secrets as redacted values and ConfigMaps in clear, and their versions alone", async () => {
      await user.putSecret(namespace, "login", { password: "pässword" });
      await user.putConfigMap(namespace, "settings", { colour: "red" });

      const secret = await cluster.secret(namespace, "login", signal);
      const config = await cluster.configMap(namespace, "settings", signal);

      expect(secret?.data["password"]?.reveal()).toBe("pässword");
      expect(JSON.stringify(secret)).not.toContain("pässword");
      expect(config?.data).toEqual({ colour: "red" });
      expect(await cluster.objectVersion("Secret", namespace, "login", signal)).toBe(
        secret?.resourceVersion,
      );
      expect(await cluster.objectVersion("ConfigMap", namespace, "settings", signal)).toBe(
        config?.resourceVersion,
      );
      await user.putSecret(namespace, "login", { password: "other" });
      expect(await cluster.objectVersion("Secret", namespace, "login", signal)).not.toBe(
        secret?.resourceVersion,
      );
    });

    it("reads undefined for Secrets and ConfigMaps that do not exist", async () => {
      expect(await cluster.secret(namespace, "absent", signal)).toBeUndefined();
      expect(await cluster.configMap(namespace, "absent", signal)).toBeUndefined();
      expect(await cluster.objectVersion("Secret", namespace, "absent", signal)).toBeUndefined();
    });

    describe.each(["Secret", "ConfigMap"] as const)("an exported %s", (kind) => {
      async function anExport(name: string): Promise<ExportObject> {
        const { apiVersion, metadata } = await read(await aWidget());
        const owner: OwnerReference = {
          apiVersion,
          kind: widgets.kind,
          name: metadata.name,
          uid: metadata.uid,
        };
        const data = { key: new Secret("value"), other: new Secret("two") };
        return {
          kind,
          namespace,
          name: `${name}-${kind.toLowerCase()}`,
          data,
          annotations: { note: "1" },
          labels: {},
          owner,
        };
      }

      it("is created with the resource as its owner, and not written again when it is equal", async () => {
        const target = await anExport("created");

        const first = await cluster.writeExport(target, signal);
        const written = await user.exported(kind, namespace, target.name);
        const second = await cluster.writeExport(target, signal);

        expect([first, second]).toEqual(["written", "unchanged"]);
        expect(written).toMatchObject({
          data: { key: "value", other: "two" },
          annotations: { note: "1" },
          ownerUids: [target.owner.uid],
        });
        expect(await user.exported(kind, namespace, target.name)).toEqual(written);
      });

      it("is replaced as a whole", async () => {
        const target = await anExport("replaced");
        await cluster.writeExport(target, signal);

        const outcome = await cluster.writeExport(
          { ...target, data: { key: new Secret("new") }, annotations: {}, labels: { l: "m" } },
          signal,
        );

        expect(outcome).toBe("written");
        expect(await user.exported(kind, namespace, target.name)).toMatchObject({
          data: { key: "new" },
          annotations: {},
          labels: { l: "m" },
        });
      });

      it("is left alone when another resource or nobody owns it", async () => {
        const mine = await anExport("shared");
        const theirs = { ...(await anExport("shared")), data: { key: new Secret("theirs") } };
        await user.putSecret(namespace, "unowned", { key: "theirs" });
        await user.putConfigMap(namespace, "unowned", { key: "theirs" });

        await cluster.writeExport(mine, signal);

        expect(await cluster.writeExport(theirs, signal)).toBe("notOwned");
        expect(await cluster.writeExport({ ...mine, name: "unowned" }, signal)).toBe("notOwned");
        expect(await user.exported(kind, namespace, mine.name)).toMatchObject({
          data: { key: "value" },
        });
      });
    });

    it("records an event about a resource once, however often it is told", async () => {
      const resource = await read(await aWidget());
      const event = {
        type: "Warning",
        reason: "Blocked",
        message: "the owner is missing",
      } as const;

      await cluster.recordEvent(resource, event, signal);
      await cluster.recordEvent(resource, event, signal);
      await cluster.recordEvent(resource, { ...event, message: "another" }, signal);

      const events = (await user.events(namespace)).filter(
        (told) => told.about === resource.metadata.name,
      );
      expect(
        events.map(({ type, reason, message }) => `${type} ${reason} ${message}`).sort(),
      ).toEqual(["Warning Blocked another", "Warning Blocked the owner is missing"]);
    });

    it("asks for a token of a service account", async () => {
      await user.createServiceAccount(namespace, "federated");

      const token = await cluster.requestToken(
        namespace,
        "federated",
        "api://AzureADTokenExchange",
        signal,
      );

      expect(token.reveal().length).toBeGreaterThan(10);
    });

    it("names the service account that does not exist", async () => {
      const asking = cluster.requestToken(
        namespace,
        "absent",
        "api://AzureADTokenExchange",
        signal,
      );

      await expect(asking).rejects.toMatchObject({
        code: "CredentialFailed",
        message: expect.stringContaining("contract/absent"),
      });
    });

    it("fails as unreachable when the caller's time is over", async () => {
      const ref = await aWidget();

      await expect(cluster.get(ref, AbortSignal.abort())).rejects.toMatchObject({
        code: "ClusterUnreachable",
      });
    });
  });
}

function refOf(resource: { metadata: { name: string; namespace?: string } }): ObjectRef {
  const { name, namespace = "" } = resource.metadata;
  return { group: widgets.group, kind: widgets.kind, namespace, name };
}

/** Events until `count` changes came or the watch ended; bookmarks are left out. */
async function collect(
  events: AsyncIterable<MetadataEvent>,
  count: number,
): Promise<MetadataEvent[]> {
  const told: MetadataEvent[] = [];
  for await (const event of events) {
    if (event.type !== "bookmark") {
      told.push(event);
    }
    if (told.length === count) {
      break;
    }
  }
  return told;
}
