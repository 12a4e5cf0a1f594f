// A step in the words of another framework → the step that means the same here, or the reason why there is none.

import type { Argument, CallStep } from '../../../../grammar/ast.ts';
import { textOf } from '../../../../grammar/source.ts';
import type { Operator, OperatorTable } from '../../../ir/operator.ts';
import { formatAttribute } from '../../values/written.ts';
import type { ForeignArgument } from '../../../ir/foreign.ts';
import type { NamedLayer } from './tables.ts';
import { isNone, isValue, ourDefault, ourValue, sameText, wordOf } from './values.ts';

/** How one framework would understand the step. */
export interface Reading {
  readonly of: NamedLayer;
  /** The layer with the names of what it is given: `Conv2d(in_channels, out_channels, kernel_size)`. */
  readonly signature: string;
  /** Our step with the same meaning; absent where there is none, or none that is certain. */
  readonly text?: string;
  /** Why there is none. */
  readonly reason?: string;
  /** Arguments that say what is known here. */
  readonly known: readonly string[];
  /** Whether some arguments have our names. */
  readonly mixed: boolean;
}

/** Undefined where the arguments are not those of the layer: the step cannot be meant so. */
export function read(
  step: CallStep,
  of: NamedLayer,
  operators: OperatorTable,
  isFlowing: (argument: Argument) => boolean,
): Reading | undefined {
  const given = step.arguments ?? [];
  const operator = operators.get(of.layer.operator)!;
  const bound = bind(given, of, operator);
  if (!bound) return undefined;
  const written = of.layer.arguments ? [...bound].filter(([, argument]) => argument).map(([name]) => name) : [];
  const signature = written.length > 0 ? `${of.name}(${written.join(', ')})` : of.name;
  const known: string[] = [];
  const theirs = of.layer.arguments;
  const mixed = given.some(({ name }) => name && theirs && !Object.hasOwn(theirs, name.name));
  const fail = (reason: string): Reading => ({ of, signature, reason, known, mixed });
  if (of.layer.differs !== undefined || !of.layer.arguments) return fail(of.layer.differs ?? '');
  const ours = new Map<string, string>();
  let next = '';
  for (const [name, argument] of bound) {
    const rule = ruleOf(of, operator, name)!;
    if (argument && isFlowing(argument)) return fail('what flows is not an argument of a step');
    if (argument && isNone(argument.value)) continue;
    if (rule.kind === 'known') {
      if (argument) known.push(argument.name ? textOf(argument.span) : `${textOf(argument.span)} (${name})`);
    } else if (rule.kind === 'only') {
      if (argument && !isValue(argument.value, rule.value))
        return fail(`\`${textOf(argument.span)}\` has no counterpart${rule.otherwise ? `: ${rule.otherwise}` : ''}`);
    } else if (rule.kind === 'activation') {
      const word = argument && (wordOf(argument.value) ?? '').toLowerCase();
      if (word === undefined || word === 'linear') continue;
      const activation = activationOf(word);
      if (activation === undefined)
        return fail(`the activation \`${textOf(argument!.value.span)}\` has no certain counterpart`);
      next += ` -> ${activation}`;
    } else if (rule.kind === 'ours') {
      const spec = operator.attributes[rule.name]!;
      if (argument) {
        const value = ourValue(argument.value, spec, rule.form);
        if (value === undefined)
          return fail(
            `\`${textOf(argument.span)}\` has no certain counterpart${rule.otherwise ? `: ${rule.otherwise}` : ''}`,
          );
        ours.set(rule.name, value);
      } else if (rule.default !== undefined && !ours.has(rule.name)) {
        const value = ourDefault(rule.default, rule.form);
        if (value !== undefined && !isDefault(operator, rule.name, value)) ours.set(rule.name, value);
      }
    }
  }
  for (const [name, value] of Object.entries(of.layer.also ?? {})) ours.set(name, value);
  if (of.layer.then) next += ` -> ${of.layer.then}`;
  return { of, signature, text: callText(operator, ours) + next, known, mixed };
}

/** Keras' words for activations that mean the same in all its versions. */
export function activationOf(word: string): string | undefined {
  if (word === 'swish') return 'silu';
  if (word === 'exponential') return 'exp';
  return sameWords.has(word) ? word : undefined;
}

const sameWords: ReadonlySet<string> = new Set([
  ...['relu', 'relu6', 'elu', 'selu', 'gelu', 'silu', 'mish'],
  ...['sigmoid', 'tanh', 'softmax', 'softplus', 'softsign'],
]);

/** `conv(6, kernel: 5)`: the first argument by position where it must be given, all others by name. */
export function callText(operator: Operator, values: ReadonlyMap<string, string>): string {
  const [first] = Object.keys(operator.attributes);
  const ordered = Object.keys(operator.attributes).filter((name) => values.has(name));
  const texts = ordered.map((name) =>
    name === first && operator.attributes[name]!.default === undefined
      ? values.get(name)!
      : `${name}: ${values.get(name)}`,
  );
  return texts.length === 0 ? operator.name : `${operator.name}(${texts.join(', ')})`;
}

/** Every argument of the layer with what is given for it; undefined where that does not fit. Our own names may be used too. */
function bind(
  given: readonly Argument[],
  of: NamedLayer,
  operator: Operator,
): ReadonlyMap<string, Argument | undefined> | undefined {
  const { arguments: rules, positional } = of.layer;
  const bound = new Map<string, Argument | undefined>();
  if (!rules) {
    for (const [index, argument] of given.entries()) bound.set(argument.name?.name ?? `${index + 1}`, argument);
    return bound;
  }
  const names = Object.keys(rules).slice(0, positional);
  const targets = new Set<string>();
  let next = 0;
  for (const argument of given) {
    const name = argument.name?.name ?? names[next];
    if (!argument.name) next += 1;
    const rule = name === undefined ? undefined : ruleOf(of, operator, name);
    if (name === undefined || !rule || bound.has(name)) return undefined;
    if (rule.kind === 'ours') {
      if (targets.has(rule.name)) return undefined;
      targets.add(rule.name);
    }
    bound.set(name, argument);
  }
  for (const [name, rule] of Object.entries(rules)) {
    if (bound.has(name)) continue;
    const filled = rule.kind === 'ours' && targets.has(rule.name);
    if (rule.kind === 'ours' && rule.default === undefined && !filled) return undefined;
    if (!filled) bound.set(name, undefined);
  }
  return bound;
}

function ruleOf({ layer }: NamedLayer, operator: Operator, name: string): ForeignArgument | undefined {
  if (layer.arguments && Object.hasOwn(layer.arguments, name)) return layer.arguments[name];
  return Object.hasOwn(operator.attributes, name) ? { kind: 'ours', name } : undefined;
}

function isDefault(operator: Operator, name: string, value: string): boolean {
  const spec = operator.attributes[name]!;
  return spec.default !== undefined && spec.default !== null && sameText(formatAttribute(spec.default), value);
}
