// Statements that are read as chains, and that are mistakes all the same: values without `const`, words of other languages.

import type { CstNode } from 'chevrotain';
import type * as ast from '../ast.ts';
import { type Builder, has, node, spanOfNode } from '../build.ts';
import { isPlain, plainValue } from './line-start.ts';
import { repair } from '../diagnostic.ts';
import { textOf, type Span } from '../source.ts';
import { shorten } from '../token-text.ts';

/** `width = 64` */
export function refuseValue(builder: Builder, chain: CstNode, { source, start }: Span): boolean {
  if (has(chain, 'step') || !isPlain(node(chain, 'head'))) return false;
  const span = spanOfNode(builder, chain);
  const name = source.text.slice(start, span.start).replace('=', '').trim();
  builder.report('syntax/value', plainValue, span, {
    found: shorten(textOf(span)),
    expected: 'a step',
    fixes: [repair({ source, start, end: start }, 'const ', `write const ${shorten(name)} = …`)],
  });
  builder.spoil();
  return true;
}

/** `x = Input(shape=(28, 28, 1))` of Keras reads as a step. */
export function refuseInputStep(builder: Builder, chain: CstNode, name: ast.Identifier | undefined): boolean {
  const span = spanOfNode(builder, chain);
  const text = textOf({ ...span, end: Math.min(span.end, span.start + 200) });
  const [, shape] = /^(?:[a-z.]+\.)?Input(?:Layer)?\((?:(?:input_)?shape *[=:] *)?[([]([\w, ]*)[)\]]/.exec(text) ?? [];
  if (shape === undefined || definesInput.test(builder.source.text)) return false;
  const extents = shape.split(',').flatMap((extent) => extent.trim() || []);
  const [a = '', b = '', c = ''] = extents;
  // Keras has channels last, and so has a shape that ends in the small number.
  const ordered = extents.length === 3 && !(Number(a) <= 4 && Number(c) > 4) ? [c, a, b] : extents;
  const isShape = (extents.length === 1 || extents.length === 3) && extents.every((extent) => /^\d+$/.test(extent));
  const written = `input ${name ? shorten(name.name) : 'image'}: [${isShape ? ordered.join(', ') : '1, 28, 28'}]`;
  const alone = isShape && !has(chain, 'step') && !has(chain, 'shape');
  const whole = { ...span, start: name ? name.span.start : span.start };
  builder.report('syntax/input', 'an input is a statement with a name and a shape: input image: [1, 28, 28]', span, {
    found: shorten(text),
    expected: `${written}, channels first`,
    fixes: [{ message: `write ${written}`, ...(alone && { edits: [{ span: whole, text: written }] }) }],
  });
  builder.spoil();
  return true;
}

/** A file may call something of its own so. */
const definesInput = /\b(?:block|network|as)\s+Input(?:Layer)?\b|\bimport\s*\{[^}]*\bInput/;

/** `return x` reads as two statements. */
export function refuseReturn(builder: Builder, chain: CstNode, span: Span): void {
  const { source } = builder;
  if (source.text.slice(span.start, span.end) !== 'return' || has(chain, 'step')) return;
  const behind = source.text.slice(span.end, span.end + 100).split(/[\r\n]/, 1)[0]!;
  const names = /^[ \t]+[A-Za-z_]\w*(?:[ \t]*,[ \t]*[A-Za-z_]\w*)*[ \t]*(?:\/\/|#|;|\}|$)/.test(behind);
  builder.report('syntax/return', 'nothing is returned: the last value is the result', span, {
    found: 'return',
    expected: 'output NAME in a network, or nothing',
    fixes: [
      names
        ? { message: 'write output', edits: [{ span, text: 'output' }] }
        : {
            message: 'remove return',
            edits: [{ span: { ...span, end: span.end + /^[ \t]*/.exec(behind)![0].length }, text: '' }],
          },
    ],
  });
  builder.spoil();
}
