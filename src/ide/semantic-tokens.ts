// The colour of every word: what it stands for, by the table of names, and by the lexer where the text has mistakes.

import { isOfLibrary } from '../../compiler/blocks/library.ts';
import { lookupOperator } from '../../compiler/frontend/names/foreign.ts';
import type { Definition, Named, Use } from '../../compiler/frontend/names/bindings.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lexAll } from '../../grammar/lex.ts';
import type { Token } from '../../grammar/lex.ts';
import * as t from '../../grammar/tokens.ts';
import type { Analysis } from './analysis.ts';
import { isNamed } from './names.ts';
import { isReadable } from './readable.ts';
import type { SemanticToken, TokenType } from './types.ts';

type Modifiers = SemanticToken['modifiers'];
type Look = Pick<SemanticToken, 'type' | 'modifiers'>;

/** Brackets, commas and colons have none. */
export function semanticTokens(analysis: Analysis): readonly SemanticToken[] {
  const { source, bindings } = analysis;
  if (!isReadable(analysis)) return [];
  const uses = new Map((bindings.uses.get(source) ?? []).map((use) => [use.span.start, use]));
  const byName = looksByName(uses.values());
  const tokens = lexAll(source);
  return tokens.flatMap((token, at) => {
    const use = uses.get(token.startOffset);
    const isUse = use?.span.end === token.endOffset! + 1;
    const look = isUse ? lookOf(use, tokens[at - 1]) : lookAlone(token, tokens[at + 1], byName);
    return look ? pieces(token, look) : [];
  });
}

function lookOf({ definition, defines }: Use, before?: Token): Look {
  // `x.channels`
  if (definition.kind === 'word' && before?.tokenType === t.Dot) return plain('property');
  const modifiers: Modifiers = [
    ...(defines ? (['declaration'] as const) : []),
    ...(definition.kind === 'constant' ? (['readonly'] as const) : []),
    ...(isGiven(definition) ? (['defaultLibrary'] as const) : []),
  ];
  return { type: types[definition.kind], modifiers };
}

/** Whether it comes with the compiler. */
function isGiven(definition: Definition): boolean {
  if (isNamed(definition))
    return definition.kind === 'block' && isOfLibrary((definition.original ?? definition).span.source.path);
  return definition.kind === 'operator' || definition.kind === 'function';
}

const types: Readonly<Record<Definition['kind'], TokenType>> = {
  network: 'class',
  block: 'class',
  constant: 'variable',
  parameter: 'parameter',
  variable: 'variable',
  input: 'variable',
  value: 'variable',
  share: 'function',
  learned: 'variable',
  path: 'namespace',
  missing: 'variable',
  operator: 'function',
  attribute: 'property',
  function: 'function',
  word: 'enumMember',
  setting: 'property',
  type: 'type',
} satisfies Readonly<Record<Named['kind'] | Definition['kind'], TokenType>>;

/** How names look elsewhere in the file, for lines that could not be read. */
function looksByName(uses: Iterable<Use>): ReadonlyMap<string, Look> {
  const looks = new Map<string, Look>();
  for (const use of uses) {
    const { type, modifiers } = lookOf(use);
    looks.set(use.definition.name, { type, modifiers: modifiers.filter((one) => one !== 'declaration') });
  }
  return looks;
}

/** What a token is by itself. */
function lookAlone(token: Token, next: Token | undefined, byName: ReadonlyMap<string, Look>): Look | undefined {
  const { tokenType, image } = token;
  if (tokenType === t.Identifier) {
    if (next?.tokenType === t.Colon) return plain('property');
    if (lookupOperator(operators, image)) return { type: 'function', modifiers: ['defaultLibrary'] };
    return byName.get(image);
  }
  const type = literal.get(tokenType) ?? tokenType.CATEGORIES?.flatMap((one) => literal.get(one) ?? [])[0];
  return type && plain(type);
}

const plain = (type: TokenType): Look => ({ type, modifiers: [] });

const literal = new Map<unknown, TokenType>([
  ...[t.Keyword, t.Share, t.Learned, t.Collect].map((type) => [type, 'keyword'] as const),
  ...[t.DocComment, t.LineComment, t.BlockComment, t.UnclosedComment, t.HashComment, t.DocString].map(
    (type) => [type, 'comment'] as const,
  ),
  ...[t.StringLiteral, t.ForeignString, t.UnclosedString].map((type) => [type, 'string'] as const),
  ...[t.NumberLiteral, t.SizeLiteral, t.MalformedNumber, t.TupleIndex].map((type) => [type, 'number'] as const),
  ...[t.Arrow, t.Equals, t.BinaryOperator, t.Comparison, t.ArithmeticOperator, t.PrefixOperator].map(
    (type) => [type, 'operator'] as const,
  ),
]);

/** A token in as many pieces as it has lines. */
function pieces({ image, startOffset }: Token, look: Look): readonly SemanticToken[] {
  const found: SemanticToken[] = [];
  for (const { 0: line, index } of image.matchAll(/[^\r\n]+/g))
    found.push({ start: startOffset + index, length: line.length, ...look });
  return found;
}
