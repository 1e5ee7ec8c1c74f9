import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/**
 * TCP ports of 127.0.0.1 that were free a moment ago, all different. Only for programs that cannot choose one themselves: another
 * process may be quicker.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
