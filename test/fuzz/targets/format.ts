// The formatter: what it writes has the same tree and comments, and is formatted already.

import { format } from '../../../grammar/format.ts';
import { lexAll } from '../../../grammar/lex.ts';
import { parse } from '../../../grammar/parse.ts';
import { printAst } from '../../../grammar/print-ast.ts';
import { BlockComment, DocComment, LineComment } from '../../../grammar/tokens.ts';
import { corpus } from '../corpus.ts';
import { mutateText, respace } from '../mutate.ts';
import { randomProgram } from '../program.ts';
import { expectThat, textOf, type Target } from '../target.ts';

const comments: ReadonlySet<unknown> = new Set([BlockComment, DocComment, LineComment]);
const correct = corpus.filter((text) => parse({ path: 'a.cnn', text }).diagnostics.length === 0);

/** White space and the third slash aside. */
const commentsOf = (text: string): string =>
  lexAll({ path: 'a.cnn', text })
    .filter(({ tokenType }) => comments.has(tokenType))
    .map(({ image }) => image.replace(/^\/\/\/?/, '//').replace(/\s/g, ''))
    .toSorted()
    .join('\n');

export const formatTarget: Target = {
  name: 'format',
  share: 3,
  generate(random) {
    const text = respace(random.oneIn(2) ? randomProgram(random) : random.pick(correct), random);
    return random.oneIn(4) ? mutateText(text, random, correct) : text.toWellFormed();
  },
  run(input) {
    const text = textOf(input);
    const once = format({ path: 'a.cnn', text });
    if (!('text' in once)) return;
    const twice = format({ path: 'a.cnn', text: once.text });
    expectThat('text' in twice && twice.text === once.text, 'formatting again changes the text');
    const treeOf = (source: string): string => printAst(parse({ path: 'a.cnn', text: source }).file);
    expectThat(treeOf(once.text) === treeOf(text), 'formatting changes the tree');
    expectThat(commentsOf(once.text) === commentsOf(text), 'formatting changes comments');
  },
};
