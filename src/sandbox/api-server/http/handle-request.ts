import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import { isRefusal, methodNotAllowed, refuse, unknownPath } from "../refusal.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { discoveryAnswer } from "./discovery.ts";
import {
  type Answer,
  type ApiRequest,
  jsonAnswer,
  refusalAnswer,
  textAnswer,
  type User,
} from "./exchange.ts";
import { openApiAnswer } from "./open-api.ts";
import { readBody } from "./request-body.ts";
import { resourceAnswer } from "./resource-handler.ts";
import { parseRoute, type ResourceRoute } from "./route.ts";
import type { ServiceAccountTokens } from "./service-account-tokens.ts";

/** What the server answers from. */
export type ApiContext = {
  readonly store: ObjectStore;
  readonly serviceAccounts: ServiceAccountTokens;
  /** Users by bearer token. */
  readonly tokens: ReadonlyMap<string, User>;
  /** Who sends requests without a token; undefined refuses them. */
  readonly anonymous: User | undefined;
};

/** What this server leaves out of Kubernetes; also part of `/version`. */
export const notEvaluated =
  "RBAC, CEL rules (x-kubernetes-validations), admission and conversion webhooks";

/** Answers one request. Changes nothing but the store. */
export function handleRequest(context: ApiContext, request: ApiRequest): Answer {
  const open = publicAnswer(context, request);
  if (open !== undefined) return open;
  const user = authenticate(context, request.authorization);
  if (user === undefined) return refusalAnswer(refuse(401, "Unauthorized", "Unauthorized"));
  const openApi = openApiAnswer(context.store.types, request.path);
  if (openApi !== undefined) return openApi;
  const route = parseRoute(context.store.types, request.path);
  switch (route.kind) {
    case "resource":
      return route.subresource === "token"
        ? tokenAnswer(context, route, request)
        : resourceAnswer(context.store, route, request);
    case "discovery":
      return request.method === "GET"
        ? discoveryAnswer(context.store.types, route, request)
        : refusalAnswer(methodNotAllowed());
    case "review":
      return reviewAnswer(route.resource, user, request);
    case "unknownResource":
      return refusalAnswer(unknownPath());
    case "other":
      return textAnswer(404, "404 page not found\n");
    default:
      return route satisfies never;
  }
}

/** Paths that need no token: health, version and the issuer's documents. */
function publicAnswer(context: ApiContext, request: ApiRequest): Answer | undefined {
  switch (request.path) {
    case "/readyz":
    case "/livez":
    case "/healthz":
      return textAnswer(200, "ok");
    case "/version":
    case "/version/":
      return jsonAnswer(200, versionJson);
    case "/.well-known/openid-configuration":
      return jsonAnswer(200, context.serviceAccounts.configuration());
    case "/openid/v1/jwks": {
      const answer = jsonAnswer(200, context.serviceAccounts.keySet());
      return { ...answer, contentType: "application/jwk-set+json" };
    }
    default:
      return undefined;
  }
}

const versionJson: JsonObject = {
  major: "1",
  minor: "36",
  gitVersion: "v1.36.0+aso-functions-sandbox",
  gitCommit: "",
  gitTreeState: "",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "",
  compiler: "",
  platform: "sandbox",
  notEvaluated,
};

function authenticate(context: ApiContext, authorization: string): User | undefined {
  const token = /^Bearer\s+(.+)$/i.exec(authorization)?.[1]?.trim();
  if (token === undefined) return context.anonymous;
  return context.tokens.get(token) ?? context.serviceAccounts.authenticate(token);
}

function tokenAnswer(context: ApiContext, route: ResourceRoute, request: ApiRequest): Answer {
  const { target } = route;
  if (target.type.group !== "" || target.type.plural !== "serviceaccounts") {
    return refusalAnswer(unknownPath());
  }
  if (request.method !== "POST") return refusalAnswer(methodNotAllowed());
  const body = readBody(request, "TokenRequest");
  if (isRefusal(body)) return refusalAnswer(body);
  const outcome = context.serviceAccounts.request(target, body.value);
  return isRefusal(outcome) ? refusalAnswer(outcome) : jsonAnswer(201, outcome);
}

/** Reviews of the caller: who it is, and that it may do everything. */
function reviewAnswer(resource: string, user: User, request: ApiRequest): Answer {
  if (request.method !== "POST") return refusalAnswer(methodNotAllowed());
  const body = readBody(request, "SelfSubjectReview");
  if (isRefusal(body)) return refusalAnswer(body);
  const review = isJsonObject(body.value) ? body.value : {};
  return jsonAnswer(201, { ...review, ...reviewStatus(resource, user) });
}

function reviewStatus(resource: string, user: User): JsonObject {
  const everything: JsonValue = [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }];
  switch (resource) {
    case "selfsubjectreviews": {
      const groups = [...new Set([...user.groups, "system:authenticated"])];
      return { status: { userInfo: { username: user.user, uid: user.user, groups } } };
    }
    case "selfsubjectrulesreviews": {
      const nonResourceRules: JsonValue = [{ verbs: ["*"], nonResourceURLs: ["*"] }];
      return { status: { resourceRules: everything, nonResourceRules, incomplete: false } };
    }
    default:
      return { status: { allowed: true } };
  }
}
