// A step as text: its name, the values beside the one that flows, and the attributes that are not what they are anyway.

import type { OperatorTable } from '../../compiler/ir/operator.ts';
import { operatorOf } from '../../compiler/ir/signature.ts';
import type { IsDefault } from './encode.ts';
import type { StepItem, Variable } from './tree.ts';
import { valueText } from './values-text.ts';

interface Printing {
  readonly operators: OperatorTable;
  readonly isDefault: IsDefault;
  readonly variables: ReadonlyMap<Variable, string>;
}

/** Operators that the language writes as a join with a number, and which attribute that is. */
const joins: ReadonlyMap<string, readonly [join: string, attribute: string]> = new Map([
  ['times', ['mul', 'factor']],
  ['plus', ['add', 'number']],
  ['divided_by', ['div', 'number']],
]);

/** `conv(64, kernel: 3)`; `values` are the names of further values. */
export function stepText(printing: Printing, step: StepItem, values: readonly string[]): string {
  const nameOf = (variable: Variable): string => printing.variables.get(variable)!;
  const join = joins.get(step.op);
  // A 0 that was subtracted: no number of the language is −0.
  if (join?.[0] === 'add' && Object.is(step.numbers.get('number')!.value, -0)) return 'sub(0)';
  if (join) return `${join[0]}(${valueText(step.numbers.get(join[1])!, nameOf)})`;
  const [low, high] = [step.numbers.get('min'), step.numbers.get('max')];
  if (low && step.words.get('max') === 'Infinity') return `maximum(${valueText(low, nameOf)})`;
  if (high && step.words.get('min') === '-Infinity') return `minimum(${valueText(high, nameOf)})`;
  const { attributes } = operatorOf(printing.operators, step.op);
  const given = Object.entries(attributes).flatMap(([name, spec], at): string[] => {
    const slot = step.numbers.get(name);
    const word = step.words.get(name);
    const literal = step.literals.get(name);
    if (slot && !printing.isDefault(step, name, slot.value)) {
      const text = valueText(slot, nameOf);
      return [at === 0 && values.length === 0 ? text : `${name}: ${text}`];
    }
    if (literal !== undefined) return [`${name}: ${literal}`];
    if (word === undefined || word === spec.default) return [];
    const text = spec.type === 'string' ? JSON.stringify(word) : `${word}`;
    return [at === 0 && values.length === 0 ? text : `${name}: ${text}`];
  });
  const all = [...values, ...given];
  return all.length > 0 ? `${step.op}(${all.join(', ')})` : step.op;
}
