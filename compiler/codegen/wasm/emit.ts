// Translates a kernel to WebAssembly functions: a total table over the kernel IR's node kinds, which decides nothing. Functions
// of the kernel IR are written out where they are called. Memories lie in one linear memory; see `layout.ts`. Large bodies of
// parallel loops become functions of their own: an engine that compiles them better meanwhile uses that from the next iteration on.

import type { Kernel, LaneCount, Memory, Statement, Type, Variable } from '../../kernel/ir.ts';
import { withoutDeadVariables } from '../../kernel/dead.ts';
import { inLockstep } from '../../kernel/lockstep.ts';
import { splitLoops } from '../../kernel/split.ts';
import { isVector, variablesRead } from '../../kernel/walk.ts';
import { heavyLoops, idleBody } from './ahead.ts';
import { elementBytes, scalesOf } from './addresses.ts';
import type { ValueType, WasmFunction } from './assembler.ts';
import { address, condition, value } from './expressions.ts';
import { byteStores, laneStores, scalarStores } from './memory-access.ts';
import { isOutlined } from './outline.ts';
import type { EmitOptions, Outlined, Writer } from './writer.ts';
import { get, put, shift, valueTypes } from './writer.ts';

export interface EmittedKernel {
  /** The one that is called comes last. */
  readonly functions: readonly WasmFunction[];
  /** What each of the kernel's own parameters is multiplied by: bytes per element for places, 1 for counts. */
  readonly scales: readonly number[];
  /** Memories whose base follows the kernel's own parameters; after them come the part and the number of parts. */
  readonly bases: readonly string[];
}

/** `first` is the index that the kernel's first function gets in its module. */
export function emitKernel(source: Kernel, options: EmitOptions, first: number): EmittedKernel {
  const { kernel: split, claims } = splitLoops(source, options.counters !== undefined);
  const kernel = inLockstep(withoutDeadVariables(split));
  const scaleOf = scalesOf(kernel, source);
  const own = source.parameters;
  const threads = kernel.parameters.slice(own.length);
  const moving = kernel.memories.filter((memory) => options.baseOf(memory).kind === 'parameter');
  const bases = moving.map(({ name }): Variable => ({ name, type: 'i32' }));
  const functions: WasmFunction[] = [];
  const heavy = heavyLoops(source);
  const emit = (name: string, parameters: readonly Variable[], body: readonly Statement[], idles = false): number => {
    const locals = new Map(parameters.map((variable, at) => [variable, at]));
    const types: ValueType[] = [];
    const declare = (variable: Variable): number => {
      types.push(valueTypes[variable.type]);
      const index = parameters.length + types.length - 1;
      locals.set(variable, index);
      return index;
    };
    let spare: number | undefined;
    const spareLocals = (): number => {
      spare ??= [0, 1].map(() => declare({ name: 'spare', type: 'u8x16' }))[0]!;
      return spare;
    };
    /** The body as a function of the loop's variable and of what it reads from outside. */
    const outline = (variable: Variable, inner: readonly Statement[]): Outlined => {
      const captured = [...variablesRead(inner)].filter((one) => one !== variable && locals.has(one));
      const taken = [variable, ...bases, ...captured];
      return { index: emit(`${name}_body`, taken, inner, heavy.has(variable)), taken };
    };
    const writer: Writer = {
      ...{ options, scaleOf, locals, bases, threads, claims, declare, spareLocals, outline },
      body: [],
      statements: (list) => list.forEach((one) => statement(writer, one)),
    };
    for (const one of parameters) if (isVector(one.type)) rebuild(writer, one);
    writer.statements(body);
    functions.push({
      name,
      parameters: parameters.map(({ type }) => valueTypes[type]),
      results: [],
      locals: types,
      body: idles ? idleBody(writer.body) : writer.body,
      exported: false,
      ...(idles && { idles }),
    });
    return first + functions.length - 1;
  };
  emit(kernel.name, [...own, ...bases, ...threads], kernel.body);
  return { functions, scales: own.map(scaleOf), bases: moving.map(({ name }) => name) };
}

/**
 * Puts a vector that the function is given together from its halves: V8 14.6 with `--experimental-wasm-revectorize` ends the process where it
 * would join a parameter with another vector.
 */
function rebuild(w: Writer, parameter: Variable): void {
  get(w, parameter);
  put(w, 'i64x2.extract_lane', 0);
  put(w, 'i64x2.splat');
  get(w, parameter);
  put(w, 'i64x2.extract_lane', 1);
  put(w, 'i64x2.replace_lane', 1);
  put(w, 'local.set', w.locals.get(parameter)!);
}

