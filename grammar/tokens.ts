// The vocabulary of the language (Chevrotain tokens). Besides what is correct it knows what newcomers write — `=>`, `&&`,
// `'text'`, `# comment` —, so that the parser understands it, goes on, and lex.ts can say what to write instead.

import { createToken, Lexer, type ILexingResult, type TokenType } from 'chevrotain';

/** Categories: a token of one matches wherever the category is expected. */
export const BinaryOperator = createToken({ name: 'BinaryOperator', pattern: Lexer.NA });
export const Comparison = createToken({ name: 'Comparison', pattern: Lexer.NA, categories: [BinaryOperator] });
/** What calculates with values at the head of a chain. */
export const ArithmeticOperator = createToken({
  name: 'ArithmeticOperator',
  pattern: Lexer.NA,
  categories: [BinaryOperator],
});
export const PrefixOperator = createToken({ name: 'PrefixOperator', pattern: Lexer.NA });
export const Keyword = createToken({ name: 'Keyword', pattern: Lexer.NA });

// Letters outside ASCII are roughly these; what is left are symbols, punctuation and emoji.
const LETTER =
  '\\u00aa\\u00b5\\u00ba\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u1fff\\u2c00-\\u2dff\\u3040-\\ud7ff\\uf900-\\ufdff';

export const Identifier = createToken({ name: 'Identifier', pattern: /[A-Za-z_]\w*/ });
/** `größe`: read as a name, and reported. */
export const ForeignIdentifier = createToken({
  name: 'ForeignIdentifier',
  pattern: new RegExp(`\\w*[${LETTER}][\\w${LETTER}]*`),
  categories: [Identifier],
});
/** `_` in a shape: any extent. */
export const Wildcard = createToken({ name: 'Wildcard', pattern: /_/, longer_alt: Identifier });

const keyword = (word: string, categories: TokenType[] = []): TokenType =>
  createToken({
    name: `'${word}'`,
    pattern: word,
    longer_alt: Identifier,
    categories: [Keyword, ...categories],
  });

export const Import = keyword('import');
export const From = keyword('from');
export const As = keyword('as');
export const Block = keyword('block');
export const Network = keyword('network');
export const Const = keyword('const');
export const Train = keyword('train');
export const Expect = keyword('expect');
export const Input = keyword('input');
export const Output = keyword('output');
export const Parallel = keyword('parallel');
export const Path = keyword('path');
export const Repeat = keyword('repeat');
export const For = keyword('for');
export const In = keyword('in');
export const If = keyword('if');
export const Else = keyword('else');
export const True = keyword('true');
export const False = keyword('false');
export const And = keyword('and', [BinaryOperator]);
export const Or = keyword('or', [BinaryOperator]);
export const Not = keyword('not', [PrefixOperator]);

const softKeyword = (word: string): TokenType => createToken({ name: `'${word}'`, pattern: Lexer.NA });

// Names that soft-keywords.ts makes keywords of where they stand.
export const Share = softKeyword('share');
export const Learned = softKeyword('learned');
export const Collect = softKeyword('collect');

// A number ends where neither a word character nor a single point follows; `1..5` is a range.
const END = '(?!\\w|\\.(?!\\.))';
const DIGITS = '\\d+(?:_\\d+)*';
export const SizeLiteral = createToken({ name: 'Size', pattern: new RegExp(`\\d+x\\d+${END}`) });
export const NumberLiteral = createToken({
  name: 'Number',
  pattern: new RegExp(`${DIGITS}(?:\\.${DIGITS})?(?:[eE][+-]?\\d+|KiB|MiB|GiB|k|M|G)?${END}`),
});
/** `12abc`, `1.`, `0xff`, `1e-3f` */
export const MalformedNumber = createToken({
  name: 'MalformedNumber',
  pattern: /\d\w*(?:\.(?!\.)\w*)*(?:(?<=[\d.][eE])[-+−–]\d\w*)?/,
});
/** `.0` of `c.0`; one token, or `c.0.1` would read as `c` and `0.1`. */
export const TupleIndex = createToken({ name: 'TupleIndex', pattern: /\.\d+(?!\w)/ });

