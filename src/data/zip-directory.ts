// The directory of a zip archive (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3 and 4.5.3), ZIP64 included. Nothing
// but the directory counts: what it does not name is not in the archive, and no two of its entries may share a byte.

import { InputError, printable } from './input-error.ts';
import type { Unread } from './unread.ts';

export interface ZipEntry {
  readonly name: string;
  /** 0 is stored, 8 deflated. */
  readonly method: number;
  readonly sizeBytes: number;
  readonly compressedBytes: number;
  readonly crc32: number;
  /** Where its local header begins. */
  readonly offsetBytes: number;
  /** Where the next entry or the directory begins. */
  readonly endBytes: number;
}

const LOCAL_HEADER_BYTES = 30;
const DIRECTORY_HEADER_BYTES = 46;
const END_BYTES = 22;
const END64_BYTES = 56;
const LOCATOR_BYTES = 20;
const MAX_COMMENT_BYTES = 65_535;
/** As many as a safetensors file may have tensors, about. */
const MAX_ENTRIES = 20_000;
const MAX_DIRECTORY_BYTES = 16 << 20;
/** Deflate makes 1032 bytes of one at most. */
const MAX_RATIO = 1032;

const signatures = {
  local: 0x04034b50,
  directory: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator: 0x07064b50,
};

/** Whether the bytes begin as an archive with at least one entry. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0, true) === signatures.local;
}

/** The entries in the order of the directory, their names different. Throws `InputError`. */
export function zipDirectory(file: Unread): readonly ZipEntry[] {
  const { count, sizeBytes, offsetBytes, isAt } = findDirectory(file);
  if (count > MAX_ENTRIES) throw tooLarge(`has ${count} entries; at most ${MAX_ENTRIES} are read`);
  if (sizeBytes > MAX_DIRECTORY_BYTES) throw tooLarge(`has a directory of ${sizeBytes} bytes`);
  if (offsetBytes + sizeBytes !== isAt)
    throw damagedZip(`its directory should end at byte ${offsetBytes + sizeBytes}, but ends at ${isAt}`);
  const directory = file.part(offsetBytes, isAt);
  const entries: Header[] = [];
  let at = 0;
  while (at < directory.length) {
    const { header, nextBytes } = readHeader(directory, at, entries.length + 1);
    entries.push(header);
    at = nextBytes;
  }
  if (entries.length !== count)
    throw damagedZip(`its directory should have ${count} entries, but has ${entries.length}`);
  checkNames(entries);
  return withEnds(entries, offsetBytes);
}

/** Where the data of an entry begin: its local header must agree with the directory. Throws `InputError`. */
export function dataOffset(file: Unread, { name, offsetBytes, endBytes, ...entry }: ZipEntry): number {
  const label = printable(name);
  const header = file.part(offsetBytes, Math.min(endBytes, offsetBytes + LOCAL_HEADER_BYTES + 65_535));
  const view = viewOf(header);
  if (header.length < LOCAL_HEADER_BYTES || view.getUint32(0, true) !== signatures.local)
    throw damagedZip(`${label} does not begin where its directory says`);
  const nameBytes = view.getUint16(26, true);
  const local = header.subarray(LOCAL_HEADER_BYTES, LOCAL_HEADER_BYTES + nameBytes);
  if (decode(local) !== name) throw damagedZip(`the directory calls an entry ${label} that has another name itself`);
  // A writer that did not know the sizes yet wrote them behind the data (flag 3), or into a field of 64 bits.
  const sizesFollow = (view.getUint16(6, true) & 8) !== 0;
  const sizes = [view.getUint32(18, true), view.getUint32(22, true)] as const;
  const isOther = sizes[0] !== entry.compressedBytes || sizes[1] !== entry.sizeBytes;
  if (!sizesFollow && isOther && !sizes.includes(0xffffffff))
    throw damagedZip(`${label} has ${sizes[1]} bytes, and ${entry.sizeBytes} by the directory`);
  const start = offsetBytes + LOCAL_HEADER_BYTES + nameBytes + view.getUint16(28, true);
  if (start + entry.compressedBytes > endBytes) throw overlap(label);
  return start;
}

interface Directory {
  readonly count: number;
  readonly sizeBytes: number;
  readonly offsetBytes: number;
  /** Where the record behind the directory is, and the directory must end. */
  readonly isAt: number;
}

/** By the record at the end of the file, which only a comment may follow. */
function findDirectory(file: Unread): Directory {
  const from = Math.max(0, file.sizeBytes - END_BYTES - MAX_COMMENT_BYTES);
  const tail = file.part(from, file.sizeBytes);
  const view = viewOf(tail);
  let at = tail.length - END_BYTES;
  while (
    at >= 0 &&
    !(view.getUint32(at, true) === signatures.end && at + END_BYTES + view.getUint16(at + 20, true) === tail.length)
  )
    at -= 1;
  if (at < 0) throw damagedZip('it does not end with its directory, so that a part of it is missing');
  const found64 = findEnd64(file, from + at);
  if (found64) return found64;
  return {
    count: view.getUint16(at + 10, true),
    sizeBytes: view.getUint32(at + 12, true),
    offsetBytes: view.getUint32(at + 16, true),
    isAt: from + at,
  };
}

