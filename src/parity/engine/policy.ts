import { z } from "zod";
import {
  effectivePolicy,
  followsNamespace,
  namespaceTriggers,
  triggersPass,
} from "../../core/resource/policy.ts";
import { differs, type Judge } from "./judge.ts";

const texts = z.record(z.string(), z.string());
const observed = z.object({
  generation: z.number(),
  annotations: texts,
  deleting: z.boolean().optional(),
});

const inputFormat = z.discriminatedUnion("question", [
  z.object({
    question: z.literal("policy"),
    objectPolicy: z.string().nullish(),
    namespacePolicy: z.string().nullish(),
    namespaceExists: z.boolean(),
    defaultPolicy: z.string(),
    deleting: z.boolean(),
    finalizer: z.boolean(),
    operatorNamespaceAnnotation: z.string().nullish(),
    podNamespace: z.string().nullish(),
  }),
  z.object({
    question: z.literal("predicate"),
    event: z.string(),
    old: observed.optional(),
    new: observed.optional(),
  }),
  z.object({
    question: z.literal("namespaceWatch"),
    event: z.string(),
    oldNamespaceAnnotations: texts.nullish(),
    newNamespaceAnnotations: texts.nullish(),
    objects: z.record(z.string(), texts),
  }),
]);

type Input = z.infer<typeof inputFormat>;

const expectedFormat = z.object({
  calls: z.array(z.string()).nullish(),
  reconcile: z.boolean().optional(),
  queued: z.array(z.string()).nullish(),
});

/** Which calls a pass may make, and which events start one. */
export const judgePolicy: Judge = (testCase) => {
  const input = inputFormat.parse(testCase.input);
  const expected = expectedFormat.parse(testCase.expected);
  if (input.question === "policy")
    return differs("calls", expected.calls ?? [], [...callsOf(input)]);
  if (input.question === "predicate")
    return differs("starts a pass", expected.reconcile, starts(input));
  return differs("queued", expected.queued ?? [], [...queued(input)]);
};

/** The calls of a pass whose every step succeeds; hands off when the operator-namespace is not ours. */
function callsOf(input: Extract<Input, { question: "policy" }>): readonly string[] {
  const own = input.podNamespace ?? "";
  if ((input.operatorNamespaceAnnotation ?? "") !== own) return [];
  const namespace = input.namespaceExists ? input.namespacePolicy : undefined;
  const { mayModify, mayDelete } = effectivePolicy(
    input.objectPolicy ?? undefined,
    namespace ?? undefined,
    input.defaultPolicy,
  );
  if (input.deleting) return input.finalizer && mayDelete ? ["delete"] : [];
  return [...(input.finalizer ? [] : ["claim"]), mayModify ? "createOrUpdate" : "updateStatus"];
}

function starts(input: Extract<Input, { question: "predicate" }>): boolean {
  const { old, new: now } = input;
  return (
    input.event !== "update" || old === undefined || now === undefined || triggersPass(old, now)
  );
}

function queued(input: Extract<Input, { question: "namespaceWatch" }>): readonly string[] {
  const { event, objects } = input;
  const before = input.oldNamespaceAnnotations ?? {};
  const after = input.newNamespaceAnnotations ?? {};
  return event === "update" && namespaceTriggers(before, after)
    ? Object.keys(objects)
        .filter((name) => followsNamespace(objects[name] ?? {}))
        .sort()
    : [];
}
