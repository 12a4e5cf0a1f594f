// Decompression of zlib data (RFC 1950 and 1951), which PNG pictures and compressed arrays of NumPy are made of. Browsers decompress
// too, but only with promises and without a limit; the words of errors are zlib's.

/** Codes of Huffman: symbol · 16 + length by the next bits, the first lowest; 0 where no code begins so. */
interface Codes {
  readonly table: Uint16Array;
  /** Bits that choose a line of the table. */
  readonly width: number;
}

/** The bits of the data, lowest first; behind the end there are zeros, and an error once they are used. */
interface Bits {
  /** The next `count` bits, at most 16, which are then gone. */
  take(count: number): number;
  symbol(codes: Codes): number;
  /** The next whole bytes. */
  bytes(count: number): Uint8Array;
}

/** At most `maxBytes`: an error has the code ERR_BUFFER_TOO_LARGE where there would be more, as Node's zlib has it. */
export function inflate(data: Uint8Array, maxBytes: number): Uint8Array {
  if (data.length < 2) throw new Error(END);
  const [method, flags] = [data[0]!, data[1]!];
  if (((method << 8) | flags) % 31 !== 0) throw new Error('incorrect header check');
  if ((method & 15) !== 8 || method >> 4 > 7) throw new Error('unknown compression method');
  if (flags & 32) throw new Error('Missing dictionary');
  const bits = bitsOf(data.subarray(2));
  const out: Output = { bytes: new Uint8Array(maxBytes), length: 0 };
  blocks(bits, out);
  const [a, b, c, d] = bits.bytes(4) as unknown as readonly [number, number, number, number];
  const inflated = out.bytes.subarray(0, out.length);
  if (adler32(inflated) !== ((a << 24) | (b << 16) | (c << 8) | d) >>> 0) throw new Error('incorrect data check');
  return inflated;
}

/** As `inflate`, of data without a header and a checksum. */
export function inflateRaw(data: Uint8Array, maxBytes: number): Uint8Array {
  const out: Output = { bytes: new Uint8Array(maxBytes), length: 0 };
  blocks(bitsOf(data), out);
  return out.bytes.subarray(0, out.length);
}

/** What the first part of such data holds, where the rest is not there. */
export function inflateRawStart(data: Uint8Array): Uint8Array {
  const out: Output = { bytes: new Uint8Array(MAX_RATIO * data.length), length: 0 };
  try {
    blocks(bitsOf(data), out);
  } catch (error) {
    if ((error as Error).message !== END) throw error;
  }
  return out.bytes.slice(0, out.length);
}

/** What is inflated so far. */
interface Output {
  readonly bytes: Uint8Array;
  length: number;
}

/** Deflate makes 1032 bytes of one at most. */
const MAX_RATIO = 1032;
const END = 'unexpected end of file';

/** All blocks up to the last one (RFC 1951, 3.2.3). */
function blocks(bits: Bits, out: Output): void {
  for (let isLast = false; !isLast;) {
    isLast = bits.take(1) === 1;
    const type = bits.take(2);
    if (type === 0) stored(bits, out);
    else if (type === 1) packed(bits, fixedCodes, out);
    else if (type === 2) packed(bits, codesIn(bits), out);
    else throw new Error('invalid block type');
  }
}

function bitsOf(data: Uint8Array): Bits {
  let at = 0;
  let held = 0;
  let count = 0;
  const fill = (): void => {
    for (; count <= 16; count += 8) held |= (data[at++] ?? 0) << count;
  };
  const drop = (number: number): void => {
    held >>>= number;
    count -= number;
    if (8 * at - count > 8 * data.length) throw new Error(END);
  };
  return {
    take(number) {
      fill();
      const value = held & ((1 << number) - 1);
      drop(number);
      return value;
    },
    symbol({ table, width }) {
      fill();
      const entry = table[held & ((1 << width) - 1)]!;
      // The bits behind the end could have made it one.
      if (entry === 0) throw new Error(8 * at - count + width > 8 * data.length ? END : 'invalid code');
      drop(entry & 15);
      return entry >> 4;
    },
    bytes(number) {
      const start = at - (count >> 3);
      if (start + number > data.length) throw new Error(END);
      [at, held, count] = [start + number, 0, 0];
      return data.subarray(start, at);
    },
  };
}

function stored(bits: Bits, out: Output): void {
  const [low, high, notLow, notHigh] = bits.bytes(4) as unknown as readonly [number, number, number, number];
  if (low !== (notLow ^ 255) || high !== (notHigh ^ 255)) throw new Error('invalid stored block lengths');
  const bytes = bits.bytes(low + 256 * high);
  checkRoom(out.bytes, out.length + bytes.length);
  out.bytes.set(bytes, out.length);
  out.length += bytes.length;
}

