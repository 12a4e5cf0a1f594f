// A mistake found by the parser → a diagnostic in plain words: first the habits of other languages, then what the rule
// that failed would have needed.

import { EOF, type IToken } from 'chevrotain';
import type { Diagnostic, Fix } from './diagnostic.ts';
import { repair } from './diagnostic.ts';
import type { Context, Habit } from './habit.ts';
import { shorten, spanOf } from './lex.ts';
import type { Mistake } from './list-parser.ts';
import { slips } from './slips.ts';
import type { Source, Span } from './source.ts';
import { suggest } from './suggest.ts';
import * as t from './tokens.ts';

/** Always has a finite span inside the source. */
export function explain(source: Source, mistake: Mistake): Diagnostic {
  const context = contextOf(source, mistake);
  for (const habit of [...slips, ...habits]) {
    const diagnostic = habit(context);
    if (diagnostic) return { severity: 'error', span: context.span, ...diagnostic };
  }
  const expected = expectedBy(context);
  return {
    code: 'syntax/unexpected',
    severity: 'error',
    message: context.atEnd ? `the file ends where ${expected} should stand` : `${context.found} cannot stand here`,
    span: context.span,
    found: context.found,
    expected,
    fixes: [{ message: context.atEnd ? `write ${expected}` : `write ${expected}, or leave ${context.found} out` }],
  };
}

function contextOf(source: Source, { error, start }: Mistake): Context {
  const { token } = error;
  const real = (candidate: IToken | undefined): candidate is IToken =>
    candidate !== undefined && candidate.tokenType !== EOF && Number.isFinite(candidate.startOffset);
  const before = (error as { previousToken?: IToken }).previousToken;
  const previous = real(before) ? before : undefined;
  const end = source.text.trimEnd().length;
  const span = real(token) ? spanOf(source, token) : { source, start: end, end };
  return {
    source,
    token,
    previous,
    start,
    span,
    found: real(token) ? (token.image === '' ? 'the end' : shorten(token.image)) : 'the end of the file',
    atEnd: !real(token),
    sameLine: real(token) && previous !== undefined && previous.endLine === token.startLine,
    rule: error.context.ruleStack.at(-1) ?? 'file',
    needed: error.message,
  };
}

const replace = (span: Span, text: string, message = `write ${text}`): Fix => ({ message, edits: [{ span, text }] });

const foreignDefinitions: ReadonlyMap<string, string> = new Map([
  ['def', 'block'],
  ['fn', 'block'],
  ['func', 'block'],
  ['function', 'block'],
  ['layer', 'block'],
  ['module', 'block'],
  ['class', 'network'],
  ['model', 'network'],
  ['net', 'network'],
  ['let', 'const'],
  ['var', 'const'],
]);

const definitionWords = ['import', 'block', 'network', 'const', 'train', 'expect'];

