// Builds kernel IR: a block builder in which template code reads like the loop nest it makes, and with it the constructors of
// expressions.

import { add, asExpression, constantOf, fadd, i32, numberOf, unary } from './expressions.ts';
import type { Operand } from './expressions.ts';
import type {
  ByteCount,
  Condition,
  Expression,
  Kernel,
  KernelFunction,
  LaneCount,
  Memory,
  Statement,
  Type,
  Variable,
} from './ir.ts';
import { loadedTypes } from './walk.ts';

export * from './expressions.ts';

const reference = (variable: Variable): Expression => ({ kind: 'variable', type: variable.type, variable });

/** A mutable variable: `value` reads it. */
export interface Cell {
  readonly variable: Variable;
  readonly value: Expression;
}

export interface BlockBuilder {
  memory(name: string, type: Memory['type']): Memory;
  parameter(name: string): Expression;
  comment(text: string): void;
  /** Names a value that is used several times. Constants, variables and indices next to one pass through. */
  let(hint: string, value: Operand): Expression;
  cell(hint: string, value: Operand): Cell;
  set(cell: Cell, value: Operand): void;
  /** `cell += value` */
  accumulate(cell: Cell, value: Operand): void;
  load(memory: Memory, index: Operand): Expression;
  /** A vector of `count` consecutive elements, f32x4 or u32x4; the other lanes are 0. */
  loadLanes(memory: Memory, index: Operand, count: LaneCount): Expression;
  /** The value is converted to the memory's type: f32 and f64 to each other, and so i32 and u32. */
  store(memory: Memory, index: Operand, value: Expression): void;
  storeLanes(memory: Memory, index: Operand, value: Expression, count: LaneCount): void;
  /** Sixteen bytes of u8 or i8 memory: all are read, also where only some are needed. */
  loadBytes(memory: Memory, index: Operand): Expression;
  /** Four bytes, four times over. */
  broadcastBytes(memory: Memory, index: Operand): Expression;
  /** The first `count` of sixteen bytes. */
  storeBytes(memory: Memory, index: Operand, value: Expression, count: ByteCount): void;
  prefetch(memory: Memory, index: Operand): void;
  barrier(): void;
  /** `body` is not emitted for an empty constant range and once, without a loop, for a single constant iteration. */
  for(hint: string, from: Operand, to: Operand, body: (index: Expression) => void, options?: LoopOptions): void;
  if(condition: Condition, then: () => void, otherwise?: () => void): void;
}

export interface LoopOptions {
  readonly step?: number;
  readonly parallel?: boolean;
}

/** Defines a function of one number or vector; returns what calls it. */
export function defineFunction(
  name: string,
  write: (k: BlockBuilder, x: Expression) => Expression,
  type: 'f64' | 'f32x4' = 'f64',
): (argument: Expression) => Expression {
  let defined: KernelFunction | undefined;
  const define = (): KernelFunction => {
    const parameter: Variable = { name: 'x', type };
    let result: Expression = numberOf(type, 0);
    const { body } = buildKernel(name, '', (k) => void (result = write(k, reference(parameter))), {
      reserved: ['x'],
    });
    return { name, parameter, body, result };
  };
  return (argument) => {
    defined ??= define();
    return { kind: 'call', type, function: defined, argument };
  };
}

export interface BuildOptions {
  /** Names that no variable gets. */
  readonly reserved?: readonly string[];
  /** Parallel loops of one iteration stay loops, so that only one thread runs them. */
  readonly keepParallel?: boolean;
  /** Parallel loops within parallel loops are serial, and there are no barriers in either. */
  readonly outermostOnly?: boolean;
}

/** The kernel that `write` builds. */
export function buildKernel(
  name: string,
  summary: string,
  write: (k: BlockBuilder) => void,
  { reserved = [], keepParallel = false, outermostOnly = false }: BuildOptions = {},
): Kernel {
  const body: Statement[] = [];
  const taken = new Map<string, number>(reserved.map((word) => [word, 1]));
  const draft: Draft = {
    ...{ memories: [], parameters: [], block: body, taken, cells: new Set() },
    ...{ enclosed: false, keepParallel, outermostOnly },
  };
  write(blockBuilder(draft));
  const { memories, parameters } = draft;
  return { name, summary, memories, parameters, body };
}

/** A kernel in the making. */
interface Draft {
  readonly memories: Memory[];
  readonly parameters: Variable[];
  /** What is being written: the body of a loop or branch, or of the kernel. */
  block: Statement[];
  /** Name → how many variables have it, apart from the numbers behind it. */
  readonly taken: Map<string, number>;
  /** Mutable variables. */
  readonly cells: Set<Variable>;
  /** Whether what is written stands in a parallel loop, if that makes a difference. */
  enclosed: boolean;
  readonly keepParallel: boolean;
  readonly outermostOnly: boolean;
}

