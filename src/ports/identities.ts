/** An identity that is proven without a secret of its own: ids that are no secret. */
export type SecretlessIdentity = {
  readonly tenantId: string;
  readonly clientId: string;
  readonly additionalTenants: readonly string[];
};

/**
 * The workload identities that resources were managed with, by their principal ({@link ArmCredential.principal}): a namespace that is being
 * deleted loses its credential Secret before its resources.
 */
export interface Identities {
  /** Idempotent; free of cost where this process noted the same before. */
  note(principal: string, identity: SecretlessIdentity): Promise<void>;
  find(principal: string): Promise<SecretlessIdentity | undefined>;
}
