import type { Notice, Notices } from "../../ports/notices.ts";
import { type Entities, listEntities, numberOf, textOf } from "./entities.ts";
import { decodePart, encodePart, padTime } from "./table-keys.ts";

const partition = "notice";
/** A text property of an entity holds 32 Ki characters; nobody reads as many. */
const longestText = 1000;

/** Notices in one partition of a table, row = what they are about. */
export class TableNotices implements Notices {
  readonly #table: Entities;

  constructor(table: Entities) {
    this.#table = table;
  }

  async put({ about, text, at }: Notice): Promise<void> {
    const properties = { text: text.slice(0, longestText), at: padTime(at) };
    await this.#table.write(partition, [{ kind: "put", rowKey: encodePart(about), properties }]);
  }

  async list(since: number): Promise<readonly Notice[]> {
    const found: Notice[] = [];
    for await (const entity of listEntities(this.#table, partition, {
      from: "!",
      before: "\u007f",
    })) {
      const at = numberOf(entity, "at");
      if (at >= since)
        found.push({ about: decodePart(entity.rowKey), text: textOf(entity, "text"), at });
    }
    return found.toSorted((a, b) => b.at - a.at);
  }
}
