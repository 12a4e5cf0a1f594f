// The grammar, LL(2), as Chevrotain rules that make a concrete syntax tree; build-ast.ts makes the syntax tree of it.
// Chevrotain's own error recovery guesses by sets of follow tokens, and in a language without separators nearly every name
// is in them. Since balance.ts has paired the brackets, the ends of lists are known instead: an element that does not
// parse is skipped up to the next one and becomes a `skipped` node, so what is in the tree was parsed without a mistake.

import {
  CstParser,
  isRecognitionException,
  type CstNode,
  type IParserErrorMessageProvider,
  type IRecognitionException,
  type IToken,
  type ParserMethod,
  type TokenType,
} from 'chevrotain';
import type { Place } from './balance.ts';
import * as t from './tokens.ts';

/** A mistake, and the first token of the list element in which it stands. */
export interface Mistake {
  readonly error: IRecognitionException;
  readonly start: IToken;
}

const MISTAKE_LIMIT = 100;
/** These never begin an element: a line that begins with one goes on with the line before. */
const goesOn: ReadonlySet<TokenType> = new Set([t.Arrow, t.Colon, t.Else]);
const bodyHolders: ReadonlySet<TokenType> = new Set([t.Block, t.Network, t.Repeat, t.For, t.If, t.Else, t.Path]);

type Rule = ParserMethod<[], CstNode>;
/** How the elements of a list are kept apart. */
type Separator = 'lines' | 'optional comma' | 'comma';

/** The message of an error is the name of the token that was expected, or nothing: explain.ts finds the words. */
const silent: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => expected.name,
  buildNotAllInputParsedMessage: () => '',
  buildNoViableAltMessage: () => '',
  buildEarlyExitMessage: () => '',
};

export class CnnParser extends CstParser {
  private mistakes: Mistake[] = [];
  /** What `skipped` skips: an element that began with `start` in a list at `depth`. */
  private gap!: { readonly start: IToken; readonly depth: number; readonly separator: Separator };

  constructor() {
    super(t.allTokens, {
      maxLookahead: 2,
      nodeLocationTracking: 'onlyOffset',
      recoveryEnabled: false,
      errorMessageProvider: silent,
    });
    this.performSelfAnalysis();
  }

  /** The tree of a balanced token list, and all mistakes (up to a hundred) in the order of the text. */
  read(tokens: IToken[]): { readonly tree: CstNode; readonly mistakes: readonly Mistake[] } {
    this.mistakes = [];
    this.input = tokens;
    const tree = this.file();
    const mistakes = this.mistakes;
    this.input = [];
    return { tree, mistakes };
  }

  private file = this.RULE('file', () => {
    this.each(this.definition, 'lines');
  });

