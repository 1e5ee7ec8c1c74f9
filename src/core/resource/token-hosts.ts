/** ARM and Entra of Microsoft's public clouds (aso-semantics.md 7.4). */
const microsoftEndpoints: readonly string[] = [
  "management.azure.com",
  "management.chinacloudapi.cn",
  "management.usgovcloudapi.net",
];
const microsoftAuthorities: readonly string[] = [
  "login.microsoftonline.com",
  "login.chinacloudapi.cn",
  "login.partner.microsoftonline.cn",
  "login.microsoftonline.us",
];

/** Hosts that a credential may name besides Microsoft's own: those of the configured cloud and the allow-list (`host` or `host:port`). */
type Trusted = { readonly configured: string; readonly allowedHosts: readonly string[] };

/** Whether ARM tokens may go to a credential's endpoint: who writes a credential Secret must not choose any host for them. */
export function isTrustedEndpoint(endpoint: string, trusted: Trusted): boolean {
  return isTrusted(endpoint, microsoftEndpoints, trusted);
}

/** Whether proofs, also the cluster's own tokens, may go to a credential's authority. */
export function isTrustedAuthority(authorityHost: string, trusted: Trusted): boolean {
  return isTrusted(authorityHost, microsoftAuthorities, trusted);
}

/** Whether ARM tokens may go to a polling URL: to the credential's own endpoint and the allow-list, over https. */
export function isTrustedPoll(
  pollUrl: string,
  endpoint: string,
  allowedHosts: readonly string[],
): boolean {
  const url = URL.parse(pollUrl);
  if (url === null || url.protocol !== "https:") return false;
  const allowed = allowedHosts.map((host) => host.toLowerCase());
  return [URL.parse(endpoint)?.host, ...allowed].includes(url.host);
}

function isTrusted(text: string, microsoft: readonly string[], trusted: Trusted): boolean {
  const url = URL.parse(text);
  if (url === null || url.protocol !== "https:") return false;
  const allowed = trusted.allowedHosts.map((host) => host.toLowerCase());
  return [URL.parse(trusted.configured)?.host, ...microsoft, ...allowed].includes(url.host);
}