function packed(bits: Bits, [literals, distances]: readonly [Codes, Codes], output: Output): void {
  const out = output.bytes;
  let { length } = output;
  try {
    for (;;) {
      const symbol = bits.symbol(literals);
      if (symbol < 256) {
        checkRoom(out, length + 1);
        out[length++] = symbol;
        continue;
      }
      if (symbol === 256) return;
      if (symbol > 285) throw new Error('invalid literal/length code');
      const count = lengthBases[symbol - 257]! + bits.take(lengthBits[symbol - 257]!);
      const code = bits.symbol(distances);
      if (code > 29) throw new Error('invalid distance code');
      const distance = distanceBases[code]! + bits.take(distanceBits[code]!);
      if (distance > length) throw new Error('invalid distance too far back');
      checkRoom(out, length + count);
      for (const end = length + count; length < end; length++) out[length] = out[length - distance]!;
    }
  } finally {
    output.length = length;
  }
}

function checkRoom(out: Uint8Array, length: number): void {
  if (length <= out.length) return;
  const error = new RangeError(`Cannot create a Buffer larger than ${out.length} bytes`);
  throw Object.assign(error, { code: 'ERR_BUFFER_TOO_LARGE' });
}

/** The codes that a block brings along (RFC 1951, 3.2.7). */
function codesIn(bits: Bits): readonly [Codes, Codes] {
  const [literals, distances, lengths] = [bits.take(5) + 257, bits.take(5) + 1, bits.take(4) + 4];
  if (literals > 286 || distances > 30) throw new Error('too many length or distance symbols');
  const ofLengths = new Uint8Array(19);
  for (let i = 0; i < lengths; i++) ofLengths[lengthOrder[i]!] = bits.take(3);
  const codes = codesOf(ofLengths);
  const all = new Uint8Array(literals + distances);
  for (let at = 0; at < all.length;) {
    const symbol = bits.symbol(codes);
    if (symbol < 16) {
      all[at++] = symbol;
      continue;
    }
    if (symbol === 16 && at === 0) throw new Error('invalid bit length repeat');
    const repeated = symbol === 16 ? all[at - 1]! : 0;
    const count = symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
    if (at + count > all.length) throw new Error('invalid bit length repeat');
    all.fill(repeated, at, at + count);
    at += count;
  }
  if (all[256] === 0) throw new Error('invalid code -- missing end-of-block');
  return [codesOf(all.subarray(0, literals)), codesOf(all.subarray(literals))];
}

/** The canonical codes of these lengths by symbol (RFC 1951, 3.2.2). */
function codesOf(lengths: Uint8Array): Codes {
  const counts = new Uint16Array(16);
  for (const length of lengths) if (length > 0) counts[length]!++;
  const width = Math.max(1, ...lengths);
  const next = new Uint16Array(17);
  let code = 0;
  for (let length = 1; length <= width; length++) {
    next[length] = code;
    code = (code + counts[length]!) << 1;
    if (code > 2 << length) throw new Error('invalid code lengths set');
  }
  const table = new Uint16Array(1 << width);
  lengths.forEach((length, symbol) => {
    if (length === 0) return;
    let [rest, reversed] = [next[length]!++, 0];
    for (let bit = 0; bit < length; bit++, rest >>= 1) reversed = (reversed << 1) | (rest & 1);
    for (let line = reversed; line < table.length; line += 1 << length) table[line] = (symbol << 4) | length;
  });
  return { table, width };
}

function adler32(data: Uint8Array): number {
  let [a, b] = [1, 0];
  for (let start = 0; start < data.length; start += 4096) {
    const end = Math.min(start + 4096, data.length);
    for (let at = start; at < end; at++) {
      a += data[at]!;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}

const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
// RFC 1951, 3.2.5.
const lengthBits = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const lengthBases = [...basesOf(lengthBits.slice(0, -1), 3), 258];
const distanceBits = Array.from({ length: 30 }, (_, code) => Math.max(0, (code >> 1) - 1));
const distanceBases = basesOf(distanceBits, 1);

/** Where each code's values begin, of those that follow one another from `first` on. */
function basesOf(extraBits: readonly number[], first: number): readonly number[] {
  let next = first;
  return extraBits.map((count) => {
    next += 1 << count;
    return next - (1 << count);
  });
}

const fixedCodes = [
  codesOf(
    Uint8Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)),
  ),
  codesOf(new Uint8Array(30).fill(5)),
] as const;
