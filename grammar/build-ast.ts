// Concrete tree → syntax tree (ast.ts): definitions and statements. Elements that did not parse are not in the concrete
// tree, so every child that the grammar demands is there. Expressions and chains are in build-expression.ts.

import type { CstNode, IToken } from 'chevrotain';
import type * as ast from './ast.ts';
import {
  all,
  type Builder,
  createBuilder,
  has,
  identifierOf,
  node,
  spanOfNode,
  token,
  tokens,
  fixToNearest,
  wantColons,
} from './build.ts';
import { stringOf } from './build-literal.ts';
import { repair, type Sink } from './diagnostic.ts';
import { shorten } from './token-text.ts';
import { refuseInputStep, refuseReturn, refuseValue } from './refusals/chains.ts';
import { refuseInput } from './refusals/inputs.ts';
import { refuseMisspelt } from './refusals/words.ts';
import type { Source } from './source.ts';
import { argumentsOf, chainOf, conditionalOf, expressionOf, shapeOf, valueOf } from './build-expression.ts';

/**
 * The syntax tree of a file. What is wrong although it parsed is reported, and its statement left out. `begun` reads the part of
 * a skipped element before its mistake.
 */
export function buildFile(
  source: Source,
  docs: readonly IToken[],
  tree: CstNode,
  sink: Sink,
  begun: (skipped: CstNode) => CstNode | undefined,
): ast.File {
  const builder = createBuilder(source, docs, sink, { bodyOf, begun });
  const imports: ast.Import[] = [];
  const definitions: ast.Definition[] = [];
  let incomplete = has(tree, 'skipped');
  for (const outer of all(tree, 'definition')) {
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
        ...parametersAndBody(builder, tree),
      };
    case 'network': {
      const name = identifierOf(builder, token(tree, 'name'));
      if (!has(tree, 'target')) return { kind: 'network', span, ...doc, name, ...parametersAndBody(builder, tree) };
      const target = identifierOf(builder, token(tree, 'target'));
      return { kind: 'alias', span, ...doc, name, target, arguments: optionalArguments(builder, tree) ?? [] };
    }
    case 'constant':
      return constantOf(builder, tree);
    case 'train': {
      const target = identifierOf(builder, token(tree, 'Identifier'));
      return { kind: 'train', span, target, settings: settingsOf(builder, tree) };
    }
    default: {
      const target = identifierOf(builder, token(tree, 'Identifier'));
      return { kind: 'expect', span, target, budgets: all(tree, 'budget').map((budget) => budgetOf(builder, budget)) };
    }
  }
}

function parametersAndBody(
  builder: Builder,
  tree: CstNode,
): { readonly parameters: readonly ast.Parameter[]; readonly body: ast.Body } {
  const list = has(tree, 'parameters') ? node(tree, 'parameters') : undefined;
  const written = list ? all(list, 'parameter') : [];
  const parameters = written.flatMap((item) => builder.whole(() => parameterOf(builder, item)) ?? []);
  const body = bodyOf(builder, node(tree, 'body'));
  const lost = parameters.length < written.length || (list !== undefined && has(list, 'skipped'));
  return { parameters, body: lost ? { ...body, incomplete: true, gaps: [{ after: 0 }, ...(body.gaps ?? [])] } : body };
}

function parameterOf(builder: Builder, tree: CstNode): ast.Parameter {
  const name = identifierOf(builder, token(tree, 'Identifier'));
  const value = has(tree, 'conditional') ? conditionalOf(builder, node(tree, 'conditional')) : undefined;
  if (has(tree, 'type') && !has(tree, "':'")) missingColon(builder, name);
  const type = has(tree, 'type') ? typeOf(builder, node(tree, 'type')) : guessType(builder, name, value);
  return { span: spanOfNode(builder, tree), name, type, ...(value && { default: value }) };
}

function missingColon(builder: Builder, name: ast.Identifier): void {
  const at = { ...name.span, start: name.span.end };
  builder.report('syntax/parameter-type', 'a colon separates a parameter from its type', name.span, {
    found: shorten(name.name),
    expected: `${shorten(name.name)}:`,
    fixes: [repair(at, ':', `write ${shorten(name.name)}:`)],
  });
}

function guessType(builder: Builder, name: ast.Identifier, value: ast.Expression | undefined): ast.TypeExpression {
  const guess =
    value?.kind === 'boolean'
      ? 'bool'
      : value?.kind === 'string'
        ? 'string'
        : value?.kind === 'number' && !value.integer
          ? 'float'
          : value?.kind === 'call' || value?.kind === 'name'
            ? 'block'
            : 'int';
  const at = { ...name.span, start: name.span.end };
  builder.report('syntax/parameter-type', `the parameter ${shorten(name.name)} has no type`, name.span, {
    found: shorten(name.name),
    expected: someType,
    fixes: [{ message: `write ${shorten(name.name)}: ${guess}`, edits: [{ span: at, text: `: ${guess}` }] }],
  });
  return { kind: 'named', span: name.span, name: guess };
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

function typeOf(builder: Builder, tree: CstNode): ast.TypeExpression {
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

function constantOf(builder: Builder, tree: CstNode): ast.ConstDefinition {
  const span = spanOfNode(builder, tree);
  return {
    kind: 'const',
    span,
    ...builder.docBefore(span.start),
    name: identifierOf(builder, token(tree, 'Identifier')),
    ...(has(tree, 'type') && { type: typeOf(builder, node(tree, 'type')) }),
    value: expressionOf(builder, node(tree, 'expression')),
  };
}

function budgetOf(builder: Builder, tree: CstNode): ast.Budget {
  return {
    span: spanOfNode(builder, tree),
    quantity: identifierOf(builder, token(tree, 'quantity')),
    comparison: builder.operator(token(tree, 'Comparison')) as ast.Comparison,
    value: expressionOf(builder, node(tree, 'expression')),
  };
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
  const startOf = ({ location }: CstNode): number => location!.startOffset;
  const elements = [...all(tree, 'statement'), ...all(tree, 'skipped')];
  for (const element of has(tree, 'skipped') ? elements.toSorted((a, b) => startOf(a) - startOf(b)) : elements) {
    const isSkipped = element.name === 'skipped';
    const built = isSkipped ? undefined : builder.whole(() => statementOf(builder, element));
    if (built) statements.push(built);
    else {
      const begun = isSkipped ? builder.begun(element, (before) => begunFlow(builder, before)) : undefined;
      gaps.push({ after: statements.length, ...(begun && { begun }) });
    }
  }
  return { span: spanOfNode(builder, tree), statements, ...(gaps.length > 0 && { incomplete: true, gaps }) };
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
