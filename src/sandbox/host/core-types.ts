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

/** An HTTP request or response in the words of the Functions protocol. */
export type RpcHttp = {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: RpcData | null | undefined;
  readonly statusCode?: string;
};

/** One binding of a function, as the programming model describes it. */
export type BindingInfo = {
  readonly type: string;
  readonly direction: string;
  readonly [option: string]: unknown;
};

/** How a function describes itself when it registers. */
export type FunctionMetadata = {
  readonly name: string;
  readonly bindings: Readonly<Record<string, BindingInfo>>;
  readonly retryOptions?: unknown;
};

/** The app's own code of a function. */
export type FunctionCallback = (...args: unknown[]) => unknown;

/** What a function is called with. */
export type InvocationRequest = {
  readonly inputData: readonly { readonly name: string; readonly data: RpcData }[];
  readonly triggerMetadata: Readonly<Record<string, RpcData>>;
  readonly traceContext: { readonly traceParent: string; readonly traceState: string };
};

/** What a function call leaves behind for its output bindings. */
export type InvocationResponse = {
  readonly outputData?: readonly { readonly name: string; readonly data?: RpcData | null }[];
  readonly returnValue?: RpcData | null;
};

/** One call, as the host hands it to the programming model. */
export type CoreInvocationContext = {
  readonly invocationId: string;
  readonly request: InvocationRequest;
  readonly metadata: FunctionMetadata;
  state?: "preInvocationHooks" | "invocation" | "postInvocationHooks";
  log(level: string, category: string, message: string): void;
};

/** The programming model's part in one call; the three methods run in this order. */
export interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<InvocationResponse>;
}

/** What `@azure/functions` registers with the host. */
export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>;
  getCapabilities?(defaults: Record<string, string>): unknown;
}

/** The moments at which an app may be called back. */
export const hookNames = [
  "appStart",
  "appTerminate",
  "preInvocation",
  "postInvocation",
  "log",
] as const;

/** One of {@link hookNames}. */
export type HookName = (typeof hookNames)[number];
/** Hook contexts are records that the hook may change; which fields count depends on the hook. */
export type HookContext = Record<string, unknown>;

/** The app's own code of a hook; it is awaited. */
export type HookCallback = (context: HookContext) => unknown;