function statement(w: Writer, one: Statement): void {
  switch (one.kind) {
    case 'let': {
      const counter = w.claims.get(one.variable);
      value(w, one.value, w.scaleOf(one.variable));
      const local = w.declare(one.variable);
      put(w, 'local.set', local);
      if (counter !== undefined) claim(w, counter, local, w.scaleOf(one.variable));
      break;
    }
    case 'set':
      value(w, one.value, w.scaleOf(one.variable));
      put(w, 'local.set', w.locals.get(one.variable)!);
      break;
    case 'store':
      store(w, one);
      break;
    case 'for':
      loop(w, one);
      break;
    case 'if':
      condition(w, one.condition);
      put(w, 'if');
      w.statements(one.then);
      if (one.otherwise.length > 0) {
        put(w, 'else');
        w.statements(one.otherwise);
      }
      put(w, 'end');
      break;
    case 'prefetch':
      // A load whose result is dropped: it could trap, so that engines keep it.
      put(w, 'i32.load8_u', address(w, one.memory, one.index));
      put(w, 'drop');
      break;
    case 'barrier':
      w.threads.forEach((variable) => get(w, variable));
      put(w, 'call', w.options.barrier);
      break;
    case 'comment':
      break;
    default:
      one satisfies never;
  }
}

/** Where there are several threads, the variable gets what the counter held before it is increased. */
function claim(w: Writer, counter: number, local: number, scale: number): void {
  get(w, w.threads[1]!);
  put(w, 'i32.const', 1);
  put(w, 'i32.ne');
  put(w, 'if');
  put(w, 'i32.const', 0);
  put(w, 'i32.const', 1);
  put(w, 'i32.atomic.rmw.add', w.options.counters! + 4 * counter);
  shift(w, scale);
  put(w, 'local.set', local);
  put(w, 'end');
}

function loop(w: Writer, statement: Extract<Statement, { kind: 'for' }>): void {
  const { variable, from, to, step, body: inner } = statement;
  const outlined = isOutlined(statement) ? w.outline(variable, inner) : undefined;
  const scale = w.scaleOf(variable);
  const at = w.declare(variable);
  value(w, from, scale);
  put(w, 'local.set', at);
  /** Whether there surely is an iteration. */
  const isKnown = from.kind === 'constant' && to.kind === 'constant' && from.value < to.value;
  const isConstant = to.kind === 'constant';
  let end = -1;
  if (!isConstant) {
    end = w.declare({ name: 'end', type: 'i32' });
    value(w, to, scale);
    put(w, 'local.set', end);
  }
  const limit = (): void => {
    if (isConstant) put(w, 'i32.const', to.value * scale);
    else put(w, 'local.get', end);
  };
  if (!isKnown) {
    put(w, 'block');
    put(w, 'local.get', at);
    limit();
    put(w, 'i32.ge_s');
    put(w, 'br_if', 0);
  }
  put(w, 'loop');
  if (outlined) {
    outlined.taken.forEach((one) => get(w, one));
    put(w, 'call', outlined.index);
  } else w.statements(inner);
  put(w, 'local.get', at);
  put(w, 'i32.const', step * scale);
  put(w, 'i32.add');
  put(w, 'local.tee', at);
  limit();
  put(w, 'i32.lt_s');
  put(w, 'br_if', 0);
  put(w, 'end');
  if (!isKnown) put(w, 'end');
}

/** How a vector of fewer lanes, or of narrower ones, is stored; undefined: by one instruction. */
function storedParts(type: Type, memory: Memory, lanes: number) {
  if (type === 'u8x16') return byteStores(lanes);
  return isVector(type) ? laneStores(memory.type, lanes as LaneCount) : undefined;
}

function store(w: Writer, { memory, index, value: stored, lanes }: Extract<Statement, { kind: 'store' }>): void {
  const one = scalarStores[memory.type];
  if (!one) throw new TypeError(`WebAssembly kernels write no ${memory.type}: ${memory.name}`);
  const parts = storedParts(stored.type, memory, lanes);
  if (!parts) {
    const offset = address(w, memory, index);
    value(w, stored, 1);
    return put(w, isVector(stored.type) ? 'v128.store' : one, offset);
  }
  const kept = w.declare({ name: 'stored', type: stored.type });
  value(w, stored, 1);
  put(w, 'local.set', kept);
  for (const { operation, lane, element } of parts) {
    const offset = address(w, memory, index);
    put(w, 'local.get', kept);
    put(w, operation, offset + elementBytes[memory.type] * element, lane);
  }
}