  private definition = this.RULE('definition', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.import) },
      { ALT: () => this.SUBRULE(this.block) },
      { ALT: () => this.SUBRULE(this.network) },
      { ALT: () => this.SUBRULE(this.constant) },
      { ALT: () => this.SUBRULE(this.train) },
      { ALT: () => this.SUBRULE(this.expect) },
    ]);
  });

  private import = this.RULE('import', () => {
    this.CONSUME(t.Import);
    this.CONSUME(t.LeftBrace);
    this.each(this.importName, 'comma', true);
    this.CONSUME(t.RightBrace);
    this.CONSUME(t.From);
    this.CONSUME(t.StringLiteral);
  });

  private importName = this.RULE('importName', () => {
    this.CONSUME(t.Identifier, { LABEL: 'name' });
    this.OPTION(() => {
      this.CONSUME(t.As);
      this.CONSUME2(t.Identifier, { LABEL: 'alias' });
    });
  });

  private block = this.RULE('block', () => {
    this.CONSUME(t.Block);
    this.CONSUME(t.Identifier);
    this.OPTION(() => this.SUBRULE(this.parameters));
    this.SUBRULE(this.body);
  });

  private network = this.RULE('network', () => {
    this.CONSUME(t.Network);
    this.CONSUME(t.Identifier, { LABEL: 'name' });
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Equals);
          this.CONSUME2(t.Identifier, { LABEL: 'target' });
          this.OPTION1(() => this.SUBRULE(this.arguments));
        },
      },
      {
        ALT: () => {
          this.OPTION2(() => this.SUBRULE(this.parameters));
          this.SUBRULE(this.body);
        },
      },
    ]);
  });

  private constant = this.RULE('constant', () => {
    this.CONSUME(t.Const);
    this.CONSUME(t.Identifier);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  private train = this.RULE('train', () => {
    this.CONSUME(t.Train);
    this.CONSUME(t.Identifier);
    this.SUBRULE(this.settings);
  });

  private expect = this.RULE('expect', () => {
    this.CONSUME(t.Expect);
    this.CONSUME(t.Identifier);
    this.CONSUME(t.LeftBrace);
    this.each(this.budget, 'optional comma');
    this.CONSUME(t.RightBrace);
  });

  private budget = this.RULE('budget', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Identifier, { LABEL: 'quantity' }) },
      { ALT: () => this.CONSUME(t.Output, { LABEL: 'quantity' }) },
    ]);
    this.CONSUME(t.Comparison);
    this.SUBRULE(this.expression);
  });

  private settings = this.RULE('settings', () => {
    this.CONSUME(t.LeftBrace);
    this.each(this.setting, 'optional comma');
    this.CONSUME(t.RightBrace);
  });

  private setting = this.RULE('setting', () => {
    this.CONSUME(t.Identifier);
    this.OR([{ ALT: () => this.CONSUME(t.Colon) }, { ALT: () => this.CONSUME(t.Equals) }]);
    this.SUBRULE(this.value);
  });

  private parameters = this.RULE('parameters', () => {
    this.CONSUME(t.LeftParen);
    this.each(this.parameter, 'comma', true);
    this.CONSUME(t.RightParen);
  });

  private parameter = this.RULE('parameter', () => {
    this.CONSUME(t.Identifier);
    this.OPTION1(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.OPTION2(() => {
      this.CONSUME(t.Equals);
      this.SUBRULE(this.conditional);
    });
  });

  private type = this.RULE('type', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Identifier) },
      {
        ALT: () => {
          this.CONSUME(t.LeftParen);
          this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE1(this.type) });
          this.CONSUME(t.RightParen);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.LeftBracket);
          this.SUBRULE2(this.type);
          this.CONSUME(t.RightBracket);
        },
      },
    ]);
  });

  private body = this.RULE('body', () => {
    this.CONSUME(t.LeftBrace);
    this.each(this.statement, 'lines');
    this.CONSUME(t.RightBrace);
  });

  private statement = this.RULE('statement', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.input_) },
      { ALT: () => this.SUBRULE(this.output) },
      { ALT: () => this.SUBRULE(this.constant) },
      { ALT: () => this.SUBRULE(this.repeat) },
      { ALT: () => this.SUBRULE(this.for) },
      { ALT: () => this.SUBRULE(this.if) },
      { ALT: () => this.SUBRULE(this.flow) },
    ]);
  });

  private input_ = this.RULE('inputStatement', () => {
    this.CONSUME(t.Input);
    this.CONSUME(t.Identifier);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.shape);
    this.OPTION(() => this.SUBRULE(this.settings));
  });

  private output = this.RULE('output', () => {
    this.CONSUME(t.Output);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.CONSUME(t.Identifier) });
    this.OPTION(() => this.SUBRULE(this.settings));
  });

  private repeat = this.RULE('repeat', () => {
    this.CONSUME(t.Repeat);
    this.SUBRULE(this.expression);
    this.OPTION(() => {
      this.CONSUME(t.As);
      this.CONSUME(t.Identifier);
    });
    this.SUBRULE(this.body);
  });

  private for = this.RULE('for', () => {
    this.CONSUME(t.For);
    this.SUBRULE(this.pattern);
    this.CONSUME(t.In);
    this.SUBRULE(this.expression);
    this.SUBRULE(this.body);
  });

  private pattern = this.RULE('pattern', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Identifier) },
      {
        ALT: () => {
          this.CONSUME(t.LeftParen);
          this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.pattern) });
          this.CONSUME(t.RightParen);
        },
      },
    ]);
  });

  private if = this.RULE('if', () => {
    this.CONSUME(t.If);
    this.SUBRULE(this.expression);
    this.SUBRULE(this.body);
    this.MANY(() => {
      this.CONSUME(t.Else);
      this.CONSUME2(t.If);
      this.SUBRULE2(this.expression);
      this.SUBRULE2(this.body);
    });
    this.OPTION(() => {
      this.CONSUME2(t.Else);
      this.SUBRULE3(this.body, { LABEL: 'otherwise' });
    });
  });

  private flow = this.RULE('flow', () => {
    this.OPTION(() => {
      this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.CONSUME(t.Identifier) });
      this.CONSUME(t.Equals);
    });
    this.SUBRULE(this.chain);
  });

  private chain = this.RULE('chain', () => {
    this.AT_LEAST_ONE_SEP({ SEP: t.Arrow, DEF: () => this.SUBRULE(this.step) });
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.shape);
    });
  });

  private step = this.RULE('step', () => {
    this.OR([{ ALT: () => this.SUBRULE(this.parallel) }, { ALT: () => this.SUBRULE(this.call) }]);
  });

  private call = this.RULE('call', () => {
    this.CONSUME(t.Identifier);
    this.OPTION(() => this.SUBRULE(this.arguments));
  });

  private parallel = this.RULE('parallel', () => {
    this.CONSUME(t.Parallel);
    this.SUBRULE(this.call);
    this.CONSUME(t.LeftBrace);
    this.each(this.path, 'lines');
    this.CONSUME(t.RightBrace);
  });

  private path = this.RULE('path', () => {
    this.CONSUME(t.Path);
    this.OR([
      {
        ALT: () => {
          this.CONSUME1(t.Identifier);
          this.CONSUME(t.Equals);
          this.SUBRULE1(this.chain);
        },
      },
      {
        ALT: () => {
          this.CONSUME2(t.Identifier);
          this.SUBRULE1(this.body);
        },
      },
      { ALT: () => this.SUBRULE2(this.body) },
      { ALT: () => this.SUBRULE2(this.chain) },
    ]);
  });

  private shape = this.RULE('shape', () => {
    this.CONSUME(t.LeftBracket);
    this.each(this.extent, 'comma');
    this.CONSUME(t.RightBracket);
  });

  private extent = this.RULE('extent', () => {
    this.OR([{ ALT: () => this.CONSUME(t.Wildcard) }, { ALT: () => this.SUBRULE(this.conditional) }]);
  });

  private arguments = this.RULE('arguments', () => {
    this.CONSUME(t.LeftParen);
    this.each(this.argument, 'comma');
    this.CONSUME(t.RightParen);
  });

  private argument = this.RULE('argument', () => {
    this.OPTION(() => {
      this.CONSUME(t.Identifier);
      this.OR([{ ALT: () => this.CONSUME(t.Colon) }, { ALT: () => this.CONSUME(t.Equals) }]);
    });
    this.SUBRULE(this.argumentValue);
  });

  /** The value of an argument: also a chain with its shape, or a conditional. */
  private argumentValue = this.RULE('argumentValue', () => {
    this.OR([{ ALT: () => this.SUBRULE(this.parallel) }, { ALT: () => this.SUBRULE(this.conditional) }]);
    this.MANY(() => {
      this.CONSUME(t.Arrow);
      this.SUBRULE(this.step);
    });
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.shape);
    });
  });

  /** The value of a setting. */
  private value = this.RULE('value', () => {
    this.OR([{ ALT: () => this.SUBRULE(this.parallel) }, { ALT: () => this.SUBRULE(this.expression) }]);
    this.MANY(() => {
      this.CONSUME(t.Arrow);
      this.SUBRULE(this.step);
    });
  });

  private conditional = this.RULE('conditional', () => {
    this.SUBRULE(this.expression);
    this.MANY(() => {
      this.CONSUME(t.If);
      this.SUBRULE2(this.expression);
      this.CONSUME(t.Else);
      this.SUBRULE3(this.expression);
    });
  });

  /** Operators and operands in the order of the text; build-ast.ts applies the precedences. */
  private expression = this.RULE('expression', () => {
    this.SUBRULE1(this.operand);
    this.MANY(() => {
      this.CONSUME(t.BinaryOperator);
      this.SUBRULE2(this.operand);
    });
  });

  private operand = this.RULE('operand', () => {
    this.MANY1(() => this.CONSUME(t.PrefixOperator));
    this.SUBRULE(this.primary);
    this.MANY2(() => this.SUBRULE(this.postfix));
  });

  private postfix = this.RULE('postfix', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.TupleIndex) },
      {
        ALT: () => {
          this.CONSUME(t.LeftBracket);
          this.SUBRULE(this.conditional);
          this.CONSUME(t.RightBracket);
        },
      },
    ]);
  });

  private primary = this.RULE('primary', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.NumberLiteral) },
      { ALT: () => this.CONSUME(t.StringLiteral) },
      { ALT: () => this.CONSUME(t.SizeLiteral) },
      { ALT: () => this.CONSUME(t.True) },
      { ALT: () => this.CONSUME(t.False) },
      { ALT: () => this.SUBRULE(this.call) },
      { ALT: () => this.SUBRULE(this.tuple) },
      { ALT: () => this.SUBRULE(this.list) },
    ]);
  });

  /** `(a)`, `(a, b)` */
  private tuple = this.RULE('tuple', () => {
    this.CONSUME(t.LeftParen);
    this.each(this.conditional, 'comma');
    this.CONSUME(t.RightParen);
  });

  private list = this.RULE('list', () => {
    this.CONSUME(t.LeftBracket);
    this.each(this.conditional, 'comma');
    this.CONSUME(t.RightBracket);
  });

  /** What is left of an element that did not parse. The bodies on the way are parsed, for their mistakes. */
  private skipped = this.RULE('skipped', () => {
    if (this.RECORDING_PHASE) return;
    const { start, depth, separator } = this.gap;
    while (!this.atEnd(depth)) {
      const next = this.LA(1);
      const place = placeOf(next)!;
      if (place.depth === depth && this.mistakes.length < MISTAKE_LIMIT) {
        if (next.tokenType === t.Comma && (separator !== 'lines' || next === start)) {
          this.CONSUME(t.Comma);
          return;
        }
        if (place.startsLine && next !== start && !goesOn.has(next.tokenType)) return;
        if (next.tokenType === t.LeftBrace && bodyHolders.has(start.tokenType)) {
          this.SUBRULE(this.body);
          continue;
        }
      }
      this.CONSUME(next.tokenType);
    }
  });

  /**
   * Elements up to the closing bracket. A mistake in one of a list by lines leaves it out; with commas, it spoils the
   * statement in which the list stands, but the rest of the list is read for further mistakes.
   */
  private each(rule: Rule, separator: Separator, keep = separator !== 'comma'): void {
    if (this.RECORDING_PHASE) {
      this.MANY(() => {
        this.SUBRULE(rule);
        if (separator !== 'lines') this.OPTION(() => this.CONSUME(t.Comma));
      });
      return;
    }
    const depth = 1 + (placeOf(this.LA(0))?.depth ?? -1);
    let spoiled: Error | undefined;
    while (!this.atEnd(depth)) {
      const start = this.LA(1);
      try {
        this.SUBRULE(rule);
        if (separator === 'comma' && !this.atEnd(depth)) this.CONSUME(t.Comma);
        if (separator === 'optional comma' && this.LA(1).tokenType === t.Comma) this.CONSUME(t.Comma);
      } catch (error) {
        if (!(error instanceof Error) || !isRecognitionException(error)) throw error;
        this.record(error as Error & IRecognitionException, start);
        spoiled ??= error;
        this.gap = { start, depth, separator };
        this.SUBRULE(this.skipped);
      }
    }
    if (spoiled && !keep) throw spoiled;
  }

  private record(error: IRecognitionException, start: IToken): void {
    const known = this.mistakes.some((mistake) => mistake.error === error);
    if (!known && this.mistakes.length < MISTAKE_LIMIT) this.mistakes.push({ error, start });
  }

  private atEnd(depth: number): boolean {
    const place = placeOf(this.LA(1));
    return place === undefined || place.depth < depth;
  }
}

function placeOf(token: IToken): Place | undefined {
  return token.payload as Place | undefined;
}
