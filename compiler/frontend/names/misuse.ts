// What is said about names that stand where they may not: each with the place, what was found and expected, and a way out.

import type {
  Argument,
  CallStep,
  Expression,
  Identifier,
  InputStatement,
  OutputStatement,
  Statement,
} from '../../../grammar/ast.ts';
import { repair } from '../../../grammar/diagnostic.ts';
import type { Diagnostic, Fix } from '../../../grammar/diagnostic.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Operator } from '../../ir/operator.ts';
import { unknownName } from './foreign.ts';
import { problem, replacement } from '../report.ts';
import { describeEntry } from './scope.ts';
import type { Entry, Scope } from './scope.ts';

export function argumentsOfAlias(target: Identifier, given: readonly Argument[]): Diagnostic {
  return problem('argument/too-many', given[0]!.span, `\`${target.name}\` has all its arguments: it is an alias`, {
    found: textOf(given[0]!.span),
    expected: 'no arguments',
    fixes: [{ message: 'give them to the network that it is an alias of' }],
  });
}

export function notANetwork(target: Identifier, entry: Entry): Diagnostic {
  return problem('name/not-a-network', target.span, `\`${target.name}\` is ${describeEntry(entry)}, not a network`, {
    found: describeEntry(entry),
    expected: 'a network',
    fixes: [{ message: `a block becomes one by an input: \`network … { input image: [3, 32, 32]  ${target.name} }\`` }],
  });
}

export function afterOutput(item: Statement, output: OutputStatement): Diagnostic {
  return problem('flow/after-output', item.span, '`output` comes last in its network', {
    found: textOf(item.span).split('\n', 1)[0]!,
    expected: 'the end of the network',
    fixes: [{ message: 'move it before `output`' }],
    related: [{ span: output.span, message: 'the output' }],
  });
}

export function inputInside(item: InputStatement): Diagnostic {
  return problem(
    'flow/input-place',
    item.span,
    '`input` stands only directly in a network, not in a block, path, loop or condition',
    {
      found: textOf(item.span),
      expected: 'a step',
      fixes: [{ message: 'move it to the beginning of the network; a block takes the value that flows into it' }],
    },
  );
}

export function inputAfterStep(item: InputStatement): Diagnostic {
  return problem('flow/input-place', item.span, 'inputs come before the first step', {
    found: 'a step before it',
    expected: `\`input ${item.name.name}\` at the beginning of the network`,
    fixes: [{ message: 'move it to the beginning, and start each chain with the name of its input' }],
  });
}

export function outputInside(item: OutputStatement): Diagnostic {
  return problem('flow/output-place', item.span, '`output` stands only directly in a network', {
    notes: ['a block or path gives its last value by itself'],
    found: textOf(item.span),
    expected: 'nothing',
    fixes: [replacement(item.span, '', 'leave it out')],
  });
}

export function outputTwice(item: OutputStatement, index: number): Diagnostic {
  const name = item.names[index]!;
  return problem('name/duplicate', name.span, `\`${name.name}\` is an output twice`, {
    found: item.names.length > 12 ? `${name.name} twice` : item.names.map((other) => other.name).join(', '),
    expected: 'every output once',
    fixes: withoutName(item, index),
  });
}

export function outputOfNoValue(item: OutputStatement, index: number, entry: Entry): Diagnostic {
  const name = item.names[index]!;
  return problem('flow/output-name', name.span, `\`${name.name}\` is ${describeEntry(entry)}; an output is a value`, {
    found: describeEntry(entry),
    expected: 'a value that flows',
    fixes: withoutName(item, index),
  });
}

export function joinOfOne(operator: Operator, span: Span): Diagnostic {
  return problem('flow/join', span, `\`${operator.name}\` cannot join paths: it takes one value`, {
    found: operator.name,
    expected: 'concat, add, mul or another operator that takes several',
    fixes: [
      {
        message: `\`parallel add { … } -> ${operator.name}\` adds the paths, \`parallel concat { … } -> ${operator.name}\` puts them behind each other`,
      },
    ],
  });
}

export function valueForBlock(name: string, argument: Argument): Diagnostic {
  return problem(
    'argument/value',
    argument.span,
    `\`${name}\` takes no further values: a block has one input and one output`,
    {
      found: textOf(argument.span),
      expected: 'numbers, words and lists',
      fixes: [{ message: `join the values before it: add(${textOf(argument.span)}) -> ${name}` }],
    },
  );
}

export function networkAsStep(name: string, span: Span): Diagnostic {
  return problem('flow/network-step', span, `\`${name}\` is a network; networks are not steps`, {
    found: 'a network',
    expected: 'an operator, a block or a value',
    fixes: [{ message: 'write what several networks share as a block' }],
  });
}

export function notAStep(name: string, span: Span, entry: Entry): Diagnostic {
  return problem('flow/not-a-step', span, `\`${name}\` is ${describeEntry(entry)}, not a step`, {
    found: describeEntry(entry),
    expected: 'an operator, a block or a value',
    fixes: [{ message: `give it to a step: \`conv(${name}, kernel: 3)\`` }],
  });
}

export function valueInChain(step: CallStep): Diagnostic {
  const { name, span } = step.callee;
  return problem('flow/value-in-chain', span, `\`${name}\` is a value: it may only start a chain or be an argument`, {
    found: 'a value',
    expected: 'a step',
    fixes: ['add', 'concat'].map((join) => replacement(step.span, `${join}(${name})`)),
  });
}

export function valueWithArguments(step: CallStep): Diagnostic {
  const { name, span } = step.callee;
  return problem('flow/value-arguments', span, `\`${name}\` is a value and takes no arguments`, {
    found: textOf(step.span),
    expected: name,
    fixes: [replacement(step.span, name)],
  });
}

