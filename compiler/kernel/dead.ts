// Leaves out variables of a kernel that nobody reads.

import type { Kernel, Statement, Variable } from './ir.ts';
import { variablesRead } from './walk.ts';

/** The same kernel without them; values have no effects, so that nothing else changes. */
export function withoutDeadVariables(kernel: Kernel): Kernel {
  let { body } = kernel;
  for (;;) {
    const read = variablesRead(body);
    const kept = keep(body, read);
    if (kept === body) return { ...kernel, body };
    body = kept;
  }
}

/** The same list where nothing was left out. */
function keep(statements: readonly Statement[], read: ReadonlySet<Variable>): readonly Statement[] {
  let changed = false;
  const result = statements.flatMap((statement): readonly Statement[] => {
    switch (statement.kind) {
      case 'let':
      case 'set':
        if (read.has(statement.variable)) return [statement];
        changed = true;
        return [];
      case 'for': {
        const body = keep(statement.body, read);
        changed ||= body !== statement.body;
        return [body === statement.body ? statement : { ...statement, body }];
      }
      case 'if': {
        const [then, otherwise] = [keep(statement.then, read), keep(statement.otherwise, read)];
        const isSame = then === statement.then && otherwise === statement.otherwise;
        changed ||= !isSame;
        return [isSame ? statement : { ...statement, then, otherwise }];
      }
      default:
        return [statement];
    }
  });
  return changed ? result : statements;
}
