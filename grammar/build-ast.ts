// Concrete tree → syntax tree (ast.ts): definitions and statements. Elements that did not parse are not in the concrete
// tree, so every child that the grammar demands is there. Headers, expressions and chains have files of their own.

import type { CstNode, IToken } from 'chevrotain';
import type * as ast from './ast.ts';
import {
  all,
  type Builder,
  type Rules,
  createBuilder,
  has,
  identifierOf,
  node,
  spanOfNode,
  token,
  tokens,
  wantColons,
  inOrder,
} from './build.ts';
import { nameBehind, parametersOf, skippedDefinition, typeOf } from './build-header.ts';
import { stringOf } from './build-literal.ts';
import type { Sink } from './diagnostic.ts';
import { refuseInputStep, refuseReturn, refuseValue } from './refusals/chains.ts';
import { refuseInput } from './refusals/inputs.ts';
import { refuseMisspelt } from './refusals/words.ts';
import type { Source, Span } from './source.ts';
import { argumentsOf, chainOf, expressionOf, heldIn, shapeOf, valueOf } from './build-expression.ts';

/**
 * The syntax tree of a file. What is wrong although it parsed is reported, and its statement left out. `rules` reads the
 * part of a skipped element before its mistake, and knows where brackets were guessed.
 */
export function buildFile(
  source: Source,
  docs: readonly IToken[],
  tree: CstNode,
  sink: Sink,
  rules: Omit<Rules, 'bodyOf'>,
): ast.File {
  const builder = createBuilder(source, docs, sink, { bodyOf, ...rules });
  const imports: ast.Import[] = [];
  const definitions: ast.Definition[] = [];
  let incomplete = has(tree, 'skipped');
  for (const outer of inOrder(tree, 'definition')) {
    if (outer.name === 'skipped') {
      const built = builder.whole(() => skippedDefinition(builder, outer) ?? skippedSection(builder, outer));
      if (built) definitions.push(built);
      // A step that is not known may be a block whose name could not be read.
      incomplete ||= built?.kind === 'block' && built.name.name === '';
      continue;
    }
    const [kind] = Object.keys(outer.children);
    const inner = node(outer, kind!);
    if (kind === 'import') {
      imports.push(importOf(builder, inner));
      incomplete ||= has(inner, 'skipped');
    } else {
      const built = builder.whole(() => definitionOf(builder, kind!, inner));
      if (built) definitions.push(built);
      else incomplete = true;
    }
  }
  return { source, imports, definitions, ...(incomplete && { incomplete }) };
}

function importOf(builder: Builder, tree: CstNode): ast.Import {
  const names = all(tree, 'importName').map((item) => ({
    name: identifierOf(builder, token(item, 'name')),
    ...(has(item, 'alias') && { alias: identifierOf(builder, token(item, 'alias')) }),
  }));
  return { span: spanOfNode(builder, tree), names, path: stringOf(builder, token(tree, 'String')) };
}

function definitionOf(builder: Builder, kind: string, tree: CstNode): ast.Definition {
  const span = spanOfNode(builder, tree);
  const doc = builder.docBefore(span.start);
  switch (kind) {
    case 'block':
      return {
        kind: 'block',
        span,
        ...doc,
        name: identifierOf(builder, token(tree, 'Identifier')),
        ...parametersOf(builder, tree),
        body: bodyOf(builder, node(tree, 'body')),
      };
    case 'network': {
      const name = identifierOf(builder, token(tree, 'name'));
      if (!has(tree, 'target'))
        return {
          kind: 'network',
          span,
          ...doc,
          name,
          ...parametersOf(builder, tree),
          body: bodyOf(builder, node(tree, 'body')),
        };
      const target = identifierOf(builder, token(tree, 'target'));
      return { kind: 'alias', span, ...doc, name, target, arguments: optionalArguments(builder, tree) ?? [] };
    }
    case 'constant':
      return constantOf(builder, tree);
    case 'train': {
      const target = identifierOf(builder, token(tree, 'Identifier'));
      return { kind: 'train', span, target, ...sectionSettings(builder, tree) };
    }
    default: {
      const target = identifierOf(builder, token(tree, 'Identifier'));
      return { kind: 'expect', span, target, budgets: budgetsOf(builder, tree) };
    }
  }
}