const habits: readonly Habit[] = [
  function member({ token, previous, span, source }) {
    if (token.tokenType !== t.Dot) return undefined;
    if (previous?.image === 'self' || previous?.image === 'this') {
      return {
        code: 'syntax/member',
        message: 'a network has no members: a layer is written where it is used',
        span: { ...span, start: previous.startOffset },
        found: `${previous.image}.`,
        expected: 'a step such as conv(8, kernel: 3)',
        fixes: [{ message: 'write the layer itself in this place; what is used more than once is a block' }],
      };
    }
    const name = /^\.\s*([A-Za-z_]\w*)/.exec(source.text.slice(span.start, span.start + 100))?.[1];
    if (name !== undefined && previous && (previous.tokenType === t.Identifier || previous.tokenType === t.RightParen))
      return {
        code: 'syntax/member',
        message: 'values have no members: steps are joined with ->',
        span: { ...span, end: span.start + 1 + name.length },
        found: `.${shorten(name)}`,
        expected: `-> and a step, or a name without a point`,
        fixes: [{ message: `write -> ${shorten(name)}, if that is a step` }],
      };
    return {
      code: 'syntax/member',
      message: 'values have no members except .0, .1 of tuples',
      span,
      found: '.',
      expected: '.0, .1 or the end of the name',
      fixes: [{ message: 'number the part of a tuple: c.0; write names without a point' }],
    };
  },

  function wrongDefinitionWord({ rule, token, span }) {
    if (rule !== 'definition' || token.tokenType !== t.Identifier) return undefined;
    const word = foreignDefinitions.get(token.image) ?? suggest(token.image, definitionWords);
    if (word === undefined) {
      return {
        code: 'syntax/definition',
        message: 'outside of a network or block there are only definitions',
        span,
        found: shorten(token.image),
        expected: 'import, block, network, const, train or expect',
        fixes: [{ message: 'put the statements into network NAME { … }' }],
      };
    }
    return {
      code: 'syntax/definition',
      message: `a definition does not begin with ${token.image}`,
      span,
      found: token.image,
      expected: 'import, block, network, const, train or expect',
      fixes: [foreignDefinitions.has(token.image) ? repair(span, word) : replace(span, word)],
    };
  },

  function importForm({ rule, token, previous, span, found }) {
    if (rule !== 'import' && !(rule === 'definition' && token.tokenType === t.From)) return undefined;
    return {
      code: 'syntax/import',
      message: 'imports are written import { a, b as c } from "./file.cnn"',
      span,
      found,
      expected: rule === 'import' ? '{ names } from a text in quotes' : 'import',
      fixes:
        previous?.tokenType === t.Import && token.tokenType === t.Identifier
          ? [repair(span, `{ ${token.image} }`)]
          : [{ message: 'import { name } from "./file.cnn"' }],
    };
  },

  function statementOutside({ rule, token, span }) {
    if (rule !== 'definition' || !statementWords.has(token.tokenType)) return undefined;
    return {
      code: 'syntax/definition',
      message: `${token.image} stands inside of a network or block`,
      span,
      found: token.image,
      expected: 'import, block, network, const, train or expect',
      fixes: [{ message: 'put the statements into network NAME { … }' }],
    };
  },

  function definitionInside({ rule, token, span }) {
    if (rule !== 'statement' || !definitionTypes.has(token.tokenType)) return undefined;
    return {
      code: 'syntax/nested-definition',
      message: `${token.image} stands at the top level of a file`,
      span,
      found: token.image,
      expected: 'a step, input, output, const, repeat, for or if',
      fixes: [{ message: 'move it out of the braces' }],
    };
  },

  function missingParentheses({ rule, token, previous, sameLine, span, source }) {
    if (rule !== 'statement' || !sameLine || previous?.tokenType !== t.Identifier) return undefined;
    if (!literals.has(token.tokenType)) return undefined;
    return {
      code: 'syntax/missing-parentheses',
      message: `the arguments of ${shorten(previous.image)} stand in parentheses`,
      span,
      found: shorten(token.image),
      expected: `(${shorten(token.image)})`,
      fixes: [
        replace(
          { ...spanOf(source, previous), end: span.end },
          `${previous.image}(${token.image})`,
          `write ${shorten(previous.image)}(${shorten(token.image)})`,
        ),
      ],
    };
  },

  function valueInChain({ rule, needed, token, previous, start, span, source }) {
    if (needed !== '' || !chainRules.has(rule) || !(literals.has(token.tokenType) || brackets.has(token.tokenType)))
      return undefined;
    const named = previous?.tokenType === t.Equals && start.tokenType === t.Identifier;
    const at = { ...spanOf(source, start), end: start.startOffset };
    return {
      code: 'syntax/value',
      message: 'a chain is made of steps; plain values are named with const',
      span,
      found: shorten(token.image),
      expected: 'a step',
      fixes: [
        named
          ? repair(at, 'const ', `write const ${shorten(start.image)} = …`)
          : { message: 'name it with const and give it to a step' },
      ],
    };
  },

  function shapeWithoutColon({ rule, token, previous, sameLine, span }) {
    if (rule !== 'statement' || token.tokenType !== t.LeftBracket || !sameLine || !previous) return undefined;
    return {
      code: 'syntax/shape',
      message: 'a colon stands between a chain and its shape',
      span,
      found: '[',
      expected: ': [',
      fixes: [repair({ ...span, end: span.start }, ': ', 'write : before it')],
    };
  },

  function pathOutside({ rule, token, span }) {
    if (rule !== 'statement' || token.tokenType !== t.Path) return undefined;
    return {
      code: 'syntax/path',
      message: 'a path stands between the braces of parallel',
      span,
      found: 'path',
      expected: 'a step, or parallel around it',
      fixes: [{ message: 'write parallel concat { path … }' }],
    };
  },

  function pathMissing({ rule, needed, span, token, found }) {
    if (rule !== 'path' || needed !== "'path'") return undefined;
    return {
      code: 'syntax/path',
      message: 'every path of a parallel begins with path',
      span,
      found,
      expected: 'path',
      fixes: [
        suggest(token.image, ['path'])
          ? replace(span, 'path', 'did you mean path?')
          : token.tokenType === t.Identifier
            ? repair({ ...span, end: span.start }, 'path ', 'write path before it')
            : { message: 'write path before it' },
      ],
    };
  },

  function joinMissing({ needed, previous, span }) {
    if (needed !== 'Identifier' || previous?.tokenType !== t.Parallel) return undefined;
    return {
      code: 'syntax/join',
      message: 'parallel says how its paths are joined: parallel concat { … }',
      span,
      found: 'no join',
      expected: 'concat, add, mul or another operator that takes several values',
      fixes: [{ message: 'parallel concat puts the results behind each other, parallel add adds them' }],
    };
  },

  function commaBetweenStatements({ rule, token, span, needed, previous, source }) {
    if (rule === 'statement' && token.tokenType === t.Comma) {
      return {
        code: 'syntax/comma',
        message: 'no comma stands between statements',
        span,
        found: ',',
        expected: '-> or a new line',
        fixes: [repair(span, ' ', 'start a new line, or join the steps with ->')],
      };
    }
    if (rule === 'flow' && needed === "'='" && previous) {
      return {
        code: 'syntax/several-names',
        message: 'several names take the results of a step: a, b = split(2)',
        span: spanOf(source, previous),
        found: previous.image,
        expected: '= behind the names',
        fixes: [{ message: 'if these are steps, join them with ->' }],
      };
    }
    return undefined;
  },

  function missingComma({ needed, span, previous, source, found }) {
    if (needed !== "','" || !previous) return undefined;
    const end = previous.endOffset! + 1;
    return {
      code: 'syntax/missing-comma',
      message: 'a comma is missing',
      span,
      found,
      expected: 'a comma before it',
      fixes: [repair({ source, start: end, end }, ',', 'add , before it')],
    };
  },

  function assignmentInCondition({ token, span, needed }) {
    if (token.tokenType !== t.Equals || needed !== "'{'") return undefined;
    return {
      code: 'syntax/equality',
      message: '= gives a name; == compares',
      span,
      found: '=',
      expected: '==',
      fixes: [repair(span, '==')],
    };
  },

  function budgetComparison({ rule, token, span, needed, found }) {
    if (rule !== 'budget' || needed !== 'Comparison') return undefined;
    const equals = token.tokenType === t.Equals || token.tokenType === t.Colon;
    return {
      code: 'syntax/budget',
      message: 'a budget compares a quantity with a value: macs <= 420k',
      span,
      found,
      expected: '==, !=, <, <=, > or >=',
      fixes: [equals ? replace(span, ' ==', 'write ==') : { message: 'write a comparison before it: <=' }],
    };
  },

  function inputAsName({ start, token, previous, source, span, rule }) {
    if (rule !== 'inputStatement' || token.tokenType !== t.Equals || previous !== start) return undefined;
    return {
      code: 'syntax/reserved-word',
      message: 'input is a word of the language and cannot be a name',
      span: { ...span, start: start.startOffset },
      found: 'input',
      expected: 'a name',
      fixes: [replace(spanOf(source, start), 'input_', 'choose another name, such as input_')],
    };
  },

  function inputShape({ start, span, needed, found, rule, previous, source }) {
    if (rule !== 'inputStatement' && !(start.tokenType === t.Input && rule === 'shape')) return undefined;
    return {
      code: 'syntax/input',
      message: 'an input has a name and a shape: input image: [1, 28, 28]',
      span,
      found,
      expected: needed === 'Identifier' ? 'a name' : needed === "':'" ? ': and the shape' : 'a shape in brackets',
      fixes: [missingInInput(needed, source, previous)],
    };
  },

  function reservedWord({ token, span, needed, rule }) {
    const wantsName = needed === 'Identifier' || rule === 'pattern' || rule === 'step' || rule === 'argument';
    if (!wantsName || !token.tokenType.CATEGORIES?.includes(t.Keyword) || token.image === '') return undefined;
    return {
      code: 'syntax/reserved-word',
      message: `${token.image} is a word of the language and cannot be a name`,
      span,
      found: token.image,
      expected: 'a name',
      fixes: [replace(span, `${token.image}_`, `choose another name, such as ${token.image}_`)],
    };
  },

  function leadingPoint({ rule, token, span }) {
    if (token.tokenType !== t.TupleIndex || !valueRules.has(rule)) return undefined;
    return {
      code: 'syntax/number',
      message: 'numbers begin with a digit',
      span,
      found: token.image,
      expected: `0${token.image}`,
      fixes: [repair(span, `0${token.image}`)],
    };
  },
];

