/** ASO's own metadata names (aso-semantics.md 0.1) and the controller's additions under `aso-functions/`. */
const aso = "serviceoperator.azure.com/";
const own = "aso-functions/";

/** ASO's finalizer, so that a resource can change hands. */
export const finalizer = `${aso}finalizer`;

/** Every annotation that is read or written. Those of ASO keep ASO's names and formats; ours have a prefix of their own. */
export const annotations = {
  operatorNamespace: `${aso}operator-namespace`,
  resourceId: `${aso}resource-id`,
  pollerResumeToken: `${aso}poller-resume-token`,
  pollerResumeId: `${aso}poller-resume-id`,
  latestReconciledGeneration: `${aso}latest-reconciled-generation`,
  azureNameFromConfig: `${aso}azure-name-from-config`,
  childResourceIdOverride: `${aso}child-resource-id-override`,
  reconcilePolicy: `${aso}reconcile-policy`,
  credentialFrom: `${aso}credential-from`,
  acceptedGoal: `${own}accepted-goal`,
  originalVersion: `${own}original-version`,
  reconcileAt: `${own}reconcile-at`,
  reconciledAt: `${own}reconciled-at`,
  syncPeriod: `${own}sync-period`,
  drift: `${own}drift`,
  adopt: `${own}adopt`,
  transfer: `${own}transfer`,
  adopted: `${own}adopted`,
  adoptionPlan: `${own}adoption-plan`,
  /** On a Namespace: the service account of it that proves its workload identities. */
  serviceAccount: `${own}service-account`,
} as const;

/** Annotations that users set: a change of one of them makes a resource due (aso-semantics.md 1.1). */
export const userAnnotations: readonly string[] = [
  annotations.reconcilePolicy,
  annotations.credentialFrom,
  annotations.reconcileAt,
  annotations.syncPeriod,
  annotations.drift,
  annotations.adopt,
];

/** operator-namespace of a resource on its way between operators. No namespace can have this name, so every operator leaves it alone. */
export const transferHold = `${own}transfer`;

/** The Secret that is a namespace's credential by its name alone (aso-semantics.md 7.1). */
export const namespaceCredential = "aso-credential";

/** ASO's own service account, `namespace/name`, which proves workload identities unless another one is named. */
export const asoServiceAccount = "azureserviceoperator-system/azureserviceoperator-default";

/** The labels that ASO puts on its resources. */
export const labels = {
  ownerName: `${aso}owner-name`,
  ownerGroupKind: `${aso}owner-group-kind`,
  ownerUid: `${aso}owner-uid`,
  lastReconciledVersion: `${aso}last-reconciled-version`,
} as const;

/** What ASO writes into `poller-resume-id`: which call an operation was started by. */
export const pollerIds = {
  create: "GenericClient.CreateOrUpdateByID",
  delete: "GenericClient.DeleteByID",
} as const;
