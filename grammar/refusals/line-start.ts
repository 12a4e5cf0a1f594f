// Parentheses at the beginning of a line, which may be meant as the arguments of the step before them, or as a statement.

import type { CstNode } from 'chevrotain';
import { all, type Builder, has, node, spanOfNode, token } from '../build.ts';
import { placeOf } from '../list-parser.ts';
import { textOf } from '../source.ts';
import { shorten } from '../token-text.ts';

/** `relu` and on the next line `(a + b)`, which may be meant as a statement. Arguments that can be no sum stay what they are. */
export function refuseLineStart(builder: Builder, call: CstNode): void {
  if (!has(call, 'arguments')) return;
  const atLineStart = (tree: CstNode): boolean => {
    const place = placeOf(token(tree, "'('"));
    return place !== undefined && place.startsLine && place.inBraces;
  };
  const written =
    all(call, 'input').find(atLineStart) ??
    all(call, 'arguments').find((tree) => {
      const [only, ...others] = all(tree, 'argument');
      const single = only && others.length === 0 && !has(tree, "','") && !has(only, 'Identifier');
      return atLineStart(tree) && single && !isPlain(only) && !isConditional(only);
    });
  if (!written) return;
  const name = shorten(token(call, 'Identifier').image);
  const called = has(call, 'input');
  const span = spanOfNode(builder, written);
  const before = builder.source.text.slice(0, span.start).trimEnd().length;
  const text = shorten(textOf(span));
  const joined = { span: { ...span, start: before, end: span.start }, text: '' };
  const message = called
    ? `this line would call what ${name} gives: steps are joined with ->`
    : `this line would go on with ${name}: ( begins its arguments`;
  builder.report('syntax/line-start', message, span, {
    found: text,
    expected: 'a name at the beginning of the line',
    fixes: [
      { message: `begin it with a name, if it is a statement of its own: y = ${text}` },
      ...(called
        ? []
        : [{ message: `write the ( behind ${name} on its line, if these are its arguments`, edits: [joined] }]),
    ],
  });
  builder.spoil();
}

function isConditional(argument: CstNode): boolean {
  const value = node(argument, 'argumentValue');
  return has(value, 'conditional') && has(node(value, 'conditional'), "'if'");
}

/** Whether there is no name in it, so that nothing flows out of it. */
export function isPlain(tree: CstNode): boolean {
  return Object.entries(tree.children).every(
    ([rule, inner]) =>
      rule !== 'call' && rule !== 'parallel' && inner!.every((one) => !('children' in one) || isPlain(one)),
  );
}

/** What is said of a plain value in the place of a step. */
export const plainValue = 'a chain is made of steps; plain values are named with const';
