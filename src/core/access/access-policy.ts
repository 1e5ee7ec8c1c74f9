import { parseArmId } from "../arm/arm-id.ts";
import type { ArmCredential } from "../resource/credential.ts";
import { matchesGlob } from "./glob.ts";

/**
 * One rule of the central policy (design.md section 1: which namespace may use which subscription). Every entry is a pattern of
 * {@link matchesGlob}; a list that is absent limits nothing.
 */
export type AccessRule = {
  /** Namespaces that the rule is for. */
  readonly match: {
    readonly clusters?: readonly string[] | undefined;
    readonly namespaces?: readonly string[] | undefined;
  };
  /** What is allowed there; all that is named has to fit. */
  readonly allow: {
    readonly subscriptions?: readonly string[] | undefined;
    readonly resourceGroups?: readonly string[] | undefined;
    /** `Kind.group`. */
    readonly kinds?: readonly string[] | undefined;
    /** Client ids, `app` for the app's own credential, or `*`. */
    readonly identities?: readonly string[] | undefined;
  };
};

/** What a resource is about to do. What is not known yet is not judged yet. */
export type Access = {
  /** `Kind.group`. */
  readonly kind: string;
  readonly credential: Pick<ArmCredential, "source" | "clientId"> | undefined;
  /** Where requests go; every one has to be allowed. */
  readonly armIds: readonly string[];
};

/** The app's own credential among `identities`. */
const appIdentity = "app";

/** The rules for one namespace of one cluster; undefined when there is no central policy. */
export function rulesFor(
  policy: readonly AccessRule[] | undefined,
  cluster: string,
  namespace: string,
): readonly AccessRule[] | undefined {
  return policy?.filter(
    ({ match }) => fits(match.clusters, cluster) && fits(match.namespaces, namespace),
  );
}

/**
 * What the rules of a namespace refuse, in words; undefined when they allow it. One rule has to allow all of it: rules add up, their order
 * means nothing, and a namespace without a rule may do nothing. Tells nothing of what the rules say.
 */
export function refusedAccess(rules: readonly AccessRule[], access: Access): string | undefined {
  if (rules.length === 0) return "anything in this namespace";
  const { kind, credential, armIds } = access;
  const ofKind = rules.filter(({ allow }) => fits(allow.kinds, kind));
  if (ofKind.length === 0) return `the kind ${kind}`;
  const ofIdentity = ofKind.filter(({ allow }) => identityFits(allow.identities, credential));
  if (ofIdentity.length === 0) return refusedIdentity(credential);
  return armIds.map((armId) => refusedTarget(ofIdentity, armId)).find((one) => one !== undefined);
}

/** An id outside of subscriptions or groups, or none at all, fits no list of them. */
function refusedTarget(rules: readonly AccessRule[], armId: string): string | undefined {
  const { subscription, resourceGroup } = parseArmId(armId) ?? {};
  const ofSubscription = rules.filter(({ allow }) => fits(allow.subscriptions, subscription));
  if (ofSubscription.length === 0)
    return subscription === undefined
      ? `"${armId}", which is in no subscription,`
      : `the subscription "${subscription}", with this kind and identity,`;
  if (ofSubscription.some(({ allow }) => fits(allow.resourceGroups, resourceGroup)))
    return undefined;
  return resourceGroup === undefined
    ? `"${armId}", which is in no resource group,`
    : `the resource group "${resourceGroup}" of subscription "${subscription}", with this kind and identity,`;
}

function refusedIdentity(credential: Access["credential"]): string {
  return isApp(credential)
    ? "the identity of the function app"
    : `the identity "${credential?.clientId}" of the credential ${credential?.source}`;
}

function fits(patterns: readonly string[] | undefined, text: string | undefined): boolean {
  if (patterns === undefined) return true;
  return text !== undefined && patterns.some((pattern) => matchesGlob(pattern, text));
}

/** A Secret that names a client `app` does not become the app. */
function identityFits(
  identities: readonly string[] | undefined,
  credential: Access["credential"],
): boolean {
  if (identities === undefined || credential === undefined || identities.includes("*")) return true;
  if (isApp(credential)) return identities.includes(appIdentity);
  return fits(
    identities.filter((one) => one !== appIdentity),
    credential.clientId,
  );
}

function isApp(credential: Access["credential"]): boolean {
  return credential?.source === "global";
}
