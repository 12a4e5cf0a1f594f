// What is allowed but hardly meant, and what other languages write with values: sums, lists, sizes of the input.

import type { Argument, CallStep, Expression } from '../../../grammar/ast.ts';
import type { Diagnostic, Fix } from '../../../grammar/diagnostic.ts';
import { repair } from '../../../grammar/diagnostic.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Source } from '../../../grammar/source.ts';
import type { Attributes } from '../../ir/graph.ts';
import type { Operator } from '../../ir/operator.ts';
import { formatShape } from '../../ir/tensor-type.ts';
import type { TensorType } from '../../ir/tensor-type.ts';
import { foreignArgument } from './foreign/arguments.ts';
import { callText } from './foreign/read.ts';
import { problem, replacement } from '../report.ts';
import { joinOf } from '../values/numbers.ts';

/** `concat(a, b)` right behind `b = …`: `b` flows already, or one of the list `b` does. */
export function flowsTwice(step: CallStep, argument: Argument, list: boolean): Diagnostic {
  const name = textOf(argument.value.span);
  const { name: join } = step.callee;
  const given = (step.arguments ?? []).filter((other) => other !== argument);
  const [values, settings] = [given.filter((other) => !other.name), given.filter((other) => other.name)].map((part) =>
    part.map(({ span }) => textOf(span)),
  ) as [string[], string[]];
  const [first, ...rest] = list ? [name, ...values] : [...values, name];
  const taken = [...rest, ...settings];
  const text = `${first} -> ${join}${taken.length > 0 ? `(${taken.join(', ')})` : ''}`;
  const twice = `${name} -> ${textOf(step.span)} if it is meant twice`;
  const what = list ? `an item of \`${name}\`` : `\`${name}\``;
  return problem('flow/twice', argument.span, `${what} flows already, so that \`${join}\` takes it twice`, {
    severity: 'warning',
    found: textOf(step.span),
    expected: 'values other than the flowing one',
    fixes: [
      list || values.length > 0
        ? replacement(step.span, text, list ? text : `${text}, or ${twice}`)
        : { message: `give another value, or write ${twice}` },
    ],
  });
}

/** `relu()(x)` as a chain that begins with `x`; undefined where the input is not one name, or where something flows in already. */
export function inputBefore({ input = [] }: CallStep, begins: boolean): string | undefined {
  const [only] = input;
  return begins && input.length === 1 && !only!.name && only!.value.kind === 'name'
    ? `${textOf(only!.span)} -> `
    : undefined;
}

/** `Add()([a, b])` as a chain that begins with `a`, where `name` is the step; undefined as above. */
export function inputsJoined({ input = [] }: CallStep, begins: boolean, name: string): string | undefined {
  const value = input[0]?.value;
  const items = value?.kind === 'list' || value?.kind === 'tuple' ? value.items : [];
  if (!begins || items.length < 2 || !items.every(({ kind }) => kind === 'name')) return undefined;
  const [first, ...others] = items.map(({ span }) => textOf(span));
  return `${first} -> ${name}(${others.join(', ')})`;
}

/** `relu()(x)` */
export function calledWithInput(step: CallStep, begins: boolean): Diagnostic {
  const { callee, input = [], span } = step;
  const text = span.source.text.slice(span.start, span.end);
  const end = (input[0]?.span.start ?? span.end) - span.start;
  const own = text
    .slice(0, text.lastIndexOf('(', end))
    .replace(/\(\s*\)\s*$/, '')
    .trimEnd();
  const before = inputBefore(step, begins);
  return problem('flow/called', span, `\`${callee.name}\` is not called with its input: that stands before it`, {
    found: text,
    expected: `${input.length > 0 ? textOf(input[0]!.span) : 'x'} -> ${own}`,
    fixes: [
      before === undefined
        ? { message: 'name the input and begin the chain with it, or write the step alone: it takes what flows' }
        : repair(span, `${before}${own}`, `${before}${own}`),
    ],
  });
}

/** `concat` with nothing but what flows. */
export function loneJoin({ callee, span }: CallStep): Diagnostic {
  return problem(
    'flow/lone-join',
    span,
    `\`${callee.name}\` has nothing to join: it passes on the one value that flows`,
    {
      severity: 'warning',
      found: callee.name,
      expected: `${callee.name}(…) with another value, or parallel ${callee.name} { … }`,
      fixes: [{ message: `name an earlier value and give it: ${callee.name}(stem)` }],
    },
  );
}

