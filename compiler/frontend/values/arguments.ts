// Arguments: positional and named ones to the parameters of a block, the attributes of an operator or the parts of a
// setting, and attribute values in the form that graphs store.

import type { Argument, Expression } from '../../../grammar/ast.ts';
import type { Diagnostic, Fix } from '../../../grammar/diagnostic.ts';
import { repair } from '../../../grammar/diagnostic.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Span } from '../../../grammar/source.ts';
import { attributeProblem } from '../../ir/attributes.ts';
import type { Attribute } from '../../ir/graph.ts';
import type { AttributeSpec, Operator } from '../../ir/operator.ts';
import { mismatch } from './convert-at.ts';
import { evaluate } from './evaluate.ts';
import type { Evaluation } from './evaluation.ts';
import { foreignArgument, informalArguments, notesOnOperator, wordAsName } from '../names/foreign/arguments.ts';
import { didYouMean, problem, replacement } from '../report.ts';
import { suggest } from '../../../grammar/suggest.ts';
import { storedScalar, storedValue } from './stored.ts';
import { convertNamed, formatValue } from './types.ts';
import type { Value } from './types.ts';
import { formatAttribute, removal, wordsOf } from './written.ts';

export interface Callable {
  readonly name: string;
  /** In positional order. */
  readonly slots: readonly { readonly name: string; readonly required: boolean }[];
  /** Other words for the slots. */
  readonly foreign?: Readonly<Record<string, string>>;
  /** The operator that it is, whose arguments other frameworks have words for. */
  readonly operator?: Operator;
}

/** What an operator can be given; made once, because networks apply the same operators thousands of times. */
export function operatorCallable(operator: Operator): Callable {
  const known = operatorCallables.get(operator);
  if (known) return known;
  const made: Callable = { ...callable(operator.name, operator.attributes), operator };
  operatorCallables.set(operator, made);
  return made;
}

const operatorCallables = new WeakMap<Operator, Callable>();

/** What anything that attribute specifications describe can be given. */
export function callable(
  name: string,
  attributes: Readonly<Record<string, AttributeSpec>>,
  foreign?: Readonly<Record<string, string>>,
): Callable {
  const slots = Object.entries(attributes).map(([slot, spec]) => ({
    name: slot,
    required: spec.default === undefined && spec.type !== 'weights',
  }));
  return { name, slots, ...(foreign && { foreign }) };
}

/** The argument of each slot. With `report`, says what does not fit; without, takes what does. */
export function bindArguments(
  given: readonly Argument[],
  target: Callable,
  span: Span,
  report: (diagnostic: Diagnostic) => void = () => {},
): ReadonlyMap<string, Argument> {
  const bound = new Map<string, Argument>();
  const without = (at: number): Fix => ({
    ...removal(given, at, at),
    message: `${target.name}(${given
      .toSpliced(at, 1)
      .map((argument) => textOf(argument.span))
      .join(', ')})`,
  });
  const names = target.slots.map(({ name }) => name);
  const signature = (): string => `${target.name}(${names.join(', ')})`;
  const title = `\`${target.name}\``;
  let next = 0;
  let named = false;
  let complete = true;
  for (const argument of given) {
    const name = argument.name?.name ?? names[next];
    if (argument.name) named = true;
    else if (named) {
      report(misplaced(argument, given, target));
      complete = false;
      continue;
    } else next += 1;
    if (name === undefined) {
      if (next === names.length + 1) {
        const most = names.length === 1 ? '1 argument' : `${names.length} arguments`;
        const message = names.length === 0 ? `${title} takes no arguments` : `${title} takes at most ${most}`;
        report(
          problem('argument/too-many', argument.span, message, {
            found: textOf(argument.span),
            expected: names.length > 0 ? signature() : `${title} alone`,
            ...(target.operator && notesOnOperator(target.operator)),
            fixes: [removal(given, given.indexOf(argument), given.length - 1)],
          }),
        );
      }
    } else if (!names.includes(name)) {
      complete = false;
      report(unknownArgument(argument, name, target, signature(), given, span));
    } else if (bound.has(name)) {
      const [at, first] = [given.indexOf(argument), given.indexOf(bound.get(name)!)];
      report(
        problem('argument/duplicate', argument.span, `${title} is given \`${name}\` twice`, {
          found: `${textOf(bound.get(name)!.span)} and ${textOf(argument.span)}`,
          expected: `one \`${name}\``,
          // Without it, values by position behind it would move forward.
          fixes: [...(given[first + 1]!.name ? [without(first)] : []), without(at)],
        }),
      );
    } else bound.set(name, argument);
  }
  const missing = target.slots.filter(({ name, required }) => required && !bound.has(name)).map(({ name }) => name);
  if (missing.length > 0 && complete) {
    const list = missing.map((name) => `\`${name}\``).join(' and ');
    const written = given.map((argument) => textOf(argument.span));
    const filled = [...written, ...missing.map((name) => `${name}: …`)].join(', ');
    report(
      problem('argument/missing', span, `${title} needs ${list}`, {
        found: `${target.name}(${written.join(', ')})`,
        expected: signature(),
        fixes: [{ message: `${target.name}(${filled})` }],
      }),
    );
  }
  return bound;
}

