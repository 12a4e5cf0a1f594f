// An argument that the operator does not have, in the words of other frameworks' layers that fit the operator.

import type { Argument, CallStep } from '../../../../grammar/ast.ts';
import type { Diagnostic, Fix } from '../../../../grammar/diagnostic.ts';
import { repair } from '../../../../grammar/diagnostic.ts';
import { textOf } from '../../../../grammar/source.ts';
import type { Span } from '../../../../grammar/source.ts';
import type { Operator } from '../../../ir/operator.ts';
import { removal, wordsOf } from '../../values/written.ts';
import { problem, replacement } from '../../report.ts';
import { activationOf } from './read.ts';
import { argumentsNamed } from './tables.ts';
import { isNone, isValue, ourValue, wordOf } from './values.ts';

export interface ForeignArgumentFixes {
  readonly fixes: readonly Fix[];
  readonly notes?: readonly string[];
}

/** Undefined where no framework has the word. */
export function foreignArgument(
  argument: Argument,
  given: readonly Argument[],
  operator: Operator,
  call: Span,
): ForeignArgumentFixes | undefined {
  const name = argument.name!.name;
  if (name === 'activation') return activationBehind(argument, given, call);
  const meanings = argumentsNamed(operator.name, name);
  if (meanings.length === 0) return undefined;
  const text = textOf(argument.span);
  const fixes = new Map<string, Fix>();
  for (const { of, argument: rule } of meanings) {
    const whose = `as in ${of.framework}'s ${of.name}`;
    if (rule.kind === 'only' && isValue(argument.value, rule.value))
      fixes.set('', { ...removal(given, given.indexOf(argument), given.indexOf(argument)), safe: true });
    else if (rule.kind === 'only')
      fixes.set('', { message: `\`${text}\` has no counterpart${rule.otherwise ? `: ${rule.otherwise}` : ' here'}` });
    else if (rule.kind === 'known') fixes.set('known', { message: `\`${name}\` follows from what flows in` });
    else if (rule.kind === 'silent')
      fixes.set('silent', { message: `\`${name}\` changes nothing that is computed here` });
    else if (rule.kind === 'ours') {
      const value = isNone(argument.value)
        ? undefined
        : ourValue(argument.value, operator.attributes[rule.name]!, rule.form);
      const ours = value === undefined ? `compare \`${rule.name}\`` : `${rule.name}: ${value}`;
      if (!fixes.has(ours))
        fixes.set(
          ours,
          value === undefined
            ? { message: `${ours}, ${whose}` }
            : replacement(argument.span, ours, `${ours}, ${whose}`),
        );
    }
  }
  const [only] = fixes.keys();
  const { edits, safe } = fixes.size === 1 ? fixes.get(only!)! : {};
  return { fixes: edits && !safe ? [repair(argument.span, only!, only!)] : [...fixes.values()] };
}

/** What is often written for an argument, where there is one of these names. */
export const informalArguments: Readonly<Record<string, string>> = {
  out: 'channels',
  filter: 'channels',
  depth: 'channels',
  k: 'kernel',
  size: 'kernel',
  window: 'kernel',
  step: 'stride',
  steps: 'stride',
  border: 'padding',
  units: 'features',
  neurons: 'features',
  nodes: 'features',
  rate: 'p',
  probability: 'p',
  eps: 'epsilon',
};

/** `pad(reflect: 4)`, which is `pad(4, mode: reflect)`. */
export function wordAsName(
  argument: Argument,
  word: string,
  operator: Operator,
  given: readonly Argument[],
): Fix | undefined {
  const [slot] = Object.entries(operator.attributes).find(([, spec]) => wordsOf(spec).includes(word)) ?? [];
  if (slot === undefined || word === 'same') return undefined;
  const value = textOf(argument.value.span);
  const alone = given.length === 1 && argument.value.kind !== 'boolean';
  const text = alone ? `${value}, ${slot}: ${word}` : `${slot}: ${word}`;
  return replacement(argument.span, text);
}

/** Where an operator works whose axis other frameworks choose: `softmax(1)`. */
export function notesOnOperator({ name }: Operator): { readonly notes?: readonly string[] } {
  const rule = [...argumentsNamed(name, 'dim'), ...argumentsNamed(name, 'axis')][0]?.argument;
  return rule?.kind === 'only' && rule.otherwise !== undefined ? { notes: [rule.otherwise] } : {};
}

/** `activation: relu` is a step of its own here. */
function activationBehind(argument: Argument, given: readonly Argument[], call: Span): ForeignArgumentFixes {
  const word = (wordOf(argument.value) ?? '').toLowerCase();
  const at = given.indexOf(argument);
  if (word === 'linear' || isNone(argument.value)) return { fixes: [{ ...removal(given, at, at), safe: true }] };
  const activation = activationOf(word);
  if (activation === undefined) return { fixes: [{ message: 'an activation is a step of its own, behind this one' }] };
  const text = ` -> ${activation}`;
  return {
    fixes: [
      {
        message: `an activation is a step of its own:${text}`,
        edits: [...removal(given, at, at).edits!, { span: { ...call, start: call.end }, text }],
        safe: true,
      },
    ],
  };
}

/**
 * `conv(8, 3, padding="same", activation="relu")`: habits of another framework in one call are one mistake, where it is
 * certain what each of them means. Undefined where it is not, or where there is one habit only.
 */
export function foreignArguments(step: CallStep, operator: Operator): Diagnostic | undefined {
  const given = step.arguments ?? [];
  const slots = Object.keys(operator.attributes);
  const habits = new Set<string>();
  let behind = '';
  const texts: string[] = [];
  for (const [at, argument] of given.entries()) {
    const { name, value } = argument;
    const { text } = value.span.source;
    if (name && text.slice(name.span.end, value.span.start).includes('=')) habits.add('=');
    const slot = name?.name ?? slots[at];
    if (slot === undefined) return undefined;
    if (Object.hasOwn(operator.attributes, slot)) {
      const isWord = value.kind === 'string' && wordsOf(operator.attributes[slot]!).includes(value.value);
      if (isWord) habits.add(slot);
      const ours = isWord ? value.value : textOf(value.span);
      texts.push(name ? `${slot}: ${ours}` : ours);
      continue;
    }
    const { fixes = [] } = foreignArgument(argument, given, operator, step.span) ?? {};
    habits.add(slot);
    if (!fixes[0]?.safe) return undefined;
    if (fixes[0].edits?.every(({ text: by }) => by === '')) continue;
    if (slot === 'activation') behind = ` -> ${activationOf((wordOf(value) ?? '').toLowerCase())}`;
    else texts.push(fixes[0].message);
  }
  if (habits.size < 2 || new Set(texts.map((text) => text.split(':')[0])).size < texts.length) return undefined;
  const own = `${operator.name}${texts.length > 0 ? `(${texts.join(', ')})` : ''}${behind}`;
  return problem('argument/unknown', step.span, `the arguments of \`${operator.name}\` are written in another way`, {
    found: textOf(step.span),
    expected: `${operator.name}(${slots.join(', ')})`,
    fixes: [repair(step.span, own, own)],
  });
}
