import { keepChildren } from "./keep-children.ts";
import type { KindExtension } from "./kind-extension.ts";

const routes = ["properties", "routes"] as const;

/** The routes of a route table are RouteTablesRoute resources. */
export const routeTable: KindExtension = {
  modifyBody: keepChildren({
    path: routes,
    members: ["id", "name", "type"],
    properties: ["addressPrefix", "nextHopIpAddress", "nextHopType"],
  }),
  showsChildren: { routes },
};
