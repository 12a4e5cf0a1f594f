// Mistakes about statements: inputs, steps and their arguments, chains and paths.

import type { IToken } from 'chevrotain';
import type { Fix } from '../diagnostic.ts';
import { repair } from '../diagnostic.ts';
import { replace, type Habit } from './habit.ts';
import { lineOf, place } from './line.ts';
import { plainValue } from '../refusals/line-start.ts';
import { shorten, spanOf } from '../token-text.ts';
import type { Source, Span } from '../source.ts';
import { suggest } from '../suggest.ts';
import * as t from '../tokens.ts';

export const statements: readonly Habit[] = [
  function missingParentheses({ rule, token, previous, sameLine, span, source, start }) {
    if (rule !== 'statement' || !sameLine || previous?.tokenType !== t.Identifier) return undefined;
    if (!literals.has(token.tokenType)) return undefined;
    const what = {
      code: 'syntax/missing-parentheses',
      message: `the arguments of ${shorten(previous.image)} go in parentheses`,
      span,
      found: shorten(token.image),
      expected: `(${shorten(token.image)})`,
    };
    // `relu x 3`
    if (previous.image === 'x' && previous !== start) {
      const expected = `repeat ${what.found} { … }`;
      return { ...what, message: 'steps are repeated by repeat', expected, fixes: [{ message: `write ${expected}` }] };
    }
    return {
      ...what,
      fixes: [
        replace(
          { ...spanOf(source, previous), end: span.end },
          `${previous.image}(${token.image})`,
          `write ${shorten(previous.image)}(${shorten(token.image)})`,
        ),
      ],
    };
  },

  function valueInChain({ rule, needed, token, previous, start, span, source, sameLine }) {
    const begins = rule === 'statement' && !sameLine && token.tokenType !== t.LeftParen;
    if (
      needed !== '' ||
      !(chainRules.has(rule) || begins) ||
      !(literals.has(token.tokenType) || brackets.has(token.tokenType))
    )
      return undefined;
    const named = previous?.tokenType === t.Equals && start.tokenType === t.Identifier;
    const at = { ...spanOf(source, start), end: start.startOffset };
    const step = strings.has(token.tokenType) ? token.image.slice(1, -1) : '';
    const [, times] = /^\[[^(\n\r]*\(.*\] ?\* ?(\w+)/.exec(source.text.slice(span.start, span.start + 200)) ?? [];
    const repeated = times === undefined ? [] : [{ message: `steps are repeated by repeat ${shorten(times)} { … }` }];
    return {
      code: 'syntax/value',
      message: plainValue,
      span,
      found: shorten(token.image),
      expected: 'a step',
      fixes: [
        ...repeated,
        ...(/^[a-z]\w*(?:\([^()"]*\))?$/i.test(step)
          ? [replace(span, step, `write ${shorten(step)} without quotes, if it is a step`)]
          : []),
        named
          ? repair(at, 'const ', `write const ${shorten(start.image)} = …`)
          : strings.has(token.tokenType)
            ? { message: 'put // before it if it explains' }
            : { message: 'name it with const and give it to a step' },
      ],
    };
  },

  function shapeWithoutColon({ rule, token, previous, sameLine, span }) {
    if (rule !== 'statement' || token.tokenType !== t.LeftBracket || !sameLine || !previous) return undefined;
    return {
      code: 'syntax/shape',
      message: 'a colon separates a chain from its shape',
      span,
      found: '[',
      expected: ': [',
      fixes: [
        // `dense [10]` may be meant as arguments.
        {
          ...repair({ ...span, end: span.start }, ': ', 'write : before it'),
          safe: previous.tokenType !== t.Identifier,
        },
      ],
    };
  },

  function pathOutside({ rule, token, span }) {
    if (rule !== 'statement' || token.tokenType !== t.Path) return undefined;
    return {
      code: 'syntax/path',
      message: 'a path belongs inside the braces of parallel',
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
      message: 'every path of a parallel begins with the keyword path',
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
      fixes: [{ message: 'parallel concat joins the results along the channels, parallel add adds them' }],
    };
  },

  function severalInputs(context) {
    const { rule, token, span } = context;
    const line = lineOf(context);
    const [, first] = /^\s*input\s+(\w+)\s*$/.exec(line.before) ?? [];
    const [, others] = /^((?:\s*,\s*\w+)+)\s*$/.exec(line.rest) ?? [];
    if (rule !== 'statement' || token.tokenType !== t.Comma || first === undefined) return undefined;
    const indent = ' '.repeat(line.begin - line.start);
    const text = (others ?? '')
      .split(',')
      .map((name) => name.trim())
      .join(`\n${indent}input `);
    return {
      code: 'syntax/input',
      message: 'every input is a statement of its own',
      span,
      found: ',',
      expected: `input ${shorten(first)} and input on a line of its own`,
      fixes: [
        others === undefined
          ? { message: 'write input before each name, on a line of its own' }
          : replace({ ...span, end: span.start + others.length }, text, 'write input on a line of its own for each'),
      ],
    };
  },

  function chainBehindShape({ rule, token, previous, span }) {
    if (rule !== 'statement' || token.tokenType !== t.Arrow || previous?.tokenType !== t.RightBracket) return undefined;
    return {
      code: 'syntax/shape',
      message: 'a shape ends its chain',
      span,
      found: '->',
      expected: 'a new line',
      fixes: [{ message: 'go on in the next line without ->: what flows is what comes out of the chain' }],
    };
  },

  function chainAsDefault({ rule, token, span }) {
    if (rule !== 'parameters' || token.tokenType !== t.Arrow) return undefined;
    return {
      code: 'syntax/default',
      message: 'the default of a block is one step, with or without arguments',
      span,
      found: '->',
      expected: 'a name such as relu, or group_norm(32)',
      fixes: [{ message: 'name the steps: block NAME { relu -> … }, and give its name as the default' }],
    };
  },

  function nameBehindChain(context) {
    const { rule, token, sameLine, span } = context;
    if (rule !== 'statement' || token.tokenType !== t.Equals || !sameLine) return undefined;
    const line = lineOf(context);
    const written = line.before.trim();
    const name = /^=\s*(\w+)\s*$/.exec(line.rest)?.[1];
    const chain = written.includes('->') && !/[={}]/.test(written) ? written : undefined;
    const again = /^\w+\s*=\s*\w+$/.test(written);
    if (!again && chain === undefined) return undefined;
    const whole = place(context, line.begin, line.start + line.text.trimEnd().length);
    return {
      code: 'syntax/several-names',
      message: again ? 'a value has one name' : 'the name of a result stands before its chain: y = x -> relu',
      span,
      found: '=',
      expected: again ? 'a step, or a new line' : `${name ?? 'y'} = before the chain`,
      fixes: [
        chain !== undefined && name !== undefined
          ? replace(whole, `${name} = ${chain}`)
          : { message: again ? 'leave out one of the names' : `write y = ${chain ?? ''}` },
      ],
    };
  },

  function commaBehindSettings(context) {
    const { rule, token, span } = context;
    const [, word] = /^\s*(input|output)\b.*[}\]]\s*$/.exec(lineOf(context).before) ?? [];
    if (rule !== 'statement' || token.tokenType !== t.Comma || word === undefined) return undefined;
    return {
      code: 'syntax/comma',
      message: `behind a shape or settings, the next ${word} has a line of its own`,
      span,
      found: ',',
      expected: `${word} in the next line`,
      fixes: [replace(span, `\n  ${word}`, `write ${word} in the next line`)],
    };
  },

  function commaBetweenStatements({ rule, token, start, span, needed, previous, source }) {
    if (rule === 'statement' && token.tokenType === t.Comma) {
      return {
        code: 'syntax/comma',
        message: 'statements are not separated by commas',
        span,
        found: ',',
        expected: '-> or a new line',
        fixes: [
          repair(
            span,
            /\s/.test(source.text[span.end] ?? '') ? '' : ' ',
            'start a new line, or join the steps with ->',
          ),
        ],
      };
    }
    if (rule === 'flow' && needed === "'='" && previous) {
      return {
        code: 'syntax/several-names',
        message: 'several names take the results of a step: a, b = split(2)',
        span: spanOf(source, previous),
        found: previous.image,
        expected: '= after the names',
        fixes: [
          token.tokenType === t.LeftParen
            ? stepsWithCommas({ source, start: start.startOffset, end: span.end })
            : { message: 'if these are steps, join them with ->' },
        ],
      };
    }
    return undefined;
  },

  function inputShape({ start, span, needed, found, rule, previous, source }) {
    if (rule !== 'inputStatement' && !(start.tokenType === t.Input && rule === 'shape')) return undefined;
    // `input image [1, 28, 28]`
    const bracket = needed === "']'" && previous?.tokenType === t.LeftBracket ? previous : undefined;
    const colon = bracket && repair({ source, start: bracket.startOffset, end: bracket.startOffset }, ': ', 'write :');
    return {
      code: 'syntax/input',
      message: 'an input has a name and a shape: input image: [1, 28, 28]',
      span: bracket ? spanOf(source, bracket) : span,
      found: bracket ? '[' : found,
      expected: needed === 'Identifier' ? 'a name' : bracket ? ': and the shape' : 'a shape in brackets',
      fixes: [colon ?? missingInInput(needed, source, previous, span)],
    };
  },
];

function missingInInput(needed: string, source: Source, previous: IToken | undefined, span: Span): Fix {
  const [list, name] = /^\[(\w+)\]/.exec(source.text.slice(span.start, span.start + 100)) ?? [];
  if (name !== undefined && needed === 'Identifier')
    return replace({ ...span, end: span.start + list!.length }, `${name}[]`, `write input ${shorten(name)}[]`);
  const end = previous && { source, start: previous.endOffset! + 1, end: previous.endOffset! + 1 };
  if (end && needed === "':'") return repair(end, ':');
  if (end && needed === 'Identifier') return replace(end, ' image', 'write input image: …');
  return { message: 'input image: [1, 28, 28]' };
}

const strings: ReadonlySet<unknown> = new Set([t.StringLiteral, t.ForeignString]);
const literals: ReadonlySet<unknown> = new Set([...strings, t.NumberLiteral, t.SizeLiteral, t.True, t.False]);
const chainRules: ReadonlySet<string> = new Set(['step', 'head']);
const brackets: ReadonlySet<unknown> = new Set([t.LeftParen, t.LeftBracket, t.Minus, t.Not]);

/** `relu, flatten, dense(`: what has arguments is a step, and so are those before it. */
function stepsWithCommas({ source, start, end }: Span): Fix {
  const text = source.text.slice(start, end);
  // What a comment holds is no list of steps.
  const commas = /^[\w\s,]*\($/.test(text) ? [...text.matchAll(/,/g)] : [];
  return {
    message: 'join the steps with ->',
    safe: true,
    edits: commas.map(({ index }) => ({ span: { source, start: start + index, end: start + index + 1 }, text: ' ->' })),
  };
}