/** `relu(x)`; where that begins its chain, `x -> relu` is meant. */
export function valueForOperator(operator: Operator, step: CallStep, argument: Argument, begins: boolean): Diagnostic {
  const value = textOf(argument.span);
  const slots = Object.keys(operator.attributes);
  const others = (step.arguments ?? []).filter((other) => other !== argument).map(({ span }) => textOf(span));
  const own = others.length > 0 ? `${operator.name}(${others.join(', ')})` : operator.name;
  const text = `${value} -> ${own}`;
  const positional = (step.arguments ?? []).filter((other) => other !== argument && !other.name).length;
  const isGiven = (slot: string, at: number): boolean =>
    at < positional || (step.arguments ?? []).some(({ name }) => name?.name === slot);
  const whole = Object.values(operator.attributes).every(
    ({ default: known, type }, at) => known !== undefined || type === 'weights' || isGiven(slots[at]!, at),
  );
  return problem('argument/value', argument.span, `\`${operator.name}\` takes one value, the flowing one`, {
    found: value,
    expected: slots.length > 0 ? `${operator.name}(${slots.join(', ')})` : operator.name,
    fixes: [
      begins && whole && argument.value.kind === 'name'
        ? replacement(step.span, text)
        : { message: `a value that is to flow into it stands before it: ${text}` },
    ],
  });
}

export function noNumber(node: Pick<Identifier, 'name' | 'span'>, entry: Entry): Diagnostic {
  return problem(
    'type/not-a-number',
    node.span,
    `\`${node.name}\` is ${describeEntry(entry)}: nothing that is known when compiling`,
    {
      found: describeEntry(entry),
      expected: 'a number, a constant or a parameter',
      fixes: [{ message: 'name the number: `const width = 16`' }],
    },
  );
}

export function namedForFunction(node: Extract<Expression, { kind: 'call' }>): Diagnostic {
  return problem('argument/unknown', node.span, `the arguments of \`${node.callee.name}\` have no names`, {
    found: textOf(node.span),
    expected: 'values alone',
    fixes: [
      replacement(
        node.span,
        `${node.callee.name}(${node.arguments.map(({ value }) => textOf(value.span)).join(', ')})`,
      ),
    ],
  });
}

export function argumentCount(node: Extract<Expression, { kind: 'call' }>, expected: string): Diagnostic {
  return problem('argument/count', node.span, `\`${node.callee.name}\` takes ${expected} arguments`, {
    found: `${node.arguments.length}`,
    expected,
    fixes: [{ message: `for example ${examplesOfFunctions.get(node.callee.name)}` }],
  });
}

/** `x = relu` behind `x = …` */
export function namedAgain({ name, span }: Identifier, first: Entry): Diagnostic {
  return problem('name/duplicate', span, `\`${name}\` is defined twice: a name stays with its value`, {
    found: name,
    expected: 'a name that is not taken, or none',
    fixes: [
      {
        message: `leave out \`${name} =\` where only the next step needs it: it flows there; else choose another name, such as \`${name}_2\``,
      },
    ],
    related: [{ span: first.span, message: 'first defined' }],
  });
}

export function hidesOperator(name: string, span: Span): Diagnostic {
  return problem('name/hides-operator', span, `\`${name}\` hides the operator of that name`, {
    severity: 'warning',
    found: name,
    expected: 'a name that no operator has',
    fixes: [{ message: `choose another name, such as \`${name}_1\`` }],
  });
}

export function unused(name: string, span: Span): Diagnostic {
  return problem('name/unused', span, `\`${name}\` is never used`, {
    severity: 'warning',
    found: name,
    expected: 'a use of it',
    fixes: [{ message: `leave it out, or call it \`_${name}\`` }],
  });
}

/** Most likely a name that the step before was to have. */
export function unknownOutput(name: Identifier, scope: Scope, previous: Statement | undefined): Diagnostic {
  const values = [...scope.names].filter(([, entry]) => entry.kind === 'value').map(([known]) => known);
  const unknown = unknownName(name, values, 'value');
  if (unknown.fixes?.some(({ edits }) => edits)) return unknown;
  const text = `${name.name} = `;
  const fix: Fix =
    previous?.kind === 'flow' && previous.names.length === 0
      ? replacement({ ...previous.span, end: previous.span.start }, text, `${text}${textOf(previous.span)}`)
      : { message: `name the result to put out: \`${text}…\`` };
  return { ...unknown, fixes: [fix] };
}

const examplesOfFunctions: ReadonlyMap<string, string> = new Map([
  ['len', 'len([8, 16])'],
  ['min', 'min(8, 16)'],
  ['max', 'max(8, 16)'],
  ['size', 'size(3, 5)'],
]);

/** Keras's word for no padding. */
export function validPadding(word: string, span: Span): Diagnostic {
  return problem('name/unknown', span, `no padding is written 0, not \`${word}\``, {
    found: word,
    expected: 'a number, a size, four numbers (top, left, bottom, right) or `same`',
    fixes: [repair(span, '0')],
  });
}

/** The fix that takes a name out of a list of outputs, where another is left. */
export function withoutName({ names }: OutputStatement, index: number): readonly Fix[] {
  const { name, span } = names[index]!;
  if (names.length === 1) return [{ message: 'put out the result of a step' }];
  const start = index > 0 ? names[index - 1]!.span.end : span.start;
  const end = index > 0 ? span.end : names[1]!.span.start;
  return [replacement({ ...span, start, end }, '', `leave out ${name}`)];
}
