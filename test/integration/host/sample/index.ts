/** An app with every sort of function the local host knows. What runs is told as a line of text on stdout. */
import { app, output } from "@azure/functions";

const forwarded = output.storageQueue({
  queueName: "%FORWARD_QUEUE%",
  connection: "AzureWebJobsStorage",
});
const told = (what: string, ...details: unknown[]) =>
  console.log(`told ${what} ${JSON.stringify(details)}`);

app.hook.appStart(() => told("appStart"));
app.hook.appTerminate(() => told("appTerminate"));
app.hook.preInvocation((context) => {
  context.hookData["begun"] = context.invocationContext.functionName;
});
app.hook.postInvocation((context) => {
  if (context.error) told("failure", context.hookData["begun"], String(context.error));
});
app.hook.log((context) => {
  context.message = context.message.replace("password", "[redacted]");
});

app.timer("tick", {
  schedule: "*/1 * * * * *",
  return: forwarded,
  handler: (timer) => {
    told("tick", timer.isPastDue, timer.scheduleStatus ?? null);
    return ["from the timer"];
  },
});

app.timer("minute", {
  schedule: "0 * * * * *",
  handler: (timer) => told("minute", timer.isPastDue),
});

app.storageQueue("work", {
  queueName: "%WORK_QUEUE%",
  connection: "AzureWebJobsStorage",
  extraOutputs: [forwarded],
  handler: async (message, context) => {
    const { action } = message as { action: string };
    told("work", action, context.triggerMetadata?.["dequeueCount"]);
    context.info("the password is here");
    context.debug("not shown");
    if (action === "fail") throw new Error("asked to fail");
    if (action === "hang") await new Promise(() => setInterval(() => undefined, 1_000));
    if (action === "slow") await new Promise((resolve) => setTimeout(resolve, 1_000));
    if (action === "forward") context.extraOutputs.set(forwarded, [{ a: 1 }, "two"]);
    told("done", action);
  },
});

app.storageQueue("work-poison", {
  queueName: "%WORK_QUEUE%-poison",
  connection: "AzureWebJobsStorage",
  handler: (message) => told("poison", message),
});

app.storageQueue("forwarded", {
  queueName: "%FORWARD_QUEUE%",
  connection: "AzureWebJobsStorage",
  handler: (message) => told("forwarded", message),
});

app.http("hello", {
  route: "hello/{name}",
  methods: ["GET", "POST"],
  handler: async (request) => ({
    status: 201,
    headers: { "content-type": "text/plain", "x-query": request.query.get("q") ?? "" },
    body: `${request.params["name"]} ${await request.text()}`,
  }),
});

app.http("broken", {
  handler: () => {
    throw new Error("broken on purpose");
  },
});
