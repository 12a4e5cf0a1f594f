// Loops of a pass that the engine is asked to optimise while weights are packed, so that the first pass does not run in code that was
// compiled in a hurry. V8 optimises a function, in a thread of its own, once it has run through some megabytes of that function's code
// ("dynamic tiering", its flag `wasm_tiering_budget`). Bodies of loops that do nothing when their variable is negative reach their end
// at once, and a call counts as all of their code. Elsewhere the calls are some hundred thousand that return at once.

import type { Expression, Kernel, Statement, Variable } from '../../kernel/ir.ts';
import type { WasmFunction } from './assembler.ts';
import type { Instruction, Operation } from './instructions.ts';
import { instruction } from './instructions.ts';

/** Bodies that run fewer statements in a pass are left to the engine: optimising them takes as long as it saves. */
const fewestStatements = 300_000;

/** The variables of parallel loops that run many statements, for each image. */
export function heavyLoops({ body }: Kernel): ReadonlySet<Variable> {
  const heavy = new Set<Variable>();
  const lets = new Map<Variable, Expression>();
  /** Statements of the list that run, which itself runs so many times. Of a choice the shorter branch counts: the other one is rare. */
  const run = (list: readonly Statement[], times: number): number =>
    list.reduce((total, statement) => {
      if (statement.kind === 'let') lets.set(statement.variable, statement.value);
      if (statement.kind === 'if') return total + Math.min(run(statement.then, times), run(statement.otherwise, times));
      if (statement.kind !== 'for') return total + 1;
      const { variable, mode } = statement;
      const iterations = iterationsOf(statement, lets);
      const inside = iterations * run(statement.body, times * iterations);
      if (mode === 'parallel' && times * inside >= fewestStatements) heavy.add(variable);
      return total + inside;
    }, 0);
  run(body, 1);
  return heavy;
}

/** At most; loops whose length only a call knows count once. */
function iterationsOf(
  { from, to, step }: Extract<Statement, { kind: 'for' }>,
  lets: ReadonlyMap<Variable, Expression>,
): number {
  const end = mostOf(to, lets);
  if (end === undefined) return 1;
  return Math.max(0, Math.ceil((end - (from.kind === 'constant' ? from.value : 0)) / step));
}

/** What an i32 is at most, if its terms are not negative; undefined where that is not known. */
function mostOf(expression: Expression, lets: ReadonlyMap<Variable, Expression>): number | undefined {
  if (expression.kind === 'constant') return expression.value;
  if (expression.kind === 'variable') {
    const value = lets.get(expression.variable);
    return value && mostOf(value, lets);
  }
  if (expression.kind !== 'binary') return undefined;
  const { operation, right } = expression;
  const bounds = [expression.left, right].map((side) => mostOf(side, lets));
  const [most] = bounds;
  switch (operation) {
    case 'min': {
      const known = bounds.filter((bound) => bound !== undefined);
      return known.length === 0 ? undefined : Math.min(...known);
    }
    case 'sub':
      return most === undefined || right.kind !== 'constant' ? most : most - right.value;
    default:
      return undefined;
  }
}

/** A body that does nothing where its first local is negative, and then runs through to its end. */
export const idleBody = (body: readonly Instruction[]): readonly Instruction[] => [
  instruction('block'),
  instruction('local.get', 0),
  instruction('i32.const', 0),
  instruction('i32.lt_s'),
  instruction('br_if', 0),
  ...body,
  instruction('end'),
];

/** V8 14.6 optimises a function that has run through so many bytes of its code, of which an instruction has five on average, and no fewer than four. */
const budget = 13_000_000;
const bytesOfInstruction = 4;

/** Bytes of a body as V8 translates it in a hurry, at least. Of what other hosts need in place of a fused product it makes nothing. */
const codeBytes = (body: readonly Instruction[]): number =>
  bytesOfInstruction * body.filter(({ operation }) => operation !== 'nop').length;

/** `ahead0`, `ahead1`, …: each calls one of the functions that can idle until it has run through so much. `first` is the index of the first. */
export function functionsAhead(functions: readonly WasmFunction[], first: number): readonly WasmFunction[] {
  const idle = functions.flatMap((one, at) => (one.idles ? [{ one, index: first + at }] : []));
  return idle.map(({ one: { parameters, body }, index }, at) => ({
    name: `ahead${at}`,
    parameters: [],
    results: [],
    locals: ['i32'],
    exported: true,
    body: [
      instruction('i32.const', Math.ceil(budget / codeBytes(body))),
      instruction('local.set', 0),
      instruction('loop'),
      instruction('i32.const', -1),
      ...parameters.slice(1).map((type) => instruction(nothing[type], 0)),
      instruction('call', index),
      instruction('local.get', 0),
      instruction('i32.const', 1),
      instruction('i32.sub'),
      instruction('local.tee', 0),
      instruction('br_if', 0),
      instruction('end'),
    ],
  }));
}

const nothing = {
  i32: 'i32.const',
  f32: 'f32.const',
  f64: 'f64.const',
  v128: 'v128.const',
} as const satisfies Record<string, Operation>;