/** A section that is whole but for the words before its braces; undefined where it is something else. */
function skippedSection(builder: Builder, tree: CstNode): ast.TrainSection | ast.ExpectSection | undefined {
  const kind = has(tree, "'train'") ? 'train' : 'expect';
  const [word] = tokens(tree, `'${kind}'`);
  const braces = all(tree, kind === 'train' ? 'settings' : 'budgets')[0];
  if (word?.startOffset !== tree.location!.startOffset || !braces) return undefined;
  const span = { source: builder.source, start: word.startOffset, end: spanOfNode(builder, braces).end };
  const target = nameBehind(builder, tree, word);
  return kind === 'train'
    ? { kind, span, target, ...sectionSettings(builder, tree) }
    : { kind, span, target, budgets: budgetsOf(builder, tree) };
}

function constantOf(builder: Builder, tree: CstNode): ast.ConstDefinition {
  const span = spanOfNode(builder, tree);
  return {
    kind: 'const',
    span,
    ...builder.docBefore(span.start),
    name: identifierOf(builder, token(tree, 'Identifier')),
    ...(has(tree, 'type') && { type: typeOf(builder, node(tree, 'type')) }),
    value: expressionOf(builder, node(tree, 'expression')),
    ...(builder.isMended({ ...span, end: endOfLine(span) }) && { partial: true }),
  };
}

function endOfLine({ source, end }: Span): number {
  const found = source.text.indexOf('\n', end);
  return found < 0 ? source.text.length : found;
}

const budgetsOf = (builder: Builder, tree: CstNode): readonly ast.Budget[] =>
  all(node(tree, 'budgets'), 'budget').map((budget) => budgetOf(builder, budget));

function budgetOf(builder: Builder, tree: CstNode): ast.Budget {
  return {
    span: spanOfNode(builder, tree),
    quantity: identifierOf(builder, token(tree, 'quantity')),
    comparison: builder.operator(token(tree, 'Comparison')) as ast.Comparison,
    value: expressionOf(builder, node(tree, 'expression')),
  };
}

function sectionSettings(builder: Builder, tree: CstNode): Pick<ast.TrainSection, 'settings' | 'incomplete'> {
  const settings = settingsOf(builder, tree);
  const isWhole = settings.length === inOrder(node(tree, 'settings'), 'setting').length;
  return { settings, ...(!isWhole && { incomplete: true }) };
}

function settingsOf(builder: Builder, tree: CstNode): readonly ast.Setting[] {
  if (!has(tree, 'settings')) return [];
  return all(node(tree, 'settings'), 'setting').flatMap((item) => builder.whole(() => settingOf(builder, item)) ?? []);
}

function settingOf(builder: Builder, tree: CstNode): ast.Setting {
  const name = identifierOf(builder, token(tree, 'Identifier'));
  wantColons(builder, [tree], 'a setting');
  return { span: spanOfNode(builder, tree), name, value: valueOf(builder, node(tree, 'value')) };
}

function bodyOf(builder: Builder, tree: CstNode): ast.Body {
  const statements: ast.Statement[] = [];
  const gaps: ast.Gap[] = [];
  for (const element of inOrder(tree, 'statement')) {
    const isSkipped = element.name === 'skipped';
    const built = isSkipped ? undefined : builder.whole(() => statementOf(builder, element));
    if (built) statements.push(built);
    else {
      const begun = isSkipped ? builder.begun(element, (before) => begunFlow(builder, before)) : undefined;
      const { held } = isSkipped ? heldIn(builder, [element]) : {};
      gaps.push({
        ...{ span: gapOf(builder, element, held), after: statements.length },
        ...{ ...(begun && { begun }), ...(held && { held }) },
      });
    }
  }
  return { span: spanOfNode(builder, tree), statements, ...(gaps.length > 0 && { incomplete: true, gaps }) };
}

/** The lines of a statement that was left out, up to the braces in it: what is left of it may be empty. */
function gapOf({ source }: Builder, { location }: CstNode, held: ast.Held | undefined): Span {
  const { startOffset, endOffset } = location!;
  const start = source.text.lastIndexOf('\n', startOffset - 1) + 1;
  const end = endOffset! >= startOffset ? endOffset! + 1 : startOffset;
  return { source, start, end: held?.bodies[0]?.span.start ?? endOfLine({ source, start, end }) };
}

