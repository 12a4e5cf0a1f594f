// What stands before the braces of a block or network: its name, and its parameters with their types. While it is being typed, as
// much of it as can be read, so that what is in the braces keeps its meaning.

import type { CstNode, IToken } from 'chevrotain';
import type * as ast from './ast.ts';
import { conditionalOf } from './build-expression.ts';
import {
  type Builder,
  all,
  fixToNearest,
  has,
  identifierOf,
  inOrder,
  node,
  spanOfNode,
  startOf,
  token,
  tokens,
} from './build.ts';
import { repair } from './diagnostic.ts';
import { shorten } from './token-text.ts';

/** A block or network that is whole but for the words before its braces; undefined where it is something else. */
export function skippedDefinition(builder: Builder, tree: CstNode): ast.Definition | undefined {
  const kind = has(tree, "'block'") ? 'block' : 'network';
  const word = tokens(tree, `'${kind}'`)[0];
  if (word?.startOffset !== tree.location!.startOffset || !has(tree, 'body')) return undefined;
  const body = node(tree, 'body');
  const span = { source: builder.source, start: word.startOffset, end: spanOfNode(builder, body).end };
  return {
    ...{ kind, span, ...builder.docBefore(span.start), name: nameBehind(builder, tree, word) },
    ...{ ...parametersOf(builder, tree), partial: true, body: builder.body(body) },
  };
}

/** The name directly behind the word that begins a definition; an empty one where none is. */
export function nameBehind(builder: Builder, tree: CstNode, word: IToken): ast.Identifier {
  const { source } = builder;
  const behind = word.endOffset! + 1;
  const [written] = tokens(tree, 'Identifier');
  const isName = written && source.text.slice(behind, written.startOffset).trim() === '';
  return isName ? identifierOf(builder, written) : { span: { source, start: behind, end: behind }, name: '' };
}

/** The parameters of a definition; of one with a mistake, what stands before it. */
export function parametersOf(builder: Builder, tree: CstNode): Pick<ast.BlockDefinition, 'parameters' | 'partial'> {
  // A bracket that is not there has been inserted.
  const brace = token(node(tree, 'body'), "'{'");
  const { startOffset: start } = tree.location!;
  const mended = builder.isMended({ source: builder.source, start, end: brace.startOffset });
  let isWhole = brace.image !== '' && !mended;
  if (!has(tree, 'parameters')) return { parameters: [], ...(!isWhole && { partial: true }) };
  const list = node(tree, 'parameters');
  isWhole &&= token(list, "')'").image !== '';
  const parameters = new Map<number, ast.Parameter>();
  for (const element of inOrder(list, 'parameter')) {
    const isSkipped = element.name === 'skipped';
    const parameter = isSkipped
      ? builder.begun(element, (before) => parameterOf(builder, before))
      : parameterOf(builder, element);
    isWhole &&= !isSkipped && !parameter?.untyped && has(element, 'conditional') === (parameter?.default !== undefined);
    // What has a mistake behind it was read as a whole.
    if (parameter && !parameters.has(startOf(element)))
      parameters.set(startOf(element), { ...parameter, ...(mended && { untyped: true }) });
  }
  return { parameters: [...parameters.values()], ...(!isWhole && { partial: true }) };
}

function parameterOf(builder: Builder, tree: CstNode): ast.Parameter {
  const name = identifierOf(builder, token(tree, 'Identifier'));
  const hasType = has(tree, 'type');
  const value = has(tree, 'conditional')
    ? builder.whole(() => conditionalOf(builder, node(tree, 'conditional')))
    : undefined;
  const isSigned = has(tree, "':'");
  const swapped = hasType && !isSigned && typeNames.has(name.name) && has(node(tree, 'type'), 'Identifier');
  if (swapped) return typeFirst(builder, name, node(tree, 'type'));
  if (hasType && !isSigned) missingColon(builder, name);
  const type = hasType ? builder.whole(() => typeOf(builder, node(tree, 'type'))) : undefined;
  const text = guessType(value);
  const guess = { kind: 'named', span: name.span, name: typeNames.get(text) ?? 'int' } as const;
  if (!hasType) missingType(builder, name, text);
  return {
    ...{ span: spanOfNode(builder, tree), name, type: type ?? guess },
    ...(!type && { untyped: true }),
    ...(value && { default: value }),
  };
}

