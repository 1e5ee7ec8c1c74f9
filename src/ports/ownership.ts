import type { ResourceKey } from "../core/resource/types.ts";

/** Who manages an ARM resource: a custom resource of one cluster. */
export type Holder = ResourceKey & { readonly uid: string };

/**
 * Which custom resource owns which ARM id, across all clusters. The first claimer keeps it.
 * ARM ids compare without regard to case.
 */
export interface Ownership {
  /** Takes the id for `holder`; idempotent for the same key, a new uid of the same key takes over. `other`: somebody else holds it. */
  claim(
    armId: string,
    holder: Holder,
  ): Promise<{ readonly kind: "held" } | { readonly kind: "other"; readonly holder: Holder }>;
  /** Lets go of the id if `holder` has it; otherwise does nothing. */
  release(armId: string, holder: Holder): Promise<void>;
}