function missingInInput(needed: string, source: Source, previous: IToken | undefined): Fix {
  const end = previous && { source, start: previous.endOffset! + 1, end: previous.endOffset! + 1 };
  if (end && needed === "':'") return repair(end, ':');
  if (end && needed === 'Identifier') return replace(end, ' image', 'write input image: …');
  return { message: 'input image: [1, 28, 28]' };
}

const literals: ReadonlySet<unknown> = new Set([t.NumberLiteral, t.StringLiteral, t.SizeLiteral, t.True, t.False]);
const chainRules: ReadonlySet<string> = new Set(['step', 'chain', 'flow']);
const valueRules: ReadonlySet<string> = new Set(['primary', 'argumentValue', 'value', 'extent', 'parameter']);
const brackets: ReadonlySet<unknown> = new Set([t.LeftParen, t.LeftBracket, t.Minus, t.Not]);
const definitionTypes: ReadonlySet<unknown> = new Set([t.Import, t.Block, t.Network, t.Train, t.Expect]);
const statementWords: ReadonlySet<unknown> = new Set([
  t.Input,
  t.Output,
  t.Parallel,
  t.Path,
  t.Repeat,
  t.For,
  t.If,
  t.Else,
]);

/** What a rule with several ways on needs, in plain words. */
const expectedByRule: ReadonlyMap<string, string> = new Map([
  ['file', 'a definition'],
  ['definition', 'import, block, network, const, train or expect'],
  ['network', '( parameters ), { or ='],
  ['statement', 'a step, a name, input, output, const, repeat, for or if'],
  ['setting', ': and a value'],
  ['budget', 'a quantity such as parameters, macs, peak_memory or output'],
  ['type', 'a type'],
  ['pattern', 'a name or names in parentheses'],
  ['step', 'a step'],
  ['flow', 'a step'],
  ['chain', 'a step'],
  ['path', 'a step, a name or {'],
  ['postfix', 'an index'],
  ['primary', 'a value'],
  ['argument', 'a value'],
  ['argumentValue', 'a value'],
  ['value', 'a value'],
  ['extent', 'a number or _'],
]);

const expectedToken: ReadonlyMap<string, string> = new Map([
  ['Identifier', 'a name'],
  ['String', 'a text in double quotes'],
  ['Comparison', 'a comparison'],
]);

function expectedBy({ rule, needed }: Context): string {
  if (needed === '') return expectedByRule.get(rule) ?? 'something else';
  return expectedToken.get(needed) ?? needed.replace(/^'(.*)'$/, '$1');
}