/** A value without a name behind one with a name: most likely the first slot that is still free. */
function misplaced(argument: Argument, given: readonly Argument[], target: Callable): Diagnostic {
  const firstNamed = given.findIndex(({ name }) => name);
  const free = target.slots.slice(firstNamed).find((slot) => !given.some(({ name }) => name?.name === slot.name));
  const text = textOf(argument.span);
  return problem('argument/order', argument.span, 'arguments without a name come before named ones', {
    found: text,
    expected: free ? `${free.name}: ${text}` : 'a name before it',
    fixes: free ? [replacement(argument.span, `${free.name}: ${text}`)] : [{ message: 'write its name before it' }],
  });
}

function unknownArgument(
  argument: Argument,
  name: string,
  target: Callable,
  signature: string,
  given: readonly Argument[],
  call: Span,
): Diagnostic {
  const span = argument.name!.span;
  const foreign = target.operator && foreignArgument(argument, given, target.operator, call);
  const asWord =
    target.operator && foreign === undefined ? wordAsName(argument, name, target.operator, given) : undefined;
  if (asWord)
    return problem('argument/unknown', span, `\`${name}\` is a word of \`${target.name}\`, and no argument`, {
      found: textOf(argument.span),
      expected: signature,
      fixes: [asWord],
    });
  const known = foreignName(target.foreign, name) ?? foreignName(informalArguments, name);
  const suited = known !== undefined && target.slots.some((slot) => slot.name === known) ? known : undefined;
  const suggestion =
    suited ??
    suggest(
      name,
      target.slots.map((slot) => slot.name),
    ) ??
    only(target.slots.filter((slot) => slot.name.startsWith(name)))?.name;
  return problem('argument/unknown', span, `\`${target.name}\` has no argument \`${name}\``, {
    found: textOf(argument.span),
    expected: signature,
    ...(foreign?.notes && { notes: foreign.notes }),
    fixes: foreign?.fixes ?? [
      suggestion === undefined
        ? { message: target.slots.length === 0 ? `write ${target.name} alone` : `${signature} is all it takes` }
        : meantArgument(argument, suggestion),
    ],
  });
}

const only = <Item>(items: readonly Item[]): Item | undefined => (items.length === 1 ? items[0] : undefined);

/** `kernal=3` is written `kernel: 3`. */
function meantArgument({ name, value }: Argument, suggestion: string): Fix {
  const { span } = name!;
  const sign = { ...span, start: span.end, end: value.span.start };
  if (!/^\s*=\s*$/.test(textOf(sign))) return didYouMean(span, suggestion);
  const edits = [
    { span, text: suggestion },
    { span: sign, text: ': ' },
  ];
  return { message: `did you mean \`${suggestion}:\`?`, edits };
}

function foreignName(foreign: Readonly<Record<string, string>> | undefined, name: string): string | undefined {
  return foreign && Object.hasOwn(foreign, name) ? foreign[name] : undefined;
}

/** The attribute's value as graphs store it; reports and returns undefined when it is not one. `weights` are read by `weightsOf`. */
export function attributeValue(
  name: string,
  spec: AttributeSpec,
  expression: Expression,
  at: Evaluation,
): Attribute | undefined {
  const what = `\`${name}\``;
  const words = wordsOf(spec);
  if (expression.kind === 'name' && words.includes(expression.name)) return expression.name;
  const value = evaluate(expression, at);
  if (!value || ('items' in value && !value.items.every(() => at.work()))) return undefined;
  const attribute = storedValue(spec, value);
  if (attribute === undefined) {
    const expected = spec.type === 'choice' ? words.join(', ') : spec.type;
    const diagnostic = mismatch(value, expected, expression, what);
    at.report(explain(spec, diagnostic, name, words));
    return undefined;
  }
  const trouble = attributeProblem(spec, attribute);
  if (trouble === undefined) return attribute;
  const range = trouble.replace(/^must be /, '');
  at.report(
    problem('argument/range', expression.span, `${what} ${trouble}`, {
      found: formatValue(value),
      expected: range,
      fixes: [replacement(expression.span, writtenAs(spec, intoRange(spec, attribute)))],
    }),
  );
  return undefined;
}

