// Reads pickles (https://github.com/python/cpython/blob/main/Lib/pickletools.py describes every opcode) of the protocols 2 to 5, as
// torch.save writes them, without running anything: see pickle-values.ts.

import { InputError } from '../input-error.ts';
import { PickleMachine, damagedPickle } from './pickle-machine.ts';
import { type PickleCall, type PickleEntry, type PickleValue, calleeOf, isKind } from './pickle-values.ts';

/** What the pickle describes. Throws `InputError`. */
export function readPickle(bytes: Uint8Array): PickleValue {
  const machine = new PickleMachine(bytes);
  for (;;) {
    const code = machine.opcode();
    if (code === STOP) return machine.result();
    const run = opcodes.get(code);
    if (!run) throw unknownOpcode(code, machine.offset - 1);
    run(machine);
  }
}

const STOP = 0x2e;
const MAX_PROTOCOL = 5;

type Step = (machine: PickleMachine) => void;

/** By code; the comment is the name of pickletools. */
const opcodes: ReadonlyMap<number, Step> = new Map<number, Step>([
  [0x80, protocol], // PROTO
  [0x95, (m) => void m.length(8)], // FRAME
  // Values
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4a, (m) => m.push(m.input.getInt32(m.skip(4), true))], // BININT
  [0x4b, (m) => m.push(m.length(1))], // BININT1
  [0x4d, (m) => m.push(m.input.getUint16(m.skip(2), true))], // BININT2
  [0x8a, (m) => m.push(longOf(m.take(m.length(1))))], // LONG1
  [0x8b, (m) => m.push(longOf(m.take(m.length(4))))], // LONG4
  [0x47, (m) => m.push(m.input.getFloat64(m.skip(8)))], // BINFLOAT
  [0x8c, (m) => m.made(m.text(m.length(1)))], // SHORT_BINUNICODE
  [0x58, (m) => m.made(m.text(m.length(4)))], // BINUNICODE
  [0x8d, (m) => m.made(m.text(m.length(8)))], // BINUNICODE8
  [0x55, (m) => m.made(m.text(m.length(1)))], // SHORT_BINSTRING
  [0x54, (m) => m.made(m.text(m.length(4)))], // BINSTRING
  [0x43, (m) => m.made(m.take(m.length(1)))], // SHORT_BINBYTES
  [0x42, (m) => m.made(m.take(m.length(4)))], // BINBYTES
  [0x8e, (m) => m.made(m.take(m.length(8)))], // BINBYTES8
  [0x96, (m) => m.made(m.take(m.length(8)))], // BYTEARRAY8
  // Collections
  [0x29, (m) => m.made({ kind: 'tuple', items: [] })], // EMPTY_TUPLE
  [0x5d, (m) => m.made({ kind: 'list', items: [] })], // EMPTY_LIST
  [0x7d, (m) => m.made({ kind: 'dict', entries: [] })], // EMPTY_DICT
  [0x8f, (m) => m.made({ kind: 'list', items: [] })], // EMPTY_SET
  [0x74, (m) => m.made({ kind: 'tuple', items: m.popMark() })], // TUPLE
  [0x85, (m) => m.made({ kind: 'tuple', items: m.popCount(1) })], // TUPLE1
  [0x86, (m) => m.made({ kind: 'tuple', items: m.popCount(2) })], // TUPLE2
  [0x87, (m) => m.made({ kind: 'tuple', items: m.popCount(3) })], // TUPLE3
  [0x91, (m) => m.made({ kind: 'tuple', items: m.popMark() })], // FROZENSET
  [0x6c, (m) => m.made({ kind: 'list', items: m.popMark() })], // LIST
  [0x64, (m) => m.made({ kind: 'dict', entries: pairs(m, m.popMark()) })], // DICT
  [0x61, (m) => append(m, m.popCount(1))], // APPEND
  [0x65, (m) => append(m, m.popMark())], // APPENDS
  [0x90, (m) => append(m, m.popMark())], // ADDITEMS
  [0x73, (m) => fill(m, m.popCount(2))], // SETITEM
  [0x75, (m) => fill(m, m.popMark())], // SETITEMS
  // The stack and the memo
  [0x28, (m) => m.mark()], // MARK
  [0x30, (m) => m.discard()], // POP
  [0x31, (m) => void m.popMark()], // POP_MARK
  [0x32, (m) => m.push(m.top())], // DUP
  [0x68, (m) => m.push(m.recall(m.length(1)))], // BINGET
  [0x6a, (m) => m.push(m.recall(m.length(4)))], // LONG_BINGET
  [0x71, (m) => m.remember(m.length(1))], // BINPUT
  [0x72, (m) => m.remember(m.length(4))], // LONG_BINPUT
  [0x94, (m) => m.remember()], // MEMOIZE
  // What Python would look up and call
  [0x63, (m) => m.made({ kind: 'global', module: m.line(), name: m.line() })], // GLOBAL
  [0x93, stackGlobal], // STACK_GLOBAL
  [0x51, (m) => m.made({ kind: 'persistent', id: m.pop() })], // BINPERSID
  [0x52, (m) => call(m, m.popCount(2))], // REDUCE
  [0x81, (m) => call(m, m.popCount(2))], // NEWOBJ
  [0x92, (m) => call(m, m.popCount(3).slice(0, 2))], // NEWOBJ_EX
  [0x62, (m) => void m.pop()], // BUILD: the state of an object
]);

