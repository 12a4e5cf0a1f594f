// Which i32 variables of a kernel hold byte addresses instead of element indices: those that are used in indices only, so that
// no load needs a shift. Strength reduction (F. Allen, J. Cocke and K. Kennedy, "Reduction of Operator Strength", 1981).

import type { Condition, Expression, Kernel, Memory, Statement, Variable } from '../../kernel/ir.ts';

export const elementBytes: Readonly<Record<Memory['type'], number>> = { f32: 4, f64: 8, bf16: 2 };

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
    switch (expression.kind) {
      case 'constant':
        break;
      case 'variable':
        if (of === undefined) fixed.add(expression.variable);
        else uses.push({ variable: expression.variable, of });
        break;
      case 'load':
        visit(expression.index, elementBytes[expression.memory.type]);
        break;
      case 'unary':
        visit(expression.operand, undefined);
        break;
      case 'binary': {
        const { operation, left, right } = expression;
        const compares = operation === 'min' || operation === 'max';
        const distributes = operation === 'add' || operation === 'sub' || (compares && !isFar(left) && !isFar(right));
        const isScaled = operation === 'mul' && right.kind === 'constant';
        visit(left, distributes || isScaled ? of : undefined);
        visit(right, distributes ? of : undefined);
        break;
      }
      case 'madd':
        for (const part of [expression.left, expression.right, expression.addend]) visit(part, undefined);
        break;
      case 'select':
        visitCondition(expression.condition);
        visit(expression.then, of);
        visit(expression.otherwise, of);
        break;
      case 'call':
        visit(expression.argument, undefined);
        break;
      default:
        expression satisfies never;
    }
  };
  const visitCondition = (condition: Condition): void => {
    if (condition.kind === 'and') {
      visitCondition(condition.left);
      visitCondition(condition.right);
      return;
    }
    visit(condition.left, undefined);
    visit(condition.right, undefined);
  };
  const statements = (list: readonly Statement[]): void => {
    for (const statement of list) {
      switch (statement.kind) {
        case 'let':
        case 'set':
          visit(statement.value, statement.variable.type === 'i32' ? statement.variable : undefined);
          break;
        case 'store':
          visit(statement.index, elementBytes[statement.memory.type]);
          visit(statement.value, undefined);
          break;
        case 'for':
          visit(statement.from, statement.variable);
          visit(statement.to, statement.variable);
          statements(statement.body);
          break;
        case 'if':
          visitCondition(statement.condition);
          statements(statement.then);
          statements(statement.otherwise);
          break;
        case 'barrier':
        case 'comment':
          break;
        default:
          statement satisfies never;
      }
    }
  };
  statements(body);
}
