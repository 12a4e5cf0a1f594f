// What a pass does, from which a module chooses its number of threads.

import type { PassWork } from '../../../runtime/abi.ts';
import type { Statement } from '../../kernel/ir.ts';
import type { Program } from '../../program/program.ts';
import { bytesWritten } from '../../program/program.ts';

/** Of a program that `lower` made; one that was made in another way has 0 MACs. */
export function workOf(program: Program): PassWork {
  const inner = new Map(program.kernels.map(({ name, body }) => [name, barriersIn(body)]));
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  return {
    macs: Math.round(program.macs ?? 0),
    bytes: sum(program.run.map((call) => bytesWritten(call, program))),
    barriers: sum(program.run.map(({ kernel }) => 1 + inner.get(kernel)!)),
  };
}

/** How often a kernel waits on its way; loops whose length only a call knows count once. */
function barriersIn(statements: readonly Statement[]): number {
  return statements.reduce((count, statement) => {
    switch (statement.kind) {
      case 'barrier':
        return count + 1;
      case 'if':
        return count + Math.max(barriersIn(statement.then), barriersIn(statement.otherwise));
      case 'for': {
        const { from, to, step, body } = statement;
        const isKnown = from.kind === 'constant' && to.kind === 'constant';
        return count + barriersIn(body) * (isKnown ? Math.max(0, Math.ceil((to.value - from.value) / step)) : 1);
      }
      default:
        return count;
    }
  }, 0);
}