/** `int classes` is written `classes: int`. */
function typeFirst(builder: Builder, type: ast.Identifier, tree: CstNode): ast.Parameter {
  const name = identifierOf(builder, token(tree, 'Identifier'));
  const span = { ...type.span, end: name.span.end };
  const expected = `${name.name}: ${type.name}`;
  const found = shorten(`${type.name} ${name.name}`);
  const fixes = [repair(span, expected)];
  builder.report('syntax/parameter-type', 'the type stands behind the name', span, { found, expected, fixes });
  return { span, name, type: { kind: 'named', span: type.span, name: 'int' }, untyped: true };
}

function missingColon(builder: Builder, name: ast.Identifier): void {
  const at = { ...name.span, start: name.span.end };
  builder.report('syntax/parameter-type', 'a colon separates a parameter from its type', name.span, {
    found: shorten(name.name),
    expected: `${shorten(name.name)}:`,
    fixes: [repair(at, ':', `write ${shorten(name.name)}:`)],
  });
}

/** The type that a default has, as it is written. */
function guessType(value: ast.Expression | undefined): string {
  switch (value?.kind) {
    case 'boolean':
      return 'bool';
    case 'string':
    case 'size':
      return value.kind;
    case 'number':
      return value.integer ? 'int' : 'float';
    case 'call':
    case 'name':
      return 'block';
    case 'tuple':
      return `(${value.items.map(guessType).join(', ')})`;
    case 'list':
      return `[${guessType(value.items[0])}]`;
    default:
      return 'int';
  }
}

function missingType(builder: Builder, name: ast.Identifier, guess: string): void {
  const at = { ...name.span, start: name.span.end };
  builder.report('syntax/parameter-type', `the parameter ${shorten(name.name)} has no type`, name.span, {
    found: shorten(name.name),
    expected: someType,
    fixes: [{ message: `write ${shorten(name.name)}: ${guess}`, edits: [{ span: at, text: `: ${guess}` }] }],
  });
}

const typeNames: ReadonlyMap<string, ast.TypeName> = new Map(
  (['int', 'float', 'bool', 'string', 'size', 'block'] as const).map((name) => [name, name]),
);

const someType = 'int, float, bool, string, size, block, a tuple such as (int, int) or a list such as [int]';

const foreignTypes: ReadonlyMap<string, string> = new Map([
  ['integer', 'int'],
  ['long', 'int'],
  ['number', 'float'],
  ['double', 'float'],
  ['boolean', 'bool'],
  ['str', 'string'],
  ['text', 'string'],
  ...['step', 'layer', 'module', 'operator', 'function', 'callable'].map((word) => [word, 'block'] as const),
]);

/** A type as it is written; one that does not exist is reported, and spoils what it stands in. */
export function typeOf(builder: Builder, tree: CstNode): ast.TypeExpression {
  const span = spanOfNode(builder, tree);
  if (has(tree, "'('"))
    return { kind: 'tuple-type', span, items: all(tree, 'type').map((item) => typeOf(builder, item)) };
  if (has(tree, "'['")) return { kind: 'list-type', span, item: typeOf(builder, node(tree, 'type')) };
  const word = has(tree, "'block'") ? 'block' : token(tree, 'Identifier').image;
  const name = typeNames.get(word);
  if (!name) {
    builder.report('syntax/type', `${shorten(word)} is not a type`, span, {
      found: shorten(word),
      expected: someType,
      ...fixToNearest(
        foreignTypes.get(word.toLowerCase()) ?? word,
        typeNames.keys(),
        span,
        'write int, or another of these',
      ),
    });
    builder.spoil();
  }
  return { kind: 'named', span, name: name ?? 'int' };
}
