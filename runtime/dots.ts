// Dot products of bytes in the form that is fastest on this host: a module is written with one relaxed instruction for each, and rewritten
// before it is compiled where that instruction is none, or is slower than two others. Codes are of seven bits, so that all forms compute the
// same bits.

/**
 * `one`: `i32x4.relaxed_dot_i8x16_i7x16_add_s`, as written. `pairs`: `i16x8.relaxed_dot_i8x16_i7x16_s`, then sums of pairs and the addend.
 * `plain`: no relaxed SIMD.
 */
export type DotForm = 'one' | 'pairs' | 'plain';

/**
 * The form for this host. `probe`: a module whose `probe()` adds four products of 127 and 255, of more than seven bits: they overflow 16
 * bits where a host has no instruction for all of it.
 */
export function dotForm(probe: Uint8Array): DotForm {
  if (!WebAssembly.validate(probe)) return 'plain';
  try {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(probe), { m: { m: memory } });
    return (exports['probe'] as () => number)() === 2 * 32_767 ? 'pairs' : 'one';
  } catch {
    // Where no bytes may be compiled, there is nothing to choose.
    return 'one';
  }
}

const dotOfOne = [0xfd, 0x93, 0x02]; // i32x4.relaxed_dot_i8x16_i7x16_add_s, behind the addend
const dotOfPairs = [0xfd, 0x92, 0x02]; // i16x8.relaxed_dot_i8x16_i7x16_s
const addedWords = [0xfd, 0x8e, 0x01]; // i16x8.add
const addedPairs = [0xfd, 0x7e]; // i32x4.extadd_pairwise_i16x8_s
const addedLanes = [0xfd, 0xae, 0x01]; // i32x4.add
const markLength = 5;

/** Whether the mark of a dot product stands there, behind its weights and codes: i32.const, whose lower bits name spare locals; drop. */
const isDotMark = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0x41 &&
  bytes[at + 1]! >= 0x80 &&
  bytes[at + 2]! >= 0x80 &&
  bytes[at + 3] === 42 &&
  bytes[at + 4] === 0x1a;

/** Whether 0 stands there that says whether dot products are joined: i32.const 0, i32.const 0, i32.or. */
const isJoinMark = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0x41 && bytes[at + 1] === 0 && bytes[at + 2] === 0x41 && bytes[at + 3] === 0 && bytes[at + 4] === 0x72;

/** The module in a form. `from`, `to`: where its section of functions lies. Rewrites the bytes in place, or gives others for `plain`. */
export function dotsAs(form: DotForm, bytes: Uint8Array, from: number, to: number): Uint8Array {
  if (form === 'one') return bytes;
  const marks: number[] = [];
  for (let at = from; at < to; at++) {
    if (isDotMark(bytes, at)) marks.push(at);
    if (bytes[at] === dotOfOne[0] && bytes[at + 1] === dotOfOne[1] && bytes[at + 2] === dotOfOne[2])
      bytes.set(addedLanes, at);
    if (form === 'pairs' && isJoinMark(bytes, at)) bytes[at + 1] = 1;
    // Joined ones do not run then.
    if (form === 'plain' && dotOfPairs.every((byte, i) => bytes[at + i] === byte)) bytes.set(addedWords, at);
  }
  if (form === 'plain') return withPlainDots(bytes, from, to, marks);
  for (const at of marks) bytes.set([...dotOfPairs, ...addedPairs], at);
  return bytes;
}

/** A copy in which longer functions have other lengths. */
function withPlainDots(bytes: Uint8Array, from: number, to: number, marks: readonly number[]): Uint8Array {
  const section = numberAt(bytes, from + 1);
  const count = numberAt(bytes, section.next);
  const functions: Uint8Array[] = [bytes.subarray(section.next, count.next)];
  let mark = 0;
  for (let at = count.next; at < to;) {
    const size = numberAt(bytes, at);
    const end = size.next + size.value;
    const parts: Uint8Array[] = [];
    for (at = size.next; at < end;) {
      const next = mark < marks.length && marks[mark]! < end ? marks[mark++]! : end;
      parts.push(bytes.subarray(at, next));
      if (next < end) parts.push(plainDot((bytes[next + 1]! & 0x7f) + 0x80 * (bytes[next + 2]! & 0x7f)));
      at = next < end ? next + markLength : end;
    }
    functions.push(numberBytes(lengthOf(parts)), ...parts);
  }
  const head = [bytes.subarray(0, from + 1), numberBytes(lengthOf(functions))];
  return joined([...head, ...functions, bytes.subarray(to)]);
}

/** i32x4 sums of weights times codes, which were pushed, four by four: those at even places and those at odd ones as pairs of i16. */
function plainDot(spare: number): Uint8Array {
  const [weights, codes] = [numberBytes(spare), numberBytes(spare + 1)];
  const shifted = (code: number): readonly number[] => [0x41, 8, 0xfd, code, 0x01];
  const [left, right] = [shifted(0x8b), shifted(0x8c)]; // i16x8.shl, i16x8.shr_s
  const even = (local: Uint8Array): readonly number[] => [0x20, ...local, ...left, ...right];
  const odd = (local: Uint8Array): readonly number[] => [0x20, ...local, ...right];
  const products = [0xfd, 0xba, 0x01]; // i32x4.dot_i16x8_s
  const taken = [0x21, ...codes, 0x21, ...weights];
  return Uint8Array.from([
    ...taken,
    ...[...even(weights), ...even(codes), ...products],
    ...[...odd(weights), ...odd(codes), ...products],
    ...addedLanes,
  ]);
}

/** An unsigned number in LEB128, and where it ends. */
function numberAt(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let factor = 1, next = at; ; factor *= 128, next++) {
    value += (bytes[next]! & 0x7f) * factor;
    if (bytes[next]! < 0x80) return { value, next: next + 1 };
  }
}

function numberBytes(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) | 0x80);
    if (rest < 128) return Uint8Array.from(bytes);
  }
}

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((total, { length }) => total + length, 0);

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
