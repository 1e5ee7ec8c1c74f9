import type { Selection } from "./read-namespace.ts";

/** The command line as it was read. */
export type TransferOptions = {
  readonly from: string;
  readonly fromContext?: string;
  readonly namespace: string;
  readonly to?: string;
  readonly toContext?: string;
  readonly toNamespace?: string;
  readonly operator?: string;
  readonly toOperator?: string;
  readonly kind?: readonly string[];
  readonly name?: readonly string[];
  readonly selector?: string;
  readonly copySecrets: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly timeout: string;
};

/** A namespace in the cluster of a kubeconfig. */
type Where = {
  readonly file: string;
  readonly context: string | undefined;
  readonly namespace: string;
};

/** What is asked for, or why the command line cannot be used. */
export type TransferRequest =
  | {
      readonly kind: "request";
      readonly from: Where;
      readonly goal:
        | ({ readonly kind: "place"; readonly operator: string | undefined } & Where)
        | { readonly kind: "operator"; readonly operator: string };
      readonly selection: Selection;
      readonly copyObjects: boolean;
      readonly isConfirmed: boolean;
      readonly patienceMs: number;
    }
  | { readonly kind: "refused"; readonly reason: string };

/** Names of namespaces, and of operators, which are named after theirs. */
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Checks the options of `transfer` against each other. */
export function request(options: TransferOptions): TransferRequest {
  const { from, fromContext, namespace, kind = [], name = [], selector } = options;
  const reason = contradiction(options) ?? badName(options);
  const patienceMs = Number(options.timeout) * 1000;
  if (reason !== undefined) return { kind: "refused", reason };
  if (!Number.isInteger(patienceMs) || patienceMs <= 0)
    return { kind: "refused", reason: `--timeout takes seconds, not ${options.timeout}` };
  return {
    kind: "request",
    from: { file: from, context: fromContext, namespace },
    goal: goalOf(options),
    selection: { kinds: kind, names: name, labels: selector },
    copyObjects: options.copySecrets,
    isConfirmed: options.yes,
    patienceMs,
  };
}

function goalOf(options: TransferOptions): Extract<TransferRequest, { kind: "request" }>["goal"] {
  const { from, fromContext, namespace, toOperator, operator } = options;
  if (toOperator !== undefined) return { kind: "operator", operator: toOperator };
  const { to = from, toNamespace = namespace } = options;
  const context = options.toContext ?? (options.to === undefined ? fromContext : undefined);
  return { kind: "place", file: to, context, namespace: toNamespace, operator };
}

function contradiction(options: TransferOptions): string | undefined {
  const { to, toContext, toNamespace, toOperator, operator, yes, dryRun } = options;
  const places = [to, toContext, toNamespace].some((one) => one !== undefined);
  if (yes && dryRun) return "either --yes or --dry-run";
  if (toOperator === undefined)
    return places
      ? undefined
      : "say where to: --to, --to-context or --to-namespace, or --to-operator";
  if (places || operator !== undefined)
    return "--to-operator leaves the resources where they are; it goes without --to, --to-context, --to-namespace and --operator";
  return options.copySecrets ? "--copy-secrets goes without --to-operator" : undefined;
}

function badName(options: TransferOptions): string | undefined {
  const named = [
    ["--namespace", options.namespace],
    ["--to-namespace", options.toNamespace],
    ["--operator", options.operator],
    ["--to-operator", options.toOperator],
  ] as const;
  const bad = named.find(([, value]) => value !== undefined && !label.test(value));
  return bad === undefined ? undefined : `${bad[0]} takes a namespace's name, not "${bad[1]}"`;
}
