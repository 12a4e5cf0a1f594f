// The stack, the memo and the input of a pickle that is read. What it may make is limited, so that no pickle fills the memory.

import { InputError } from '../input-error.ts';
import type { PickleValue } from './pickle-values.ts';

/** A tensor takes about 70 operations and 15 objects. */
const MAX_OPERATIONS = 4_000_000;
const MAX_OBJECTS = 1_000_000;
const MAX_STACK = 1_000_000;
const MAX_NAME_BYTES = 1024;

export class PickleMachine {
  readonly #bytes: Uint8Array;
  /** The same, for numbers: `input.getInt32(skip(4), true)`. */
  readonly input: DataView;
  readonly #stack: PickleValue[] = [];
  /** Lengths of the stack where a mark was set. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #at = 0;
  #operations = 0;
  #objects = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.input = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#at;
  }

  opcode(): number {
    if (++this.#operations > MAX_OPERATIONS) throw tooLarge(`takes more than ${MAX_OPERATIONS} operations`);
    return this.input.getUint8(this.skip(1));
  }

  /** Where the next `length` bytes begin, which count as read. */
  skip(length: number): number {
    const left = this.#bytes.length - this.#at;
    if (length > left)
      throw damagedPickle(`byte ${this.#at} begins something of ${length} bytes, but ${left} are left`);
    this.#at += length;
    return this.#at - length;
  }

  /** The next `length` bytes. */
  take(length: number): Uint8Array {
    const from = this.skip(length);
    return this.#bytes.subarray(from, from + length);
  }

  /** An unsigned number of so many bytes, the lowest first. */
  length(width: 1 | 4 | 8): number {
    const at = this.skip(width);
    if (width === 1) return this.input.getUint8(at);
    return width === 4 ? this.input.getUint32(at, true) : Number(this.input.getBigUint64(at, true));
  }

  text(length: number): string {
    return decoder.decode(this.take(length));
  }

  /** Text until the end of the line. */
  line(): string {
    const end = this.#bytes.subarray(this.#at, this.#at + MAX_NAME_BYTES).indexOf(0x0a);
    if (end < 0) throw damagedPickle(`the name at byte ${this.#at} has no end`);
    const text = this.text(end);
    this.#at += 1;
    return text;
  }

  /** Counts what takes memory. */
  count(objects: number): void {
    this.#objects += objects;
    if (this.#objects > MAX_OBJECTS) throw tooLarge(`describes more than ${MAX_OBJECTS} objects`);
  }

  push(value: PickleValue): void {
    if (this.#stack.length >= MAX_STACK) throw tooLarge(`keeps more than ${MAX_STACK} values at once`);
    this.#stack.push(value);
  }

  /** Pushes a new object. */
  made(value: PickleValue): void {
    this.count(1);
    this.push(value);
  }

  top(): PickleValue {
    this.#checkCount(1);
    return this.#stack.at(-1)!;
  }

  pop(): PickleValue {
    this.#checkCount(1);
    return this.#stack.pop()!;
  }

  /** The last values, the last one last. */
  popCount(count: number): PickleValue[] {
    this.#checkCount(count);
    return this.#stack.splice(this.#stack.length - count);
  }

  mark(): void {
    this.count(1);
    this.#marks.push(this.#stack.length);
  }

  /** The values since the last mark. */
  popMark(): PickleValue[] {
    const from = this.#marks.pop();
    if (from === undefined) throw damagedPickle(`what ends at byte ${this.#at} has no beginning`);
    return this.#stack.splice(from);
  }

  /** The last value, or the last mark where nothing follows it. */
  discard(): void {
    if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.pop();
  }

  /** Under the next free number, unless one is given. */
  remember(index: number = this.#memo.size): void {
    this.count(1);
    this.#memo.set(index, this.top());
  }

  recall(index: number): PickleValue {
    const value = this.#memo.get(index);
    if (value === undefined) throw damagedPickle(`byte ${this.#at} refers to ${index}, which nothing has been called`);
    return value;
  }

  result(): PickleValue {
    if (this.#stack.length !== 1 || this.#marks.length > 0)
      throw damagedPickle(`it ends at byte ${this.#at} with ${this.#stack.length} values, expected one`);
    return this.#stack[0]!;
  }

  /** What stands before the last mark is not to be taken. */
  #checkCount(count: number): void {
    if (this.#stack.length - (this.#marks.at(-1) ?? 0) < count)
      throw damagedPickle(`the operation that ends at byte ${this.#at} takes more values than there are`);
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function tooLarge(what: string): InputError {
  return new InputError(`the pickle of the PyTorch file ${what}`, { limit: true });
}

/** An error about a pickle that breaks the format. */
export function damagedPickle(what: string): InputError {
  return new InputError(`damaged pickle in the PyTorch file: ${what}`);
}
