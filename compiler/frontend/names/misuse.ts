// What is said about names that stand where they may not: each with the place, what was found and expected, and a way out.

import type { Argument, CallStep, Expression, Identifier } from '../../../grammar/ast.ts';
import { repair } from '../../../grammar/diagnostic.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Operator } from '../../ir/operator.ts';
import { problem, replacement } from '../report.ts';
import { describeEntry } from './scope.ts';
import type { Entry } from './scope.ts';

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

/** `most`: how many values the block takes besides the one that flows. */
export function valueForBlock(name: string, argument: Argument, most: number): Diagnostic {
  const value = textOf(argument.span);
  return problem(
    'argument/value',
    argument.span,
    most === 0
      ? `\`${name}\` takes no further values: its block names no second input`
      : `\`${name}\` takes ${most} ${most === 1 ? 'value' : 'values'} besides the one that flows`,
    {
      found: value,
      expected: most === 0 ? 'numbers, words and lists' : 'an `input` of the block for each value',
      fixes: [
        {
          message: `${most === 0 ? `write ${value} -> ${name}, or ` : ''}join the values before it: add(${value}) -> ${name}`,
        },
      ],
    },
  );
}

/** `mlp(3)` */
export function argumentsOfShare(name: string, { span }: Argument): Diagnostic {
  return problem('argument/too-many', span, `\`${name}\` is a share: it has all its arguments where it is declared`, {
    found: textOf(span),
    expected: `${name} alone`,
    fixes: [{ message: `write ${name} alone, and the argument in \`share ${name} = …\`` }],
  });
}

/** `(1 + 2) -> relu` */
export function numberAsStep(node: Expression): Diagnostic {
  return problem('flow/number', node.span, 'a number does not flow: a chain begins with a value or a step', {
    found: textOf(node.span),
    expected: 'a value or a step',
    fixes: [{ message: `give it to a step: \`mul(${textOf(node.span)})\`, or join it with a value: \`x * …\`` }],
  });
}

/** `conv(channels: xs[0])` */
export function itemAsNumber({ span }: Expression): Diagnostic {
  return problem('type/not-a-number', span, 'the item is a value that flows: nothing that is known when compiling', {
    found: textOf(span),
    expected: 'a number, or a property of the value',
    fixes: [{ message: `ask for a property: \`${textOf(span)}.channels\`` }],
  });
}

/** `3.channels`, or a property of a list of values. */
export function propertyOfNoValue(
  { value, name, span }: Extract<Expression, { kind: 'property' }>,
  isList: boolean,
): Diagnostic {
  const text = textOf(value.span);
  return problem('value/property', span, `only a value that flows has a property \`${name.name}\``, {
    found: isList ? `${text}, a list of values` : text,
    expected: 'the name of a value',
    fixes: [
      isList
        ? replacement(value.span, `${text}[0]`, `${text}[0].${name.name}, or another item`)
        : { message: `name the value: \`input x\` at the beginning of a block, or \`x = …\`, then x.${name.name}` },
    ],
  });
}

export function networkAsStep(name: string, span: Span): Diagnostic {
  return problem('flow/network-step', span, `\`${name}\` is a network; networks are not steps`, {
    found: 'a network',
    expected: 'an operator, a block or a value',
    fixes: [{ message: 'write what several networks share as a block' }],
  });
}

/** `isOperator`: an operator has the same name. */
export function notAStep(name: string, span: Span, entry: Entry, isOperator: boolean): Diagnostic {
  return problem('flow/not-a-step', span, `\`${name}\` is ${describeEntry(entry)}, not a step`, {
    found: describeEntry(entry),
    expected: 'an operator, a block or a value',
    fixes: [
      {
        message: isOperator
          ? `call the variable something else, such as \`${name}_1\``
          : `give it to a step: \`conv(${name}, kernel: 3)\``,
      },
    ],
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

/** `network N = nn.Sequential(…)` */
export function sequenceAsNetwork({ name, span }: Identifier): Diagnostic {
  return problem('name/unknown', span, 'the steps of a network stand in braces, one after another', {
    found: name,
    expected: '{ an input, and steps }',
    fixes: [
      {
        message: `write { and input image: [1, 28, 28] for = ${name}(, } for its ), and each step on a line of its own`,
      },
    ],
  });
}

export function valueWithArguments(step: CallStep): Diagnostic {
  const { name, span } = step.callee;
  const [given] = step.arguments ?? [];
  // A layer with a name, as in PyTorch.
  const input = given?.value.kind === 'name' ? textOf(given.span) : undefined;
  return problem('flow/value-arguments', span, `\`${name}\` is a value and takes no arguments`, {
    found: textOf(step.span),
    expected: name,
    fixes: [
      input === undefined
        ? replacement(step.span, name)
        : {
            message: `write share ${name} = … where it is named, if it is a layer, and ${input} -> ${name} here`,
          },
    ],
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
      begins && whole && ['name', 'binary', 'index'].includes(argument.value.kind)
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

const examplesOfFunctions: ReadonlyMap<string, string> = new Map([
  ['len', 'len([8, 16])'],
  ['min', 'min(8, 16)'],
  ['max', 'max(8, 16)'],
  ['size', 'size(3, 5)'],
  ['floor', 'floor(7 / 2)'],
  ['ceil', 'ceil(7 / 2)'],
]);

/** Keras's word for no padding. */
export function validPadding(word: string, span: Span): Diagnostic {
  return problem('name/unknown', span, `no padding is written 0, not \`${word}\``, {
    found: word,
    expected: 'a number, a size, four numbers (top, left, bottom, right) or `same`',
    fixes: [repair(span, '0')],
  });
}

/** `learned gamma: [8] = relu` */
export function operatorAsNumber({ name, span }: Pick<Identifier, 'name' | 'span'>): Diagnostic {
  return problem('name/unknown', span, `\`${name}\` is a step, and no number that is known when compiling`, {
    found: name,
    expected: 'a number, or the name of a variable',
    fixes: [{ message: 'write a number; a step stands in a chain' }],
  });
}
