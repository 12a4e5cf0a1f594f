// What is said about inputs and outputs of networks and blocks that stand where they may not, or name what they may not.

import type { CallStep, Identifier, InputStatement, OutputStatement, Statement, Step } from '../../../grammar/ast.ts';
import type { Diagnostic, Fix } from '../../../grammar/diagnostic.ts';
import { textOf } from '../../../grammar/source.ts';
import { unknownName } from './foreign.ts';
import { problem, replacement } from '../report.ts';
import { describeEntry } from './scope.ts';
import type { Entry, Scope } from './scope.ts';

export function afterOutput(item: Statement, output: OutputStatement): Diagnostic {
  return problem('flow/after-output', item.span, '`output` comes last', {
    found: textOf(item.span).split('\n', 1)[0]!,
    expected: 'the end, or another output',
    fixes: [{ message: 'move it before `output`' }],
    related: [{ span: output.span, message: 'the output' }],
  });
}

export function inputInside(item: InputStatement): Diagnostic {
  return problem(
    'flow/input-place',
    item.span,
    '`input` stands only directly in a network or block, not in a path, loop or condition',
    {
      found: textOf(item.span),
      expected: 'a step',
      fixes: [{ message: 'move it to the beginning of the network or block' }],
    },
  );
}

/** `input xs[]` in a network */
export function listInput(item: InputStatement): Diagnostic {
  return problem('input/shape', item.span, 'an input of a network is one value: only a block takes a list of them', {
    found: textOf(item.span),
    expected: `input ${item.name.name}: [1, 28, 28]`,
    fixes: [{ message: 'name each input of the network in a line of its own' }],
  });
}

/** `input x` in a network */
export function inputWithoutShape(item: InputStatement): Diagnostic {
  const text = `input ${item.name.name}: [1, 28, 28]`;
  return problem('input/shape', item.span, 'an input of a network has a shape', {
    found: textOf(item.span),
    expected: text,
    fixes: [{ message: `write [channels, height, width] or [features] in numbers: \`${text}\`` }],
  });
}

/** Settings of an `input` or `output` of a block. */
export function settingsInBlock({ kind, settings }: InputStatement | OutputStatement): Diagnostic {
  return problem('setting/unknown', settings[0]!.span, `the ${kind} of a block has no settings: a network's has`, {
    found: textOf(settings[0]!.span),
    expected: `${kind} NAME alone`,
    fixes: [{ message: `move them to the \`${kind}\` of the network` }],
  });
}

export function inputAfterStep(item: InputStatement): Diagnostic {
  return problem('flow/input-place', item.span, 'inputs come before the first step', {
    found: 'a step before it',
    expected: `\`input ${item.name.name}\` at the beginning`,
    fixes: [{ message: 'move it to the beginning, and start each chain with the name of its input' }],
  });
}

/** `input y` behind `input xs[]` */
export function inputAfterList({ name, span }: InputStatement, list: InputStatement): Diagnostic {
  return problem(
    'flow/input-place',
    span,
    `nothing is left for \`${name.name}\`: the list before it takes all values`,
    {
      found: textOf(span),
      expected: 'the list as the last input',
      fixes: [{ message: `move \`${textOf(list.span)}\` behind it` }],
      related: [{ span: list.span, message: 'the list' }],
    },
  );
}

export function outputInside(item: OutputStatement): Diagnostic {
  return problem('flow/output-place', item.span, '`output` stands only directly in a network or block', {
    notes: ['a path gives its last value by itself'],
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

/** The fix that takes a name out of a list of outputs, where another is left. */
export function withoutName({ names }: OutputStatement, index: number): readonly Fix[] {
  const { name, span } = names[index]!;
  if (names.length === 1) return [{ message: 'put out the result of a step' }];
  const start = index > 0 ? names[index - 1]!.span.end : span.start;
  const end = index > 0 ? span.end : names[1]!.span.start;
  return [replacement({ ...span, start, end }, '', `leave out ${name}`)];
}

/** `share s = x -> relu` */
export function valueInShare({ callee, span }: CallStep, next: Step | undefined): Diagnostic {
  const { name } = callee;
  return problem('share/value', span, `a share takes what flows where it is used, and \`${name}\` is a value`, {
    found: name,
    expected: 'a step',
    fixes: [
      next
        ? replacement({ ...span, end: next.span.start }, '', `leave out \`${name} ->\``)
        : { message: `write the steps that have one set of weights: share NAME = conv(8, kernel: 3)` },
    ],
  });
}