/** The record with numbers of 64 bits, if there is one before the record `endBytes`. */
function findEnd64(file: Unread, endBytes: number): Directory | undefined {
  const locator = viewOf(file.part(Math.max(0, endBytes - LOCATOR_BYTES), endBytes));
  if (locator.byteLength < LOCATOR_BYTES || locator.getUint32(0, true) !== signatures.locator) return undefined;
  const isAt = uint64(locator, 8);
  const record = viewOf(isAt < endBytes ? file.part(isAt, isAt + END64_BYTES) : new Uint8Array());
  if (record.byteLength < END64_BYTES || record.getUint32(0, true) !== signatures.end64)
    throw damagedZip('the ZIP64 record of its directory is not where it should be');
  return { count: uint64(record, 32), sizeBytes: uint64(record, 40), offsetBytes: uint64(record, 48), isAt };
}

type Header = Omit<ZipEntry, 'endBytes'>;

/** One header of the directory, and where the next one begins. `number` counts from 1. */
function readHeader(directory: Uint8Array, at: number, number: number): { header: Header; nextBytes: number } {
  const bytes = directory.subarray(at);
  const view = viewOf(bytes);
  if (bytes.length < DIRECTORY_HEADER_BYTES || view.getUint32(0, true) !== signatures.directory)
    throw damagedZip(`entry ${number} of its directory is none`);
  const nameBytes = view.getUint16(28, true);
  const extraStart = DIRECTORY_HEADER_BYTES + nameBytes;
  const extraEnd = extraStart + view.getUint16(30, true);
  const end = extraEnd + view.getUint16(32, true);
  if (end > bytes.length) throw damagedZip(`entry ${number} of its directory is longer than the directory`);
  const name = decode(bytes.subarray(DIRECTORY_HEADER_BYTES, extraStart));
  if (name === undefined) throw damagedZip(`the name of entry ${number} is not UTF-8`);
  const label = printable(name);
  if ((view.getUint16(8, true) & 1) !== 0) throw new InputError(`${label} in the zip archive is encrypted`);
  const [sizeBytes, compressedBytes, offsetBytes] = wide(
    [view.getUint32(24, true), view.getUint32(20, true), view.getUint32(42, true)],
    bytes.subarray(extraStart, extraEnd),
    label,
  );
  const method = view.getUint16(10, true);
  if (method === 0 && sizeBytes !== compressedBytes)
    throw damagedZip(`${label} is stored in ${compressedBytes} bytes and should have ${sizeBytes}`);
  if (method === 8 && sizeBytes > compressedBytes * MAX_RATIO)
    throw damagedZip(`${label} should have ${sizeBytes} bytes, more than ${compressedBytes} deflated ones can give`);
  const header = { name, method, sizeBytes, compressedBytes, crc32: view.getUint32(16, true), offsetBytes };
  return { header, nextBytes: at + end };
}

/** Numbers of 32 bits, those that are full replaced by the numbers of 64 bits of the extra field 1, in their order. */
function wide(numbers: readonly [number, number, number], extra: Uint8Array, label: string): [number, number, number] {
  const view = viewOf(extra);
  let from = 0;
  let end = 0;
  for (let at = 0; at + 4 <= extra.length && end === 0; at += 4 + view.getUint16(at + 2, true))
    if (view.getUint16(at, true) === 1)
      [from, end] = [at + 4, Math.min(extra.length, at + 4 + view.getUint16(at + 2, true))];
  return numbers.map((number) => {
    if (number !== 0xffffffff) return number;
    if (from + 8 > end) throw damagedZip(`the ZIP64 field of ${label} is too short`);
    from += 8;
    return uint64(view, from - 8);
  }) as [number, number, number];
}

function checkNames(entries: readonly Header[]): void {
  const names = new Set<string>();
  for (const { name } of entries) {
    if (names.has(name)) throw damagedZip(`it has ${printable(name)} twice`);
    names.add(name);
  }
}

/** Throws where entries share bytes, as those of zip bombs do. */
function withEnds(entries: readonly Header[], directoryBytes: number): readonly ZipEntry[] {
  const inFile = entries.toSorted((a, b) => a.offsetBytes - b.offsetBytes);
  const ends = new Map(inFile.map((entry, i) => [entry, inFile[i + 1]?.offsetBytes ?? directoryBytes]));
  return entries.map((entry) => {
    const endBytes = ends.get(entry)!;
    if (entry.offsetBytes + LOCAL_HEADER_BYTES + entry.compressedBytes > endBytes) throw overlap(printable(entry.name));
    return { ...entry, endBytes };
  });
}

const overlap = (label: string): InputError => damagedZip(`${label} reaches into what follows it`);

/** One for all: an archive may have as many names as MAX_ENTRIES. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undefined for what is not UTF-8. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** Exact below 2^53; larger ones are refused because no file is as long. */
const uint64 = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

function tooLarge(what: string): InputError {
  return new InputError(`the zip archive ${what}`, { limit: true });
}

/** An error about an archive that breaks the format. */
export function damagedZip(what: string): InputError {
  return new InputError(`damaged zip archive: ${what}`);
}