export const StringLiteral = createToken({ name: 'String', pattern: /"[^"\\\n\r]*(?:\\[^\n\r][^"\\\n\r]*)*"/ });
export const ForeignString = createToken({
  name: 'ForeignString',
  pattern:
    /'[^'\\\n\r]*(?:\\[^\n\r][^'\\\n\r]*)*'|[“”„][^“”„"\n\r]*[“”"]|[‘‚‹][^‘’‚‹›\n\r]*[’›]|«[^«»\n\r]*»|`[^`\n\r]+`/,
  categories: [StringLiteral],
});
/** To the end of its line, so that nothing in it is looked at a second time. */
export const UnclosedString = createToken({
  name: 'UnclosedString',
  pattern: /"[^"\\\n\r]*(?:\\[^\n\r][^"\\\n\r]*)*|'[^'\\\n\r]*(?:\\[^\n\r][^'\\\n\r]*)*/,
});

const symbol = (text: string, categories: TokenType[] = []): TokenType =>
  createToken({ name: `'${text}'`, pattern: text, categories });

export const Arrow = symbol('->');
export const EqualEqual = symbol('==', [Comparison]);
export const NotEqual = symbol('!=', [Comparison]);
export const LessEqual = symbol('<=', [Comparison]);
export const GreaterEqual = symbol('>=', [Comparison]);
export const Less = symbol('<', [Comparison]);
export const Greater = symbol('>', [Comparison]);
export const Equals = symbol('=');
export const Range = symbol('..', [BinaryOperator]);
export const Dot = symbol('.');
export const Plus = symbol('+', [ArithmeticOperator]);
export const Minus = symbol('-', [ArithmeticOperator, PrefixOperator]);
export const Star = symbol('*', [ArithmeticOperator]);
export const Slash = symbol('/', [ArithmeticOperator]);
export const Percent = symbol('%', [BinaryOperator]);
export const Colon = symbol(':');
export const Comma = symbol(',');
export const Semicolon = symbol(';');
export const LeftParen = symbol('(');
export const RightParen = symbol(')');
export const LeftBracket = symbol('[');
export const RightBracket = symbol(']');
export const LeftBrace = symbol('{');
export const RightBrace = symbol('}');

const foreign = (name: string, pattern: RegExp | string, meant: TokenType): TokenType =>
  createToken({ name, pattern, categories: [meant] });

const foreignOperators = [
  foreign('ForeignArrow', /=>|\|>|>>|~>|[−–—‐‑─━]{1,3}>|[→⟶➔➜⇒⟹↦►]/, Arrow),
  foreign('ForeignAssign', ':=', Equals),
  foreign('ForeignAnd', '&&', And),
  foreign('ForeignOr', '||', Or),
  foreign('ForeignEqual', '===', EqualEqual),
  foreign('ForeignNotEqual', /!==|≠|<>|~=/, NotEqual),
  foreign('ForeignNot', /!(?!=)/, Not),
  foreign('ForeignLessEqual', '≤', LessEqual),
  foreign('ForeignGreaterEqual', '≥', GreaterEqual),
  foreign('ForeignMinus', /[−–]/, Minus),
];

/** What to write for an operator of another language. */
export const instead: ReadonlyMap<TokenType, string> = new Map(
  foreignOperators.map((type) => [type, type.CATEGORIES![0]!.name.slice(1, -1)]),
);

const WhiteSpace = createToken({
  name: 'WhiteSpace',
  pattern: /[ \t\r\n\f\v\u00a0\u2000-\u200b\u202f\u205f\u3000\ufeff]+/,
  line_breaks: true,
  group: Lexer.SKIPPED,
});
export const DocComment = createToken({ name: 'DocComment', pattern: /\/\/\/(?!\/)[^\n\r]*/, group: 'docs' });
export const LineComment = createToken({ name: 'LineComment', pattern: /\/\/[^\n\r]*/, group: 'comments' });
export const BlockComment = createToken({
  name: 'BlockComment',
  pattern: /\/\*[\s\S]*?\*\//,
  line_breaks: true,
  group: 'comments',
});
export const UnclosedComment = createToken({ name: 'UnclosedComment', pattern: /\/\*[\s\S]*/, line_breaks: true });
/** `# text`, and `-- text` with a blank behind it. */
export const HashComment = createToken({ name: 'HashComment', pattern: /#[^\n\r]*|--(?=[ \t][a-zA-Z])[^\n\r]*/ });
/** A text of Python that explains. */
export const DocString = createToken({
  name: 'DocString',
  pattern: /"""(?!")[^]*?"""|'''(?!')[^]*?'''|<!--[^>]{0,1000}-->/,
  line_breaks: true,
});
/** Anything else; the run of such characters is one token. */
// oxlint-disable-next-line no-control-regex
export const Unknown = createToken({ name: 'Unknown', pattern: /[\u0080-\uffff]+|[\u0000-\u007f]/, line_breaks: true });

export const allTokens: TokenType[] = [
  ...[BinaryOperator, Comparison, ArithmeticOperator, PrefixOperator, Keyword],
  ...[WhiteSpace, DocComment, LineComment, BlockComment, UnclosedComment, HashComment, DocString],
  ...[ForeignIdentifier, SizeLiteral, NumberLiteral, MalformedNumber],
  ...[Import, From, As, Block, Network, Const, Train, Expect, Input, Output, Parallel, Path],
  ...[Repeat, For, In, If, Else, True, False, And, Or, Not, Share, Learned, Collect],
  ...[Wildcard, Identifier, StringLiteral, ForeignString, UnclosedString],
  ...foreignOperators,
  ...[Arrow, EqualEqual, NotEqual, LessEqual, GreaterEqual, Less, Greater, Equals, TupleIndex, Range, Dot],
  ...[Plus, Minus, Star, Slash, Percent, Colon, Comma, Semicolon],
  ...[LeftParen, RightParen, LeftBracket, RightBracket, LeftBrace, RightBrace, Unknown],
];

// Of a token that does not say whether it may hold ends of lines, Chevrotain takes the pattern apart: half of what the lexer takes to start.
for (const type of allTokens) if (type.PATTERN !== Lexer.NA) type.LINE_BREAKS ??= false;

const lexerSettings = { positionTracking: 'full', ensureOptimizations: true } as const;

let tokenizer: Lexer | undefined;

/** Tokens of a text. Validating their types takes a third of the time in which `cnnc check` starts; a test does it. */
export function tokenize(text: string): ILexingResult {
  tokenizer ??= new Lexer(allTokens, { ...lexerSettings, skipValidations: true });
  return tokenizer.tokenize(text);
}

/** Throws where Chevrotain finds a fault in the tokens. */
export function validateTokens(): void {
  void new Lexer(allTokens, lexerSettings);
}
