// Colours of the text while it is typed, before anything is analysed: the language's words, told apart by a small tokenizer.

import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import type { StringStream } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { tags } from '@lezer/highlight';

interface State {
  /** Inside of a comment of several lines. */
  readonly isComment: boolean;
  /** The word before says what the next name is. */
  readonly defines: string | false;
}

const definitions = new Set(['network', 'block', 'const', 'train', 'expect', 'path', 'share', 'learned', 'collect']);
const keywords = new Set([
  ...definitions,
  ...['import', 'from', 'as', 'input', 'output', 'parallel', 'repeat', 'for', 'in', 'if', 'else', 'and', 'or', 'not'],
]);
const atoms = new Set(['true', 'false']);
const types = new Set(['int', 'float', 'bool', 'string', 'size']);

/** Advances over one token and gives its style. */
function token(stream: StringStream, state: { current: State }): string | null {
  const { isComment, defines } = state.current;
  if (isComment) {
    const ends = stream.skipTo('*/');
    if (ends) stream.match('*/');
    else stream.skipToEnd();
    state.current = { isComment: !ends, defines };
    return 'comment';
  }
  if (stream.eatSpace()) return null;
  if (stream.match('///')) {
    stream.skipToEnd();
    return 'docComment';
  }
  if (stream.match('//')) {
    stream.skipToEnd();
    return 'comment';
  }
  if (stream.match('/*')) {
    state.current = { isComment: true, defines };
    return 'comment';
  }
  if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return 'string';
  if (stream.match(/^\d+x\d+\b/) || stream.match(/^\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?(?:[kMG]|KiB|MiB|GiB)?/))
    return 'number';
  const word = (stream.match(/^[A-Za-z_]\w*/) as RegExpMatchArray | null)?.[0];
  if (word === undefined)
    return stream.match(/^(?:->|[=!<>]=|\.\.|[-+*/%=<>])/) ? 'operator' : (stream.next(), 'bracket');
  state.current = { isComment: false, defines: definitions.has(word) && word };
  if (keywords.has(word)) return 'keyword';
  if (atoms.has(word)) return 'atom';
  const rest = stream.string.slice(stream.pos);
  // A path may have a name, and begins with a step otherwise.
  if (defines && (defines !== 'path' || /^\s*[={]/.test(rest))) return 'definition';
  if (/^\s*:(?!:)/.test(rest)) return 'propertyName';
  if (types.has(word)) return 'typeName';
  return /^\s*(?:\(|->)/.test(rest) || stream.string.slice(0, stream.start).trimEnd().endsWith('->')
    ? 'function'
    : 'variableName';
}

const language = StreamLanguage.define<{ current: State }>({
  name: 'cnn',
  startState: () => ({ current: { isComment: false, defines: false } }),
  copyState: ({ current }) => ({ current }),
  token,
  tokenTable: {
    docComment: tags.docComment,
    definition: tags.definition(tags.variableName),
    function: tags.function(tags.variableName),
  },
  languageData: {
    commentTokens: { line: '//', block: { open: '/*', close: '*/' } },
    closeBrackets: { brackets: ['(', '[', '{', '"'] },
  },
});

const style = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--code-keyword)', fontWeight: '600' },
  { tag: [tags.comment, tags.docComment], color: 'var(--code-comment)', fontStyle: 'italic' },
  { tag: tags.string, color: 'var(--code-string)' },
  { tag: [tags.number, tags.atom], color: 'var(--code-number)' },
  { tag: tags.definition(tags.variableName), color: 'var(--code-definition)', fontWeight: '600' },
  { tag: tags.function(tags.variableName), color: 'var(--code-step)' },
  { tag: tags.propertyName, color: 'var(--code-property)' },
  { tag: tags.typeName, color: 'var(--code-type)' },
  { tag: tags.operator, color: 'var(--soft)' },
]);

/** The language `cnn` with its colours, which the style sheet has for light and dark. */
export const colours: Extension = [language, syntaxHighlighting(style)];
