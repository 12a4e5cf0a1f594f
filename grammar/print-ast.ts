// The syntax tree as indented text, for `cnnc dump --stage ast` and tests: one line for each definition, statement and
// step, expressions in prefix form. The same tree always prints the same text; spans are left out.

import type * as ast from './ast.ts';

/** Ends with a line break, unless the file is empty. */
export function printAst(file: ast.File): string {
  const lines = [...file.imports.map(importLine), ...file.definitions.flatMap(definitionLines)];
  if (file.incomplete) lines.push('incomplete');
  return lines.map((line) => `${line}\n`).join('');
}

type Lines = readonly string[];
const indent = (lines: Lines): Lines => lines.map((line) => `  ${line}`);

function importLine({ names, path }: ast.Import): string {
  const list = names.map(({ name, alias }) => (alias ? `(${name.name} as ${alias.name})` : name.name));
  return ['import', ...list, 'from', quote(path.value)].join(' ');
}

function definitionLines(definition: ast.Definition): Lines {
  switch (definition.kind) {
    case 'block':
    case 'network': {
      const { kind, name, parameters, partial, body } = definition;
      const header = `${kind} ${name.name}${docOf(definition)}${partial ? ' partial' : ''}`;
      return [header, ...indent([...parameters.map(parameterLine), ...bodyLines(body)])];
    }
    case 'alias':
      return [
        `alias ${definition.name.name}${docOf(definition)} = ${callText(definition.target, definition.arguments)}`,
      ];
    case 'const':
      return [constLine(definition)];
    case 'train':
      return [`train ${definition.target.name}`, ...indent(definition.settings.map(settingLine))];
    case 'expect': {
      const budgets = definition.budgets.map(
        ({ quantity, comparison, value }) => `${comparison} ${quantity.name} ${expressionText(value)}`,
      );
      return [`expect ${definition.target.name}`, ...indent(budgets)];
    }
    default:
      return definition satisfies never;
  }
}

function docOf({ doc }: { readonly doc?: string }): string {
  return doc === undefined ? '' : ` ${quote(doc)}`;
}

function parameterLine({ name, type, untyped, default: value }: ast.Parameter): string {
  return `parameter ${name.name}: ${untyped ? '?' : typeText(type)}${value ? ` = ${expressionText(value)}` : ''}`;
}

function constLine(definition: ast.ConstDefinition): string {
  const type = definition.type ? `: ${typeText(definition.type)}` : '';
  return `const ${definition.name.name}${type}${docOf(definition)} = ${expressionText(definition.value)}`;
}

function settingLine({ name, value }: ast.Setting): string {
  return `setting ${name.name}: ${expressionText(value)}`;
}

function typeText(type: ast.TypeExpression): string {
  switch (type.kind) {
    case 'named':
      return type.name;
    case 'tuple-type':
      return `(${type.items.map(typeText).join(', ')})`;
    case 'list-type':
      return `[${typeText(type.item)}]`;
    default:
      return type satisfies never;
  }
}

function bodyLines(body: ast.Body): Lines {
  return [...body.statements.flatMap(statementLines), ...(body.incomplete ? ['incomplete'] : [])];
}

function statementLines(statement: ast.Statement): Lines {
  switch (statement.kind) {
    case 'input': {
      const { name, list, shape, settings } = statement;
      const header = `input ${name.name}${list ? '[]' : ''}${shape ? `: ${shapeText(shape)}` : ''}`;
      return [header, ...indent(settings.map(settingLine))];
    }
    case 'output': {
      const { names, settings } = statement;
      return [['output', ...names.map(({ name }) => name)].join(' '), ...indent(settings.map(settingLine))];
    }
    case 'const':
      return [constLine(statement)];
    case 'share':
      return [`share ${statement.name.name} =`, ...indent(chainLines(statement.chain))];
    case 'learned': {
      const value = statement.value ? ` = ${expressionText(statement.value)}` : '';
      return [`learned ${statement.name.name}: ${shapeText(statement.shape)}${value}`];
    }
    case 'repeat': {
      const index = statement.index ? ` as ${statement.index.name}` : '';
      return [
        `repeat ${expressionText(statement.count)}${index}${collectText(statement)}`,
        ...indent(bodyLines(statement.body)),
      ];
    }
    case 'for': {
      const header = `for ${patternText(statement.pattern)} in ${expressionText(statement.list)}${collectText(statement)}`;
      return [header, ...indent(bodyLines(statement.body))];
    }
    case 'if': {
      const branches = statement.branches.flatMap(({ condition, body }, i) => [
        `${i === 0 ? 'if' : 'else if'} ${expressionText(condition)}`,
        ...indent(bodyLines(body)),
      ]);
      return statement.otherwise ? [...branches, 'else', ...indent(bodyLines(statement.otherwise))] : branches;
    }
    case 'flow': {
      const names = statement.names.length > 0 ? ` ${statement.names.map(({ name }) => name).join(' ')} =` : '';
      return [`flow${names}`, ...indent(chainLines(statement.chain))];
    }
    default:
      return statement satisfies never;
  }
}

