// Zip archives for tests, also such as no program would write.

import { crc32, deflateRawSync } from 'node:zlib';
import { concat } from './shared.ts';

export interface ZipPart {
  readonly name: string;
  readonly data: Uint8Array;
  readonly deflate?: boolean;
  /** The directory has sizes and place as numbers of 64 bits. */
  readonly zip64?: boolean;
  /** What the directory says in place of the truth. */
  readonly directory?: Partial<
    Record<'name' | 'sizeBytes' | 'compressedBytes' | 'offsetBytes' | 'crc' | 'flags' | 'method', number | string>
  >;
}

const le = (value: number, bytes: 2 | 4 | 8): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);

/** The parts one after the other, and the directory. `count` is the number of entries that its last record gives. */
export function zipOf(parts: readonly ZipPart[], count = parts.length): Uint8Array {
  const locals: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, data, deflate = false, zip64 = false, directory: lies = {} } of parts) {
    const packed = deflate ? deflateRawSync(data) : data;
    const sizes = [...le(crc32(data), 4), ...le(packed.length, 4), ...le(data.length, 4)];
    const method = le(deflate ? 8 : 0, 2);
    const local = concat(
      'PK\x03\x04',
      [20, 0, 0, 0],
      method,
      [0, 0, 0, 0],
      sizes,
      le(name.length, 2),
      [0, 0],
      name,
      packed,
    );
    const shown = String(lies.name ?? name);
    const number = (key: keyof typeof lies, truth: number): number => Number(lies[key] ?? truth);
    const numbers = [
      number('sizeBytes', data.length),
      number('compressedBytes', packed.length),
      number('offsetBytes', offset),
    ];
    const [size, compressed, place] = numbers.map((value) => (zip64 ? 0xffff_ffff : value)) as [number, number, number];
    const extra = zip64 ? [...le(1, 2), ...le(24, 2), ...numbers.flatMap((value) => le(value, 8))] : [];
    directory.push(
      concat(
        ...['PK\x01\x02', [20, 0, 20, 0], le(number('flags', 0), 2), le(number('method', deflate ? 8 : 0), 2)],
        ...[[0, 0, 0, 0], le(number('crc', crc32(data)), 4), le(compressed, 4), le(size, 4), le(shown.length, 2)],
        ...[le(extra.length, 2), Array.from({ length: 10 }, () => 0), le(place, 4), shown, extra],
      ),
    );
    locals.push(local);
    offset += local.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  return concat(
    ...locals,
    ...directory,
    'PK\x05\x06',
    [0, 0, 0, 0],
    le(count, 2),
    le(count, 2),
    le(size, 4),
    le(offset, 4),
    [0, 0],
  );
}

/** A file as torch.save writes it, around a pickle given as Latin-1, with storages by key. */
export function torchFile(
  pickle: string | Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
): Uint8Array {
  return zipOf([
    { name: 'a/data.pkl', data: concat(pickle) },
    ...Object.entries(storages).map(([key, data]) => ({ name: `a/data/${key}`, data })),
  ]);
}