/** `dense(3456, 10)` */
export function inputFirst(step: CallStep, operator: Operator): Diagnostic {
  const [known, ours] = (step.arguments ?? []).map(({ span }) => textOf(span));
  const text = callText(operator, new Map([[Object.keys(operator.attributes)[0]!, ours ?? '']]));
  return problem(
    'argument/input-size',
    step.span,
    `\`${operator.name}\` is not told the size of its input: that follows from what flows in`,
    {
      found: textOf(step.span),
      expected: `${operator.name}(${Object.keys(operator.attributes).join(', ')})`,
      fixes: [replacement(step.span, text, `${text}, if ${known} is the size of the input, as in PyTorch`)],
    },
  );
}

/** Operators that others give the number of channels, and how they are written here. */
const norms: ReadonlyMap<string, string> = new Map([
  ['batch_norm', 'batch_norm, or batch_norm(epsilon: 1e-3)'],
  ['group_norm', 'group_norm(32), or group_norm(32, epsilon: 1e-3)'],
]);

/** Positional numbers in PyTorch's order that fit ours by chance: `conv(1, 6, 5)`, `batch_norm(64)`. */
export function inputSizeGiven(
  step: CallStep,
  operator: Operator,
  attributes: Attributes,
  [input]: readonly TensorType[],
): Diagnostic | undefined {
  const given = step.arguments ?? [];
  const positional = given.findIndex(({ name }) => name) < 0 ? given.length : given.findIndex(({ name }) => name);
  const read = Object.keys(operator.attributes)
    .slice(0, positional)
    .map((name, at) => `${name}: ${textOf(given[at]!.value.span)}`);
  const warn = (message: string, expected: string, fix: Fix): Diagnostic =>
    problem('argument/input-size', step.span, message, {
      severity: 'warning',
      found: `${textOf(step.span)}, which is ${operator.name}(${read.join(', ')})`,
      expected,
      fixes: [fix],
    });
  const [first] = given.map(({ value }) => textOf(value.span));
  if (norms.has(operator.name) && positional > 0 && Number(attributes['epsilon']) >= 1) {
    const message = `\`${operator.name}\` knows its channels: the number is taken for its epsilon`;
    return warn(message, 'a small epsilon such as 1e-5, or none', {
      message: norms.get(operator.name)!,
    });
  }
  if (
    !['conv', 'conv_transpose'].includes(operator.name) ||
    positional < 3 ||
    attributes['channels'] !== input?.shape[0]
  )
    return undefined;
  const [kernel] = attributes['kernel'] as readonly number[];
  const [stride] = attributes['stride'] as readonly number[];
  const usual = kernel! % 2 === 1 && kernel! <= 11 && stride! <= 2;
  if (usual) return undefined;
  // PyTorch's: the channels that come in, those that go out, kernel, stride, padding.
  const theirs = ['', 'channels', 'kernel', 'stride', 'padding'].slice(0, positional);
  const text = callText(
    operator,
    new Map([
      ...theirs.flatMap((name, at) => (name === '' ? [] : [[name, textOf(given[at]!.value.span)] as const])),
      ...given.slice(positional).map(({ name, value }) => [name!.name, textOf(value.span)] as const),
    ]),
  );
  const message = `\`${operator.name}\` takes output channels, kernel, stride; ${first} is also what the input ${formatShape(input!.shape)} has`;
  const own = `${operator.name}(${[...read, ...given.slice(positional).map(({ span }) => textOf(span))].join(', ')})`;
  return warn(message, 'names for the arguments', { message: `${text} if it is PyTorch's order, else ${own}` });
}

/** A file that cannot be compiled, run or imported from. */
export function nothingDefined(source: Source): Diagnostic {
  return problem('name/nothing-defined', { source, start: 0, end: 0 }, 'the file defines no network and no block', {
    severity: 'warning',
    found: 'no network and no block',
    expected: 'network NAME { … }',
    fixes: [{ message: '`cnnc new FOLDER` writes an example' }],
  });
}

