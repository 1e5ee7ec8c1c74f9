import { crc32, deflateRawSync } from "node:zlib";

/** One file of an archive; `path` is relative, with `/`. */
export type ZipEntry = { readonly path: string; readonly content: Buffer };

const utf8Names = 0x0800;
const deflated = 8;
/** 1980-01-01, the first day ZIP knows: equal content gives equal bytes. */
const date = 0x0021;
/** Regular file, rw-r--r--, as Unix writes it. */
const unixFile = 0o100644 * 0x10000;
const madeByUnix = 0x031e;
const zip20 = 20;

/** Writes a ZIP archive (PKWARE APPNOTE 4.3, without ZIP64). Throws RangeError for what needs ZIP64. */
export function zipArchive(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { path, content } of entries) {
    const name = Buffer.from(path, "utf8");
    const data = deflateRawSync(content, { level: 9 });
    const shared = sharedHeader(name, content, data);
    const local = Buffer.concat([record(0x04034b50), shared, name, data]);
    directory.push(directoryEntry(shared, name, offset));
    parts.push(local);
    offset += local.length;
  }
  const index = Buffer.concat(directory);
  if (entries.length > 0xffff || offset + index.length > 0xffffffff) {
    throw new RangeError("The archive is too large for ZIP without extensions.");
  }
  return Buffer.concat([...parts, index, endOfDirectory(entries.length, index.length, offset)]);
}

/** The fields that a file's own header and its directory entry have in common. */
function sharedHeader(name: Buffer, content: Buffer, data: Buffer): Buffer {
  const header = Buffer.alloc(26);
  header.writeUInt16LE(zip20, 0);
  header.writeUInt16LE(utf8Names, 2);
  header.writeUInt16LE(deflated, 4);
  header.writeUInt16LE(date, 8);
  header.writeUInt32LE(crc32(content), 10);
  header.writeUInt32LE(data.length, 14);
  header.writeUInt32LE(content.length, 18);
  header.writeUInt16LE(name.length, 22);
  return header;
}

function directoryEntry(shared: Buffer, name: Buffer, offset: number): Buffer {
  const madeBy = Buffer.alloc(2);
  madeBy.writeUInt16LE(madeByUnix);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(unixFile, 6);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([record(0x02014b50), madeBy, shared, rest, name]);
}

function endOfDirectory(count: number, size: number, offset: number): Buffer {
  const rest = Buffer.alloc(18);
  rest.writeUInt16LE(count, 4);
  rest.writeUInt16LE(count, 6);
  rest.writeUInt32LE(size, 8);
  rest.writeUInt32LE(offset, 12);
  return Buffer.concat([record(0x06054b50), rest]);
}

function record(signature: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(signature);
  return bytes;
}
