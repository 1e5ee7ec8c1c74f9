/** Starts the emulator and a host for the app in argv, tells where they are, and waits to be killed. */
import { startAzurite } from "../../../src/sandbox/azurite.ts";
import { startHost } from "../../../src/sandbox/host/start-host.ts";

const azurite = await startAzurite();
const host = await startHost({
  root: String(process.argv[2]),
  functions: ["hello"],
  settings: {
    AzureWebJobsStorage: azurite.connectionString,
    WORK_QUEUE: "work",
    FORWARD_QUEUE: "forward",
  },
});
const blobs = /BlobEndpoint=(http:\/\/[^/]+)/.exec(azurite.connectionString)?.[1];
console.log(JSON.stringify([host.url, blobs]));