function protocol(machine: PickleMachine): void {
  const version = machine.length(1);
  if (version > MAX_PROTOCOL) throw damagedPickle(`protocol ${version} is unknown; 2 to ${MAX_PROTOCOL} can be read`);
}

function stackGlobal(machine: PickleMachine): void {
  const [module, name] = machine.popCount(2);
  if (typeof module !== 'string' || typeof name !== 'string')
    throw damagedPickle(`the name of a function before byte ${machine.offset} is not text`);
  machine.made({ kind: 'global', module, name });
}

/** An ordered dictionary is one, filled at once or later; anything else stays a call. */
function call(machine: PickleMachine, [callee, args]: readonly PickleValue[]): void {
  const given = isKind(args, 'tuple') ? args.items : [args!];
  const made: PickleCall = { kind: 'call', callee: callee!, args: given, entries: [] };
  if (calleeOf(made) !== 'collections.OrderedDict') return machine.made(made);
  const [pairList] = given;
  const items = isKind(pairList, 'list') ? pairList.items : [];
  machine.count(items.length);
  const entries = items.flatMap((pair): PickleEntry[] => {
    const isPair = (isKind(pair, 'list') || isKind(pair, 'tuple')) && pair.items.length === 2;
    return isPair ? [[pair.items[0]!, pair.items[1]!]] : [];
  });
  machine.made({ kind: 'dict', entries });
}

/** What objects of other classes are given is not kept. */
function append(machine: PickleMachine, items: readonly PickleValue[]): void {
  const list = machine.top();
  if (isKind(list, 'list')) for (const item of items) list.items.push(item);
}

function fill(machine: PickleMachine, items: readonly PickleValue[]): void {
  const entries = pairs(machine, items);
  const target = machine.top();
  if (!isKind(target, 'dict') && !isKind(target, 'call'))
    throw damagedPickle(`what is filled before byte ${machine.offset} is no dictionary`);
  for (const entry of entries) target.entries.push(entry);
}

function pairs(machine: PickleMachine, items: readonly PickleValue[]): PickleEntry[] {
  if (items.length % 2 !== 0)
    throw damagedPickle(`a dictionary before byte ${machine.offset} has a key without a value`);
  machine.count(items.length / 2);
  return Array.from({ length: items.length / 2 }, (_, i) => [items[2 * i]!, items[2 * i + 1]!]);
}

/** Whole numbers of at most 255 bytes, in two's complement, the lowest byte first. */
function longOf(bytes: Uint8Array): number | bigint {
  if (bytes.length > 255) throw damagedPickle(`it has a whole number of ${bytes.length} bytes`);
  const digits = [...bytes].toReversed().map((byte) => byte.toString(16).padStart(2, '0'));
  const value = BigInt.asIntN(8 * bytes.length, BigInt(`0x0${digits.join('')}`));
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** Protocols 0 and 1, extensions of `copyreg`, and buffers that lie elsewhere are not what torch.save writes. */
function unknownOpcode(code: number, offset: number): InputError {
  const shown = `0x${code.toString(16).padStart(2, '0')}`;
  return damagedPickle(
    `byte ${offset} is ${shown}, which is no operation of the protocols 2 to ${MAX_PROTOCOL} that torch.save uses`,
  );
}
