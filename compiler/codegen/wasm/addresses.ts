// Which i32 variables of a kernel hold byte addresses instead of element indices: those that are used in indices only, so that
// no load needs a shift. Strength reduction (F. Allen, J. Cocke and K. Kennedy, "Reduction of Operator Strength", 1981).

import { elementBytes as tensorBytes } from '../../ir/tensor-type.ts';
import type { Expression, Kernel, Memory, Statement, Variable } from '../../kernel/ir.ts';
import { blocksOf, childrenOf, expressionsOf } from '../../kernel/walk.ts';

/** Bytes of an element of a memory. */
export const elementBytes: Readonly<Record<Memory['type'], number>> = { ...tensorBytes, f64: 8, u16: 2 };

/** Variable → bytes per element by which its value is multiplied; 1 for variables that keep theirs. */
export type Scales = (variable: Variable) => number;

/** A use of a variable where a scaled value would do: in an index, or in what defines another variable. */
interface Use {
  readonly variable: Variable;
  readonly of: number | Variable;
}

/** `whole`: the kernel before its loops were shared among threads, in which the limits of loops are still constants. */
export function scalesOf(kernel: Kernel, whole: Kernel = kernel): Scales {
  const uses: Use[] = [];
  const fixed = new Set<Variable>(farLoops(whole.body));
  collect(kernel, uses, fixed);
  const scales = new Map<Variable, number>([...fixed].map((variable) => [variable, 1]));
  const settle = (): void => {
    for (let changed = true; changed;) {
      changed = false;
      for (const { variable, of } of uses) {
        const wanted = typeof of === 'number' ? of : scales.get(of);
        const known = scales.get(variable);
        if (wanted === undefined || known === 1 || known === wanted) continue;
        scales.set(variable, known === undefined ? wanted : 1);
        changed = true;
      }
    }
  };
  settle();
  // Variables that nobody reads keep their value, and so does what defines them.
  for (const { of } of uses) if (typeof of !== 'number' && !scales.has(of)) scales.set(of, 1);
  settle();
  return (variable) => scales.get(variable) ?? 1;
}

/**
 * Addresses go up to 2^32 and may wrap around in sums, but comparisons are signed. So what is compared with very many elements
 * counts elements, not bytes. The limit, 1 GiB of f32, leaves room for the last step of a loop.
 */
export const isFar = (expression: Expression): boolean => expression.kind === 'constant' && expression.value >= 2 ** 28;

/** The variables of loops that go so far. */
function farLoops(statements: readonly Statement[]): readonly Variable[] {
  return statements.flatMap((statement) => {
    if (statement.kind === 'if') return farLoops([...statement.then, ...statement.otherwise]);
    if (statement.kind !== 'for') return [];
    return [...(isFar(statement.to) ? [statement.variable] : []), ...farLoops(statement.body)];
  });
}

function collect({ body }: Kernel, uses: Use[], fixed: Set<Variable>): void {
  /** `of`: what the value is for; undefined where it must be the number itself. */
  const visit = (expression: Expression, of: number | Variable | undefined): void => {
    if (expression.kind === 'variable') {
      if (of === undefined) fixed.add(expression.variable);
      else uses.push({ variable: expression.variable, of });
      return;
    }
    // The kinds of which there are most, without a list of their children.
    switch (expression.kind) {
      case 'constant':
        return;
      case 'load':
        return visit(expression.index, purposeOf(expression, -1, of));
      case 'binary':
        visit(expression.left, purposeOf(expression, -2, of));
        return visit(expression.right, purposeOf(expression, -1, of));
      default: {
        const children = childrenOf(expression);
        children.forEach((child, at) => visit(child, purposeOf(expression, at - children.length, of)));
      }
    }
  };
  const statements = (list: readonly Statement[]): void => {
    for (const statement of list) {
      expressionsOf(statement).forEach((expression, at) => visit(expression, statementPurpose(statement, at)));
      blocksOf(statement).forEach(statements);
    }
  };
  statements(body);
}

/**
 * What the value of the child at `place` (counted from behind: −1 is the last) is for, where its parent's is for `of`: scaling
 * passes through sums, extremes and choices.
 */
function purposeOf(parent: Expression, place: number, of: number | Variable | undefined): Use['of'] | undefined {
  switch (parent.kind) {
    case 'load':
    case 'broadcast-bytes':
      return elementBytes[parent.memory.type];
    case 'binary': {
      const { operation, left, right } = parent;
      if (operation === 'add' || operation === 'sub') return of;
      if (operation === 'min' || operation === 'max') return isFar(left) || isFar(right) ? undefined : of;
      return operation === 'mul' && right.kind === 'constant' && place === -2 ? of : undefined;
    }
    case 'select':
      return place >= -2 ? of : undefined;
    default:
      return undefined;
  }
}

/** What the expression at `place` of a statement is for. */
function statementPurpose(statement: Statement, place: number): Use['of'] | undefined {
  switch (statement.kind) {
    case 'let':
    case 'set':
      return statement.variable.type === 'i32' ? statement.variable : undefined;
    case 'store':
    case 'prefetch':
      return place === 0 ? elementBytes[statement.memory.type] : undefined;
    case 'for':
      return statement.variable;
    default:
      return undefined;
  }
}
