// What the arguments of a step are: values that flow, words, numbers that a join takes, steps for parameters of type `block`, and
// what is known when compiling.

import type { Argument, BlockDefinition, Chain, NetworkDefinition } from '../../../grammar/ast.ts';
import type { Operator, OperatorTable } from '../../ir/operator.ts';
import { operatorCallable } from '../values/arguments.ts';
import { isStep, isValueArgument, valueChain } from '../values/calls.ts';
import { wordsOf } from '../values/written.ts';
import { joinsNumbers } from '../values/numbers.ts';
import { lookup } from './scope.ts';
import type { Scope } from './scope.ts';

/** An argument, and what it is. */
export type Classified = { readonly argument: Argument } & (
  | { readonly kind: 'value'; readonly chain: Chain }
  /** A word such as `same`. */
  | { readonly kind: 'word' }
  /** What a join adds to the value, or multiplies it with. */
  | { readonly kind: 'number' }
  /** For a parameter of type `block`. */
  | { readonly kind: 'block' }
  /** `words` may stand there, too; `known` is false where there is no such attribute or parameter. */
  | { readonly kind: 'attribute'; readonly words: readonly string[]; readonly known: boolean }
);

/** What its names stand for decides what an argument is. */
export type ScopeOf = (argument: Argument) => Scope;

/** Of an operator. Values flow, whatever stands before them; other arguments without a name count. */
export function classifyForOperator(
  operator: Operator,
  given: readonly Argument[],
  scopeOf: ScopeOf,
  operators: OperatorTable,
): readonly Classified[] {
  const { slots } = operatorCallable(operator);
  let position = 0;
  return given.map((argument): Classified => {
    const { name, value } = argument;
    const slot = name?.name ?? slots[position]?.name;
    const spec = slot !== undefined && Object.hasOwn(operator.attributes, slot) ? operator.attributes[slot] : undefined;
    const words = spec ? wordsOf(spec) : [];
    const isWord = value.kind === 'name' && words.includes(value.name);
    if (!isWord && !name && isValueArgument(value, scopeOf(argument), operators))
      return { argument, kind: 'value', chain: valueChain(value) };
    if (slot === undefined && joinsNumbers(operator.name)) return { argument, kind: 'number' };
    if (!name) position += 1;
    return isWord ? { argument, kind: 'word' } : { argument, kind: 'attribute', words, known: spec !== undefined };
  });
}

/** Of a block or network: a step stands for a block where the parameter is one. */
export function classifyForBlock(
  { parameters }: BlockDefinition | NetworkDefinition,
  given: readonly Argument[],
  scopeOf: ScopeOf,
  operators: OperatorTable,
): readonly Classified[] {
  let position = 0;
  return given.map((argument): Classified => {
    const { name, value } = argument;
    const parameter = name ? parameters.find((one) => one.name.name === name.name) : parameters[position];
    const scope = scopeOf(argument);
    const isBlock = parameter?.type.kind === 'named' && parameter.type.name === 'block';
    if (!name && isValueArgument(value, scope, operators) && !(isBlock && isStep(value, scope, operators)))
      return { argument, kind: 'value', chain: valueChain(value) };
    if (!name) position += 1;
    return isBlock ? { argument, kind: 'block' } : { argument, kind: 'attribute', words: [], known: !!parameter };
  });
}

/** The values among the arguments, and all others but numbers of joins. */
export function parted(classified: readonly Classified[]): {
  readonly values: readonly ValueArgument[];
  readonly numbers: readonly Argument[];
  readonly others: readonly Argument[];
} {
  const values: ValueArgument[] = [];
  const numbers: Argument[] = [];
  const others: Argument[] = [];
  for (const one of classified) {
    if (one.kind === 'value') values.push(one);
    else if (one.kind === 'number') numbers.push(one.argument);
    else others.push(one.argument);
  }
  return { values, numbers, others };
}

/** Whether an argument is a name that means nothing, as which it is reported: a value may be meant, so that values are not counted. */
export function lacksValue(given: readonly Classified[], scopeOf: ScopeOf): boolean {
  return given.some(({ kind, argument }) => {
    const { name, value } = argument;
    return kind !== 'word' && !name && value.kind === 'name' && !lookup(scopeOf(argument), value.name);
  });
}

/** An argument that is a value which flows, as the chain that it stands for. */
export interface ValueArgument {
  readonly argument: Argument;
  readonly chain: Chain;
}