/** `relu(x % y)`: `%` is for numbers. */
export function noArithmetic({ operator, left, right, span }: Extract<Expression, { kind: 'binary' }>): Diagnostic {
  return problem(
    'type/not-a-number',
    span,
    `\`${operator}\` is for numbers that are known when compiling, not for values that flow`,
    {
      found: textOf(span),
      expected: 'numbers, or values with + - * /',
      fixes: [{ message: `values are joined by steps: ${textOf(left.span)} -> concat(${textOf(right.span)})` }],
    },
  );
}

/** `concat([a, b])`, or `concat([a, b], axis=1)` */
export function listOfValues(
  step: CallStep,
  list: Extract<Expression, { kind: 'list' | 'tuple' }>,
  begins: boolean,
  operator: Operator,
): Diagnostic {
  const [first, ...others] = list.items.map(({ span }) => textOf(span));
  const { name } = step.callee;
  const joins = (operator.arity?.max ?? 1) > 1;
  const settings = settingsBeside(step, list, operator);
  const given = [...others, ...(settings ?? [])];
  const text = given.length > 0 ? `${first} -> ${name}(${given.join(', ')})` : `${first} -> ${name}`;
  return problem(
    'argument/list',
    list.span,
    `\`${name}\` takes ${joins ? 'values one by one, what flows being the first' : 'one value, the flowing one'}`,
    {
      found: textOf(list.span),
      expected: joins ? `${first} -> ${name}(${others.join(', ') || '…'})` : name,
      fixes: [
        joins && begins && settings && others.length > 0
          ? repair(step.span, text, text)
          : {
              message: joins
                ? `write ${text}`
                : `join the values before it: ${first} -> concat(${others.join(', ') || '…'}) -> ${name}`,
            },
      ],
    },
  );
}

/** The arguments beside a list of values, as they are written here; undefined where that is not certain. */
function settingsBeside(
  { arguments: given = [], span }: CallStep,
  list: Expression,
  operator: Operator,
): readonly string[] | undefined {
  const texts: string[] = [];
  for (const argument of given) {
    if (argument.value === list) continue;
    const { name, value } = argument;
    if (!name) return undefined;
    if (Object.hasOwn(operator.attributes, name.name)) texts.push(`${name.name}: ${textOf(value.span)}`);
    else {
      const [fix] = foreignArgument(argument, given, operator, span)?.fixes ?? [];
      // What is left out says what is known here.
      if (!fix?.safe || !fix.edits?.every(({ text }) => text === '')) return undefined;
    }
  }
  return texts;
}

/** Python's range as a list of ours. */
export function pythonRange(node: Extract<Expression, { kind: 'call' }>): Diagnostic {
  const [first, second] = node.arguments.map(({ value }) => textOf(value.span));
  const plain = node.arguments.every(
    ({ value, name }) => !name && ['number', 'name', 'index', 'member', 'call'].includes(value.kind),
  );
  const text = second === undefined ? `0..${first}` : `${first}..${second}`;
  const fits = plain && (node.arguments.length === 1 || node.arguments.length === 2);
  return problem('name/unknown', node.span, 'a range is written 0..3: the numbers 0, 1, 2', {
    found: textOf(node.span),
    expected: fits ? text : '0..n, or repeat n { … }',
    fixes: [
      fits
        ? repair(node.span, text, text)
        : { message: 'write FROM..TO; steps of more than 1 are calculated inside of the loop' },
    ],
  });
}

/** The first part of an argument that is no arithmetic on values, or a list of what flows. */
export function flowingPart(
  node: Expression,
  isFlowing: (node: Expression) => boolean,
): Extract<Expression, { kind: 'binary' | 'list' | 'tuple' }> | undefined {
  if (node.kind === 'binary') {
    const inside = flowingPart(node.left, isFlowing) ?? flowingPart(node.right, isFlowing);
    if (inside?.kind === 'binary') return inside;
    return joinOf(node.operator) === undefined && (isFlowing(node.left) || isFlowing(node.right)) ? node : undefined;
  }
  if (node.kind !== 'list' && node.kind !== 'tuple') return undefined;
  return node.items.length > 0 && node.items.every(isFlowing) ? node : undefined;
}
