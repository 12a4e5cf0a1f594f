// Inputs that are read and that are mistakes all the same.

import type { CstNode } from 'chevrotain';
import { type Builder, has, node, spanOfNode, token } from '../build.ts';
import { shorten } from '../token-text.ts';

/** Reports `input` whose name stands on the next line, where it is more likely a step, and a list of inputs with a shape. */
export function refuseInput(builder: Builder, tree: CstNode): boolean {
  const [keyword, name] = [token(tree, "'input'"), token(tree, 'Identifier')];
  const { source } = builder;
  const end = keyword.endOffset! + 1;
  if (name.startLine !== keyword.startLine && !has(tree, 'shape') && !has(tree, "'['")) {
    const span = { source, start: keyword.startOffset, end };
    builder.report('syntax/input', 'an input has a name, on the line of the word', span, {
      found: 'input',
      expected: 'input x in a block, input image: [1, 28, 28] in a network',
      fixes: [{ message: 'write input x', edits: [{ span: { source, start: end, end }, text: ' x' }] }],
    });
  } else if (has(tree, "'['") && has(tree, 'shape')) {
    const shape = spanOfNode(builder, node(tree, 'shape'));
    const span = { ...shape, start: token(tree, "':'").startOffset };
    builder.report('syntax/input', 'a list of inputs has no shape: each value brings its own', shape, {
      found: shorten(source.text.slice(span.start, span.end)),
      expected: `input ${shorten(name.image)}[]`,
      fixes: [{ message: 'remove the shape', edits: [{ span, text: '' }] }],
    });
  } else return false;
  builder.spoil();
  return true;
}
