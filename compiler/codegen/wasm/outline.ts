// Which loop bodies become functions of their own.

import type { Statement } from '../../kernel/ir.ts';

/** Bodies of fewer statements stay where they are: a call takes as long as a few of them. */
const fewestStatements = 40;

/** Whether a loop's body becomes a function. */
export function isOutlined({ mode, body }: Extract<Statement, { kind: 'for' }>): boolean {
  return mode === 'parallel' && body.some(hasLoop) && countStatements(body) >= fewestStatements;
}

const childrenOf = (statement: Statement): readonly Statement[] => {
  if (statement.kind === 'for') return statement.body;
  return statement.kind === 'if' ? [...statement.then, ...statement.otherwise] : [];
};

const hasLoop = (statement: Statement): boolean => statement.kind === 'for' || childrenOf(statement).some(hasLoop);

const countStatements = (list: readonly Statement[]): number =>
  list.reduce((total, statement) => total + 1 + countStatements(childrenOf(statement)), 0);