function collectText({ collect }: ast.RepeatStatement | ast.ForStatement): string {
  return collect ? ` collect ${collect.name}` : '';
}

function patternText(pattern: ast.Pattern): string {
  return pattern.kind === 'bind' ? pattern.name.name : `(${pattern.items.map(patternText).join(' ')})`;
}

function chainLines({ steps, shape }: ast.Chain): Lines {
  return [...steps.flatMap(stepLines), ...(shape ? [`shape ${shapeText(shape)}`] : [])];
}

function stepLines(step: ast.Step): Lines {
  if (step.kind === 'operation') return [`operation ${expressionText(step.value)}`];
  if (step.kind === 'step')
    return [
      `${callText(step.callee, step.arguments)}${step.input ? callText({ ...step.callee, name: '' }, step.input) : ''}`,
    ];
  const paths = step.paths.flatMap(({ name, body }) => [
    name ? `path ${name.name}` : 'path',
    ...indent(bodyLines(body)),
  ]);
  const header = `parallel ${callText(step.join.callee, step.join.arguments)}`;
  return [header, ...indent([...paths, ...(step.incomplete ? ['incomplete'] : [])])];
}

function callText(callee: ast.Identifier, list: readonly ast.Argument[] | undefined): string {
  if (!list) return callee.name;
  const texts = list.map(({ name, value }) =>
    name ? `${name.name}: ${expressionText(value)}` : expressionText(value),
  );
  return `${callee.name}(${texts.join(', ')})`;
}

function shapeText({ items }: ast.ShapePattern): string {
  return `[${items.map((item) => (item ? expressionText(item) : '_')).join(', ')}]`;
}

function expressionText(expression: ast.Expression): string {
  switch (expression.kind) {
    case 'number':
      return expression.integer || !Number.isInteger(expression.value)
        ? String(expression.value)
        : `${expression.value}.0`;
    case 'string':
      return quote(expression.value);
    case 'boolean':
      return String(expression.value);
    case 'size':
      return `${expression.height}x${expression.width}`;
    case 'name':
      return expression.name;
    case 'call':
      return callText(expression.callee, expression.arguments);
    case 'tuple':
      return `(tuple${expression.items.map((item) => ` ${expressionText(item)}`).join('')})`;
    case 'list':
      return `[${expression.items.map(expressionText).join(' ')}]`;
    case 'unary':
      return `(${expression.operator} ${expressionText(expression.operand)})`;
    case 'binary':
      return `(${expression.operator} ${expressionText(expression.left)} ${expressionText(expression.right)})`;
    case 'conditional': {
      const { condition, then, otherwise } = expression;
      return `(if ${expressionText(condition)} ${expressionText(then)} ${expressionText(otherwise)})`;
    }
    case 'member':
      return `(.${expression.index} ${expressionText(expression.tuple)})`;
    case 'property':
      return `(.${expression.name.name} ${expressionText(expression.value)})`;
    case 'index':
      return `(at ${expressionText(expression.list)} ${expressionText(expression.index)})`;
    case 'chain': {
      const { steps, shape } = expression.chain;
      const texts = steps.flatMap((step) => stepText(step));
      return `(chain ${[...texts, ...(shape ? [shapeText(shape)] : [])].join(' ')})`;
    }
    default:
      return expression satisfies never;
  }
}

/** A step inside of an expression, where it has no lines of its own. */
function stepText(step: ast.Step): string {
  return stepLines(step)
    .map((line) => line.trim())
    .join(' / ');
}

function quote(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