/** The chain of a statement that is read up to a mistake. */
function begunFlow(builder: Builder, tree: CstNode): ast.FlowStatement | undefined {
  if (!has(tree, 'flow')) return undefined;
  const chain: ast.Chain = { ...chainOf(builder, node(node(tree, 'flow'), 'chain')), incomplete: true };
  return { kind: 'flow', span: chain.span, names: [], chain };
}

function statementOf(builder: Builder, outer: CstNode): ast.Statement {
  const kind = Object.keys(outer.children)[0]!;
  const tree = node(outer, kind);
  const span = spanOfNode(builder, tree);
  switch (kind) {
    case 'inputStatement': {
      const name = identifierOf(builder, token(tree, 'Identifier'));
      if (refuseInput(builder, tree)) return { kind: 'input', span, name, settings: [] };
      const list = has(tree, "'['") && { list: true as const };
      const shape = has(tree, 'shape') && { shape: shapeOf(builder, node(tree, 'shape')) };
      return { kind: 'input', span, name, ...list, ...shape, settings: settingsOf(builder, tree) };
    }
    case 'share': {
      const name = identifierOf(builder, token(tree, 'Identifier'));
      return { kind: 'share', span, name, chain: chainOf(builder, node(tree, 'chain')) };
    }
    case 'learned': {
      const name = identifierOf(builder, token(tree, 'Identifier'));
      const value = has(tree, 'expression') && { value: expressionOf(builder, node(tree, 'expression')) };
      return { kind: 'learned', span, name, shape: shapeOf(builder, node(tree, 'shape')), ...value };
    }
    case 'output': {
      const names = tokens(tree, 'Identifier').map((name) => identifierOf(builder, name));
      return { kind: 'output', span, names, settings: settingsOf(builder, tree) };
    }
    case 'constant':
      return constantOf(builder, tree);
    case 'repeat': {
      const index = has(tree, 'Identifier') && { index: identifierOf(builder, token(tree, 'Identifier')) };
      const count = expressionOf(builder, node(tree, 'expression'));
      return {
        kind: 'repeat',
        span,
        count,
        ...index,
        ...collectOf(builder, tree),
        body: bodyOf(builder, node(tree, 'body')),
      };
    }
    case 'for': {
      const pattern = patternOf(builder, node(tree, 'pattern'));
      const list = expressionOf(builder, node(tree, 'expression'));
      return {
        kind: 'for',
        span,
        pattern,
        list,
        ...collectOf(builder, tree),
        body: bodyOf(builder, node(tree, 'body')),
      };
    }
    case 'if': {
      const bodies = all(tree, 'body');
      const branches = all(tree, 'expression').map((condition, i) => ({
        condition: expressionOf(builder, condition),
        body: bodyOf(builder, bodies[i]!),
      }));
      const otherwise = has(tree, 'otherwise') && { otherwise: bodyOf(builder, node(tree, 'otherwise')) };
      return { kind: 'if', span, branches, ...otherwise };
    }
    default: {
      const names = tokens(tree, 'Identifier').map((name) => identifierOf(builder, name));
      if (refuseInputStep(builder, node(tree, 'chain'), names[0]))
        return { kind: 'flow', span, names, chain: { span, steps: [] } };
      if (names.length > 0 && refuseValue(builder, node(tree, 'chain'), span))
        return { kind: 'flow', span, names, chain: { span, steps: [] } };
      refuseReturn(builder, node(tree, 'chain'), span);
      if (names.length === 0) refuseMisspelt(builder, node(tree, 'chain'), span);
      return { kind: 'flow', span, names, chain: chainOf(builder, node(tree, 'chain')) };
    }
  }
}

function collectOf(builder: Builder, tree: CstNode): { readonly collect?: ast.Identifier } {
  if (!has(tree, 'collect')) return {};
  return { collect: identifierOf(builder, token(node(tree, 'collect'), 'Identifier')) };
}

function patternOf(builder: Builder, tree: CstNode): ast.Pattern {
  const span = spanOfNode(builder, tree);
  if (has(tree, 'Identifier')) return { kind: 'bind', span, name: identifierOf(builder, token(tree, 'Identifier')) };
  return { kind: 'tuple-pattern', span, items: all(tree, 'pattern').map((item) => patternOf(builder, item)) };
}

function optionalArguments(builder: Builder, tree: CstNode): readonly ast.Argument[] | undefined {
  return has(tree, 'arguments') ? argumentsOf(builder, node(tree, 'arguments')) : undefined;
}
