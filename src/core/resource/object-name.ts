/** Kubernetes, "Object Names and IDs": names of most objects are DNS subdomains of at most 253 characters. */
const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const dataKey = /^[-._a-zA-Z0-9]+$/;
const longest = 253;

/** Whether the API server could hold a Secret or ConfigMap of this name. */
export function isObjectName(name: string): boolean {
  return name.length <= longest && subdomain.test(name);
}

/** Whether a Secret or ConfigMap could hold this key: letters, digits, `-`, `_` and `.`, but no path step. */
export function isDataKey(key: string): boolean {
  const isStep = key === "." || key.startsWith("..");
  return key.length <= longest && dataKey.test(key) && !isStep;
}
