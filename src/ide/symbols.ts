// The outline of a file: its networks, blocks, constants and sections, and inside of them inputs, labels, paths and loops.

import type * as ast from '../../grammar/ast.ts';
import { formatShape } from '../../compiler/ir/tensor-type.ts';
import { textOf } from '../../grammar/source.ts';
import type { Span } from '../../grammar/source.ts';
import { visit } from '../../grammar/visit.ts';
import type { Analysis } from './analysis.ts';
import type { DocumentSymbol, Range } from './types.ts';

/** Longest detail, in UTF-16 units. */
const DETAIL_LIMIT = 60;

/** In the order of the text. What has a syntax error is left out. */
export function symbols(analysis: Analysis): readonly DocumentSymbol[] {
  const shapes = shapesOf(analysis);
  return analysis.file.definitions.map((definition) => ofDefinition(definition, shapes));
}

/** The shapes of chains; undefined for one whose shape differs from call to call. */
type Shapes = ReadonlyMap<Span, string | undefined>;

function shapesOf({ seen }: Analysis): Shapes {
  const shapes = new Map<Span, string | undefined>();
  for (const { span, shape } of seen.flatMap(({ chains }) => chains)) {
    const text = formatShape(shape);
    shapes.set(span, shapes.has(span) && shapes.get(span) !== text ? undefined : text);
  }
  return shapes;
}

function ofDefinition(definition: ast.Definition, shapes: Shapes): DocumentSymbol {
  const { kind, span } = definition;
  switch (kind) {
    case 'network':
    case 'block': {
      const detail = parametersOf(definition);
      const children = ofStatements(definition.body.statements, shapes);
      // A name that is not there yet is not shown as nothing.
      const name = { ...definition.name, name: definition.name.name || kind };
      return symbol(kind, name, span, children, detail);
    }
    case 'alias': {
      const end = definition.arguments.at(-1)?.span.end ?? definition.target.span.end;
      const target = { ...span, start: definition.target.span.start, end: Math.max(end, span.end) };
      return symbol('network', definition.name, span, [], `= ${oneLine(target)}`);
    }
    case 'const':
      return symbol('constant', definition.name, span, [], oneLine(definition.value.span));
    case 'train':
    case 'expect': {
      const name = { name: `${kind} ${definition.target.name}`.trimEnd(), span: definition.target.span };
      return symbol('section', name, span, []);
    }
    default:
      return definition satisfies never;
  }
}

/** `(classes: int = 10)`; nothing without parameters. */
function parametersOf({ parameters }: ast.BlockDefinition | ast.NetworkDefinition): string | undefined {
  if (parameters.length === 0) return undefined;
  return clipped(`(${parameters.map(({ span }) => flat(textOf(span))).join(', ')})`);
}

function ofStatements(statements: readonly ast.Statement[], shapes: Shapes): readonly DocumentSymbol[] {
  return statements.flatMap((statement) => ofStatement(statement, shapes));
}

function ofStatement(statement: ast.Statement, shapes: Shapes): readonly DocumentSymbol[] {
  const { kind, span } = statement;
  switch (kind) {
    case 'input':
      return [symbol('input', statement.name, span, [], statement.shape && oneLine(statement.shape.span))];
    case 'learned':
      return [symbol('value', statement.name, span, [], oneLine(statement.shape.span))];
    case 'const':
      return [symbol('constant', statement.name, span, [], oneLine(statement.value.span))];
    case 'share':
      return [symbol('value', statement.name, span, ofChain(statement.chain, shapes), oneLine(statement.chain.span))];
    case 'flow': {
      const { names, chain } = statement;
      const inside = ofChain(chain, shapes);
      const shape = shapes.get(chain.span);
      // What is in a labelled `parallel` belongs to the first of its labels.
      const labels = names.map((name, at) =>
        symbol('value', name, span, at === 0 ? inside : [], shape ?? oneLine(chain.span)),
      );
      return labels.length > 0 ? labels : inside;
    }
    case 'repeat':
      return loop(statement, statement.count.span, shapes);
    case 'for':
      return loop(statement, statement.list.span, shapes);
    case 'if':
      return [
        ...statement.branches.map(({ body }) => body),
        ...(statement.otherwise ? [statement.otherwise] : []),
      ].flatMap((body) => ofStatements(body.statements, shapes));
    case 'output':
      return [];
    default:
      return statement satisfies never;
  }
}

/** `for (convs, width) in arch`, with the list that it collects. */
function loop(
  { span, body, collect }: ast.RepeatStatement | ast.ForStatement,
  header: Span,
  shapes: Shapes,
): readonly DocumentSymbol[] {
  const end = trimmedEnd({ ...span, end: Math.max(header.end, body.span.start) });
  const name = oneLine({ ...span, end });
  const inside = ofStatements(body.statements, shapes);
  const list = collect ? [symbol('value', collect, collect.span, [], 'list')] : [];
  return [symbol('loop', { name, span: { ...span, end } }, span, [...list, ...inside])];
}

/** The paths of each `parallel` of a chain, those in its arguments among them. */
function ofChain({ steps }: ast.Chain, shapes: Shapes): readonly DocumentSymbol[] {
  return steps.flatMap((step) => {
    if (step.kind === 'parallel') return step.paths.map((path, at) => ofPath(path, at, shapes));
    const found: DocumentSymbol[] = [];
    for (const chain of chainsIn(step)) found.push(...ofChain(chain, shapes));
    return found;
  });
}

/** The outermost chains in arguments and parentheses. */
function chainsIn(step: ast.CallStep | ast.OperationStep): readonly ast.Chain[] {
  const chains: ast.Chain[] = [];
  let end = -1;
  visit(step.kind === 'step' ? (step.arguments ?? []) : step.value, (node) => {
    const span = node['span'] as Span | undefined;
    if (node['kind'] !== 'chain' || !span || span.start < end) return;
    chains.push(node['chain'] as ast.Chain);
    end = span.end;
  });
  return chains;
}

function ofPath({ name, body, span }: ast.Path, at: number, shapes: Shapes): DocumentSymbol {
  const inside = ofStatements(body.statements, shapes);
  const [only] = body.statements;
  const chain = body.statements.length === 1 && only?.kind === 'flow' ? only.chain : undefined;
  const detail = chain && (shapes.get(chain.span) ?? oneLine(chain.span));
  // Without a name it is called as its weights are.
  const word = { name: `path${at + 1}`, span: { ...span, end: span.start + 'path'.length } };
  return symbol('path', name ?? word, span, inside, detail);
}

function symbol(
  kind: DocumentSymbol['kind'],
  name: Pick<ast.Identifier, 'name' | 'span'>,
  span: Span,
  children: readonly DocumentSymbol[],
  detail?: string,
): DocumentSymbol {
  const selection = { start: Math.max(name.span.start, span.start), end: Math.min(name.span.end, span.end) };
  return { name: name.name, ...(detail !== undefined && { detail }), kind, range: rangeOf(span), selection, children };
}

function rangeOf({ start, end }: Span): Range {
  return { start, end };
}

function trimmedEnd(span: Span): number {
  return span.start + textOf(span).trimEnd().length;
}

function oneLine(span: Span): string {
  return clipped(flat(textOf(span)));
}

function flat(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

function clipped(text: string): string {
  return text.length > DETAIL_LIMIT ? `${text.slice(0, DETAIL_LIMIT - 1).trimEnd()}…` : text;
}