/** As it would be written: two numbers that are no size are a list. */
function writtenAs({ type, isRange = /ints|floats/.test(type) }: AttributeSpec, value: Attribute): string {
  return isRange && Array.isArray(value) ? `[${value.join(', ')}]` : formatAttribute(value);
}

/** The nearest value that is allowed; of a share, what was meant in percent. */
function intoRange(spec: AttributeSpec, attribute: Attribute): Attribute {
  const { minimum = -Infinity, maximum = Infinity } = spec;
  if (
    typeof attribute === 'number' &&
    maximum === 1 &&
    attribute > 1 &&
    attribute <= 100 &&
    Number.isInteger(attribute)
  )
    return attribute / 100;
  const inside = (value: number): number => Math.min(maximum, Math.max(minimum, value));
  if (Array.isArray(attribute)) {
    const numbers = (attribute as readonly number[]).map(inside);
    if (!spec.isRange) return numbers;
    return numbers.length === 2 ? numbers.toSorted((a, b) => a - b) : (spec.default ?? numbers);
  }
  return typeof attribute === 'number' ? inside(attribute) : attribute;
}

function explain(spec: AttributeSpec, diagnostic: Diagnostic, name: string, words: readonly string[]): Diagnostic {
  const { span } = diagnostic;
  const written = span ? textOf(span) : '';
  switch (spec.type) {
    case 'padding':
      return {
        ...diagnostic,
        message: diagnostic.code === 'value/not-whole' ? diagnostic.message : `\`${name}\` must be numbers or \`same\``,
        expected: 'a number, a size, four numbers (top, left, bottom, right) or `same`',
      };
    case 'factor':
      return {
        ...diagnostic,
        message: `\`${name}\` must be a number, or one each for height and width`,
        expected: 'a number, or two in brackets',
        fixes: [{ message: 'write how many times as high and as wide: 1.5, or [1.5, 2]' }],
      };
    case 'choice': {
      const quoted = words.find((word) => written === `"${word}"`);
      return {
        ...diagnostic,
        message: `\`${name}\` is one of ${words.map((word) => `\`${word}\``).join(', ')}`,
        fixes: [quoted === undefined ? { message: `write one of ${words.join(', ')}` } : repair(span!, quoted)],
      };
    }
    case 'ints': {
      const fixes = /^-?\d+$/.test(written) ? [replacement(span!, `[${written}]`)] : listFixes;
      return { ...diagnostic, message: `\`${name}\` must be a list of ints`, expected: '[int]', fixes };
    }
    case 'floats':
      if (spec.isRange)
        return {
          ...diagnostic,
          message: `\`${name}\` must be two numbers, the smaller first`,
          expected: '[float, float]',
          fixes: [{ message: `write both, such as ${writtenAs(spec, spec.default ?? [0, 1])}` }],
        };
      return { ...diagnostic, message: `\`${name}\` must be a list of floats`, expected: '[float]', fixes: listFixes };
    default:
      return diagnostic;
  }
}

const listFixes: readonly Fix[] = [{ message: 'write a list of numbers, such as [8, 16]' }];

/** A tensor written in the source as nested lists. */
export interface WeightLiteral {
  readonly shape: readonly number[];
  readonly data: Float64Array;
  readonly span: Span;
}

/** Nested lists of numbers, all of a depth the same length; reports and returns undefined when they are not. */
export function weightsOf(name: string, expression: Expression, at: Evaluation): WeightLiteral | undefined {
  const value = evaluate(expression, at);
  if (!value) return undefined;
  const shape: number[] = [];
  for (let level: Value | undefined = value; level?.kind === 'list'; level = level.items[0])
    shape.push(level.items.length);
  const data: number[] = [];
  let stopped = false;
  const collect = (item: Value, depth: number): boolean => {
    if (!at.work()) {
      stopped = true;
      return false;
    }
    if (depth === shape.length) {
      const element = storedScalar(convertNamed(item, 'float'));
      if (typeof element === 'number') data.push(element);
      return typeof element === 'number';
    }
    return (
      item.kind === 'list' &&
      item.items.length === shape[depth] &&
      item.items.every((inner) => collect(inner, depth + 1))
    );
  };
  const regular = shape.length > 0 && collect(value, 0);
  if (regular && data.length > 0) return { shape, data: Float64Array.from(data), span: expression.span };
  if (!stopped) {
    at.report(
      problem('type/weights', expression.span, `\`${name}\` must be nested lists of numbers, equally long`, {
        found: formatValue(value),
        expected: 'for example [[[[1, -1]]]]',
        fixes: [{ message: 'write as many numbers in every list as in the first' }],
      }),
    );
  }
  return undefined;
}
