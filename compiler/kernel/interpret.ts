// The meaning of kernel IR: executes a kernel on typed arrays. Slow and plain; every index is checked.

import { holds, keep, number, vector } from './evaluate.ts';
import { toBf16 } from './interpret-numbers.ts';
import type { Kernel, Statement } from './ir.ts';
import { accessTo, cellOf } from './machine.ts';
import type { Binding, Machine } from './machine.ts';
import { isVector } from './walk.ts';

export type { Binding } from './machine.ts';

/** `memories` by name, `parameters` in the kernel's order (i32). Throws RangeError on an access out of bounds. */
export function interpretKernel(
  kernel: Kernel,
  memories: ReadonlyMap<string, Binding>,
  parameters: readonly number[],
): void {
  const machine: Machine = { name: kernel.name, memories, cells: new Map() };
  kernel.parameters.forEach((variable, at) => {
    const given = parameters[at]!;
    Object.assign(cellOf(machine, variable), { isSet: true, number: given });
  });
  block(machine, kernel.body)();
}

type Step = () => void;

function block(machine: Machine, statements: readonly Statement[]): Step {
  const steps = statements
    .filter(({ kind }) => kind !== 'barrier' && kind !== 'comment')
    .map((statement) => stepOf(machine, statement));
  if (steps.length === 1) return steps[0]!;
  return () => {
    for (let at = 0; at < steps.length; at += 1) steps[at]!();
  };
}

function stepOf(machine: Machine, statement: Statement): Step {
  switch (statement.kind) {
    case 'let':
    case 'set':
      return keep(machine, statement.variable, statement.value);
    case 'store':
      return store(machine, statement);
    case 'for': {
      const [from, to] = [number(machine, statement.from), number(machine, statement.to)];
      const cell = cellOf(machine, statement.variable);
      const body = block(machine, statement.body);
      return () => {
        const end = to();
        cell.isSet = true;
        for (let at = from(); at < end; at += statement.step) {
          cell.number = at;
          body();
        }
      };
    }
    case 'if': {
      const condition = holds(machine, statement.condition);
      const [then, otherwise] = [block(machine, statement.then), block(machine, statement.otherwise)];
      return () => (condition() ? then() : otherwise());
    }
    case 'prefetch': {
      const index = number(machine, statement.index);
      const access = accessTo(machine, statement.memory, 1);
      return () => void access(index());
    }
    case 'barrier':
    case 'comment':
      return () => {};
    default:
      return statement satisfies never;
  }
}

function store(machine: Machine, { index, memory, lanes, value }: Extract<Statement, { kind: 'store' }>): Step {
  const start = number(machine, index);
  const access = accessTo(machine, memory, lanes);
  if (isVector(value.type)) {
    const stored = vector(machine, value);
    return () => {
      const at = start();
      const from = stored();
      const array = access(at);
      for (let lane = 0; lane < lanes; lane += 1) array[at + lane] = from[lane]!;
    };
  }
  const stored = number(machine, value);
  const isHalf = memory.type === 'bf16';
  return () => {
    const at = start();
    const single = stored();
    access(at)[at] = isHalf ? toBf16(single) : single;
  };
}