function blockBuilder(draft: Draft): BlockBuilder {
  const put = (statement: Statement): void => void draft.block.push(statement);
  const builder: BlockBuilder = {
    memory: (name, type) => memoryOf(draft, name, type),
    parameter(hint) {
      const variable = fresh(draft, hint, 'i32');
      draft.parameters.push(variable);
      return reference(variable);
    },
    comment: (text) => put({ kind: 'comment', text }),
    let(hint, operand) {
      const value = asExpression(operand);
      const isPlain = value.kind === 'constant' || value.kind === 'variable' || isNextTo(draft, value);
      return isPlain ? value : reference(declare(draft, hint, value, false));
    },
    cell(hint, value) {
      const variable = declare(draft, hint, asExpression(value), true);
      return { variable, value: reference(variable) };
    },
    set: (cell, value) => put({ kind: 'set', variable: cell.variable, value: asExpression(value) }),
    accumulate(cell, value) {
      const right = asExpression(value);
      builder.set(cell, right.type === 'i32' ? add(cell.value, right) : fadd(cell.value, right));
    },
    load(memory, index) {
      const type = loadedTypes[memory.type].one;
      if (!type) throw new TypeError(`kernel IR: ${memory.name} is read as vectors`);
      return { kind: 'load', type, memory, index: asExpression(index), lanes: 1 };
    },
    loadLanes(memory, index, lanes) {
      const type = loadedTypes[memory.type].four ?? 'f32x4';
      return { kind: 'load', type, memory, index: asExpression(index), lanes };
    },
    store(memory, index, value) {
      const held = loadedTypes[memory.type].one ?? 'f32';
      const converted = value.type === held ? value : unary(storing[held], value);
      put({ kind: 'store', memory, index: asExpression(index), value: converted, lanes: 1 });
    },
    storeLanes: (memory, index, value, lanes) =>
      put({ kind: 'store', memory, index: asExpression(index), value, lanes }),
    loadBytes: (memory, index) => ({ kind: 'load', type: 'u8x16', memory, index: asExpression(index), lanes: 16 }),
    broadcastBytes: (memory, index) => ({
      kind: 'broadcast-bytes',
      type: 'u8x16',
      memory,
      index: asExpression(index),
    }),
    storeBytes: (memory, index, value, lanes) =>
      put({ kind: 'store', memory, index: asExpression(index), value, lanes }),
    prefetch: (memory, index) => put({ kind: 'prefetch', memory, index: asExpression(index) }),
    barrier() {
      if (!draft.enclosed) put({ kind: 'barrier' });
    },
    for: (hint, from, to, write, options) => writeLoop(draft, hint, [from, to], write, options),
    if(condition, then, otherwise) {
      const yes = inside(draft, then);
      const no = otherwise ? inside(draft, otherwise) : [];
      put({ kind: 'if', condition, then: yes, otherwise: no });
    },
  };
  return builder;
}

const storing = { f32: 'demote', f64: 'promote', i32: 'u32_to_i32', u32: 'i32_to_u32' } as const;

function memoryOf({ memories, taken }: Draft, name: string, type: Memory['type']): Memory {
  const known = memories.find((memory) => memory.name === name);
  if (known) return known;
  const memory: Memory = { name, type };
  taken.set(name, 1);
  memories.push(memory);
  return memory;
}

function writeLoop(
  draft: Draft,
  hint: string,
  [from, to]: readonly [Operand, Operand],
  write: (index: Expression) => void,
  { step = 1, parallel: asked = false }: LoopOptions = {},
): void {
  const parallel = asked && !draft.enclosed;
  const [first, end] = [constantOf(from), constantOf(to)];
  if (first !== undefined && end !== undefined) {
    if (first >= end) return;
    if (first + step >= end && !(parallel && draft.keepParallel)) return write(i32(first));
  }
  const variable = fresh(draft, hint, 'i32');
  const outside = draft.enclosed;
  draft.enclosed ||= parallel && draft.outermostOnly;
  const body = inside(draft, () => write(reference(variable)));
  draft.enclosed = outside;
  const mode = parallel ? 'parallel' : 'serial';
  draft.block.push({ kind: 'for', variable, from: asExpression(from), to: asExpression(to), step, mode, body });
}

function fresh({ taken }: Draft, hint: string, type: Type): Variable {
  const count = taken.get(hint) ?? 0;
  taken.set(hint, count + 1);
  return { name: count === 0 ? hint : `${hint}_${count}`, type };
}

function declare(draft: Draft, hint: string, value: Expression, mutable: boolean): Variable {
  const variable = fresh(draft, hint, value.type);
  draft.block.push({ kind: 'let', variable, value, mutable });
  if (mutable) draft.cells.add(variable);
  return variable;
}

/** What `action` writes, as a block of its own. */
function inside(draft: Draft, action: () => void): readonly Statement[] {
  const outer = draft.block;
  const inner: Statement[] = [];
  draft.block = inner;
  action();
  draft.block = outer;
  return inner;
}

/** An index a constant away from a variable that keeps its value: loads and stores add it by themselves. */
function isNextTo({ cells }: Draft, value: Expression): boolean {
  if (value.kind !== 'binary' || (value.operation !== 'add' && value.operation !== 'sub')) return false;
  const { left, right, type } = value;
  return type === 'i32' && left.kind === 'variable' && right.kind === 'constant' && !cells.has(left.variable);
}
