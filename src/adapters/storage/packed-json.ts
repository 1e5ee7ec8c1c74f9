import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { JsonValue } from "../../core/json.ts";
import type { Entity, Properties } from "./entities.ts";

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** A binary property holds 64 KiB; an entity 1 MiB with its keys and names (Table service limits). */
const propertyBytes = 64 * 1024;
const maxBytes = 14 * propertyBytes;

/** JSON as gzip in binary properties `z0`, `z1` …; `tooLarge` (bytes) when one entity cannot hold it. */
export async function packJson(
  value: JsonValue,
): Promise<{ kind: "packed"; properties: Properties } | { kind: "tooLarge"; bytes: number }> {
  const bytes = await compress(JSON.stringify(value));
  if (bytes.length > maxBytes) return { kind: "tooLarge", bytes: bytes.length };
  const properties: Record<string, Uint8Array> = {};
  for (let from = 0, index = 0; from < bytes.length; from += propertyBytes, index++) {
    properties[`z${index}`] = new Uint8Array(bytes.subarray(from, from + propertyBytes));
  }
  return { kind: "packed", properties };
}

/** The inverse of {@link packJson}; undefined when the entity holds no packed value. */
export async function unpackJson(entity: Entity): Promise<JsonValue | undefined> {
  const parts: Uint8Array[] = [];
  for (let index = 0; ; index++) {
    const part = entity.properties[`z${index}`];
    if (!(part instanceof Uint8Array)) break;
    parts.push(part);
  }
  if (parts.length === 0) return undefined;
  const text = (await decompress(Buffer.concat(parts))).toString("utf8");
  return JSON.parse(text) as JsonValue;
}
