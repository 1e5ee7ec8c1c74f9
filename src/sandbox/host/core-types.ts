/**
 * The contract between the functions library and the worker that hosts it (`@azure/functions-core`), as far as the
 * local host needs it. Names are the worker's.
 */

/** A value on its way between host and worker. At most one field is set. */
export type RpcData = {
  readonly string?: string | null;
  readonly json?: string | null;
  readonly bytes?: Uint8Array | null;
  readonly int?: number | null;
  readonly double?: number | null;
  readonly http?: RpcHttp | null;
};

export type RpcHttp = {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: RpcData | null | undefined;
  readonly statusCode?: string;
};

export type BindingInfo = {
  readonly type: string;
  readonly direction: string;
  readonly [option: string]: unknown;
};

export type FunctionMetadata = {
  readonly name: string;
  readonly bindings: Readonly<Record<string, BindingInfo>>;
  readonly retryOptions?: unknown;
};

export type FunctionCallback = (...args: unknown[]) => unknown;

export type InvocationRequest = {
  readonly inputData: readonly { readonly name: string; readonly data: RpcData }[];
  readonly triggerMetadata: Readonly<Record<string, RpcData>>;
  readonly traceContext: { readonly traceParent: string; readonly traceState: string };
};

export type InvocationResponse = {
  readonly outputData?: readonly { readonly name: string; readonly data?: RpcData | null }[];
  readonly returnValue?: RpcData | null;
};

export type CoreInvocationContext = {
  readonly invocationId: string;
  readonly request: InvocationRequest;
  readonly metadata: FunctionMetadata;
  state?: "preInvocationHooks" | "invocation" | "postInvocationHooks";
  log(level: string, category: string, message: string): void;
};

export interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<InvocationResponse>;
}

export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>;
  getCapabilities?(defaults: Record<string, string>): unknown;
}

export const hookNames = [
  "appStart",
  "appTerminate",
  "preInvocation",
  "postInvocation",
  "log",
] as const;
export type HookName = (typeof hookNames)[number];
/** Hook contexts are records that the hook may change; which fields count depends on the hook. */
export type HookContext = Record<string, unknown>;
export type HookCallback = (context: HookContext) => unknown;
