// Calls of a function on several vectors, written out operation by operation: an operation of all of them, then the next one. In one chain
// every operation waits for the one before it, and a core does not look far enough ahead to find the next chain by itself.

import type { Expression, Kernel, KernelFunction, Statement, Type, Variable } from './ir.ts';
import { childrenOf, isVector, variablesIn, withChildren } from './walk.ts';

type Let = Extract<Statement, { kind: 'let' }>;
type Call = Extract<Expression, { kind: 'call' }>;

/** Vectors whose functions are computed together: of more, registers do not hold what is needed later. */
export const vectorsTogether = 4;

/** The same kernel, in which every value is computed by the same operations; only the order of those that do not depend on each other changes. */
export function inLockstep(kernel: Kernel): Kernel {
  let count = 0;
  const fresh: Fresh = (type) => ({ name: `of_call_${(count += 1)}`, type });
  return { ...kernel, body: block(kernel.body, fresh) };
}

/** A variable that no other has the name of. */
type Fresh = (type: Type) => Variable;

function block(statements: readonly Statement[], fresh: Fresh): readonly Statement[] {
  const result: Statement[] = [];
  let values: Let[] = [];
  const flush = (): void => {
    result.push(
      ...grouped(
        values.flatMap((one) => callsApart(one, fresh)),
        fresh,
      ),
    );
    values = [];
  };
  for (const statement of statements) {
    if (statement.kind === 'let' && !statement.mutable) values.push(statement);
    else {
      flush();
      result.push(inside(statement, fresh));
    }
  }
  flush();
  return result;
}

function inside(statement: Statement, fresh: Fresh): Statement {
  if (statement.kind === 'for') return { ...statement, body: block(statement.body, fresh) };
  if (statement.kind !== 'if') return statement;
  return { ...statement, then: block(statement.then, fresh), otherwise: block(statement.otherwise, fresh) };
}

const declared = (variable: Variable, value: Expression): Let => ({ kind: 'let', variable, value, mutable: false });
const read = (variable: Variable): Expression => ({ kind: 'variable', type: variable.type, variable });
const isPlain = ({ kind }: Expression): boolean => kind === 'variable' || kind === 'constant';

/** The value, and before it variables for the calls in it, of which only the arguments are left. */
function callsApart(statement: Let, fresh: Fresh): readonly Let[] {
  const calls: Let[] = [];
  const named = (value: Expression): Expression => {
    const variable = fresh(value.type);
    calls.push(declared(variable, value));
    return read(variable);
  };
  const apart = (value: Expression, isWhole: boolean): Expression => {
    const children = childrenOf(value);
    const changed = withChildren(
      value,
      children.map((child) => apart(child, false)),
    );
    if (changed.kind !== 'call' || !isVector(changed.type)) return changed;
    const call = isPlain(changed.argument) ? changed : { ...changed, argument: named(changed.argument) };
    return isWhole ? call : named(call);
  };
  const value = apart(statement.value, true);
  return [...calls, { ...statement, value }];
}

/** Values of which none is written before the others, so that they can be computed in any order in which each has its operands. */
function grouped(values: readonly Let[], fresh: Fresh): readonly Let[] {
  const result: Let[] = [];
  for (let rest = values; rest.length > 0;) {
    const { before, calls, after } = nextCalls(rest);
    result.push(...before);
    if (calls.length > 1) result.push(...grouped(together(calls, fresh), fresh));
    else result.push(...calls);
    rest = after;
  }
  return result;
}

interface Parts {
  readonly before: readonly Let[];
  /** Of one function, none of which takes what depends on another. */
  readonly calls: readonly Let[];
  readonly after: readonly Let[];
}

/** The first call, with others that can be made at the same time, and what they need. */
function nextCalls(values: readonly Let[]): Parts {
  const start = values.findIndex(({ value }) => value.kind === 'call' && isVector(value.type));
  if (start < 0) return { before: values, calls: [], after: [] };
  const first = values[start]!;
  const before = values.slice(0, start);
  const calls = [first];
  const after: Let[] = [];
  let free: Let[] = [];
  const later = new Set([first.variable]);
  for (const [at, one] of values.slice(start + 1).entries()) {
    if (calls.length === vectorsTogether)
      return { before, calls, after: [...free, ...after, ...values.slice(start + 1 + at)] };
    const waits = [...variablesIn(one.value)].some((variable) => later.has(variable));
    if (!waits && one.value.kind !== 'call') {
      free.push(one);
      continue;
    }
    later.add(one.variable);
    if (waits || (one.value as Call).function !== (first.value as Call).function) after.push(one);
    else {
      before.push(...free);
      free = [];
      calls.push(one);
    }
  }
  return { before, calls, after: [...free, ...after] };
}

/** The operations of the function, each of all calls; constants are read once. */
function together(calls: readonly Let[], fresh: Fresh): readonly Let[] {
  const { function: called } = calls[0]!.value as Call;
  const steps = operationsOf(called);
  const known = calls.map(({ value }) => new Map([[called.parameter, (value as Call).argument]]));
  const result: Let[] = [];
  for (const [at, step] of steps.entries()) {
    const constants = new Map<Expression, Expression>();
    const constant = (value: Expression): Expression => {
      const variable = fresh(value.type);
      result.push(declared(variable, value));
      return read(variable);
    };
    const children = childrenOf(step.value);
    for (const child of children) if (child.kind === 'constant') constants.set(child, constant(child));
    for (const [i, { variable: final }] of calls.entries()) {
      const names = known[i]!;
      const operands = children.map((one) =>
        one.kind === 'variable' ? names.get(one.variable)! : constants.get(one)!,
      );
      const variable = at === steps.length - 1 ? final : fresh(step.variable.type);
      result.push(declared(variable, withChildren(step.value, operands)));
      names.set(step.variable, read(variable));
    }
  }
  return result;
}

/** What a function computes, one operation on variables and constants after the other; the last one gives the result. */
function operationsOf({ body, result }: KernelFunction): readonly Let[] {
  const operations: Let[] = [];
  const operation = (value: Expression): Expression => withChildren(value, childrenOf(value).map(plain));
  const plain = (value: Expression): Expression => {
    if (isPlain(value)) return value;
    const variable: Variable = { name: 't', type: value.type };
    operations.push(declared(variable, operation(value)));
    return read(variable);
  };
  for (const { variable, value } of body as readonly Let[]) operations.push(declared(variable, operation(value)));
  operations.push(declared({ name: 'result', type: result.type }, operation(result)));
  return operations;
}
