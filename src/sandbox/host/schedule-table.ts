import { RestError, TableClient } from "@azure/data-tables";
import type { ScheduleMonitor, ScheduleStatus } from "./timer-listener.ts";

const tableName = "LocalHostTimers";

/**
 * Schedule status of the timers of one app. The real host keeps it in a blob; here it is a table row of the same account, which
 * needs no further SDK and lasts as long. `hostId` tells apps apart that share an account.
 */
export function createScheduleTable(
  connectionString: string,
  hostId: string,
): (functionName: string) => ScheduleMonitor {
  const table = TableClient.fromConnectionString(connectionString, tableName, {
    allowInsecureConnection: true,
  });
  let created: Promise<void> | undefined;
  return (functionName) => ({
    async read(): Promise<ScheduleStatus | undefined> {
      try {
        const entity = await table.getEntity<{ last: string; next: string }>(hostId, functionName);
        return { last: Date.parse(entity.last), next: Date.parse(entity.next) };
      } catch (error) {
        if (error instanceof RestError && error.statusCode === 404) return undefined;
        throw error;
      }
    },
    async write({ last, next }) {
      created ??= table.createTable();
      await created.catch((error: unknown) => {
        created = undefined;
        throw error;
      });
      await table.upsertEntity({
        partitionKey: hostId,
        rowKey: functionName,
        last: new Date(last).toISOString(),
        next: new Date(next).toISOString(),
      });
    },
  });
}
