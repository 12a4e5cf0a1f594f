// The grammar, LL(2), as Chevrotain rules that make a concrete syntax tree; build-ast.ts makes the syntax tree of it. What is a
// mistake in one place of a line only is kept out by gates, so that it is one error.

import * as t from './tokens.ts';
import { beginsStatement, ValueParser } from './value-parser.ts';

export class CnnParser extends ValueParser {
  /** `skipValidations`: the grammar is taken to be right, as a test has found it. */
  constructor(skipValidations = true) {
    super(skipValidations);
    this.performSelfAnalysis();
  }

  protected file = this.RULE('file', () => {
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
    this.SUBRULE(this.budgets);
  });

  protected budgets = this.RULE('budgets', () => {
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

  protected settings = this.RULE('settings', () => {
    this.CONSUME(t.LeftBrace);
    this.each(this.setting, 'optional comma');
    this.CONSUME(t.RightBrace);
  });

  private setting = this.RULE('setting', () => {
    this.CONSUME(t.Identifier);
    this.OR([{ ALT: () => this.CONSUME(t.Colon) }, { ALT: () => this.CONSUME(t.Equals) }]);
    this.SUBRULE(this.value);
  });

  protected parameters = this.RULE('parameters', () => {
    this.CONSUME(t.LeftParen);
    this.each(this.parameter, 'comma', true);
    this.CONSUME(t.RightParen);
  });

  private parameter = this.RULE('parameter', () => {
    this.CONSUME(t.Identifier);
    this.OPTION1(() => {
      this.OPTION2(() => this.CONSUME(t.Colon));
      this.SUBRULE(this.type);
    });
    this.OPTION3(() => {
      this.CONSUME(t.Equals);
      this.SUBRULE(this.conditional);
    });
  });

  private type = this.RULE('type', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Identifier) },
      { ALT: () => this.CONSUME(t.Block) },
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

  protected body = this.RULE('body', () => {
    this.CONSUME(t.LeftBrace);
    this.each(this.statement, 'lines');
    this.CONSUME(t.RightBrace);
  });

  private statement = this.RULE('statement', () => {
    this.OR(this.statements);
  });

  private readonly statements = [
    { ALT: () => this.SUBRULE(this.input_) },
    { ALT: () => this.SUBRULE(this.output) },
    { ALT: () => this.SUBRULE(this.constant) },
    { ALT: () => this.SUBRULE(this.repeat) },
    { ALT: () => this.SUBRULE(this.for) },
    { ALT: () => this.SUBRULE(this.if) },
    { ALT: () => this.SUBRULE(this.share) },
    { ALT: () => this.SUBRULE(this.learned) },
    { GATE: () => this.beginsFlow(), ALT: () => this.SUBRULE(this.flow) },
  ];

  /** `(a, b) =`, as other languages name several results. */
  private atNamesInParentheses(): boolean {
    if (this.LA(1).tokenType !== t.LeftParen) return false;
    let at = 2;
    while (this.LA(at).tokenType === t.Identifier && this.LA(at + 1).tokenType === t.Comma) at += 2;
    if (this.LA(at).tokenType === t.Identifier) at += 1;
    return this.LA(at).tokenType === t.RightParen && this.LA(at + 1).tokenType === t.Equals;
  }

  /** A number or parenthesis begins a statement only where it cannot belong to the step before it, and a sign never. */
  private beginsFlow(): boolean {
    const { tokenType } = this.LA(1);
    if (tokenType === t.Minus || this.atNamesInParentheses()) return false;
    if (tokenType !== t.NumberLiteral && tokenType !== t.LeftParen) return true;
    if (this.LA(0).tokenType === t.LeftBrace) return true;
    return beginsStatement(this.LA(1));
  }

  /** Braces behind an input or output hold settings, unless steps are in them, or they have a line of their own. */
  private atSettings(): boolean {
    const [first, second] = [this.LA(2), this.LA(3)].map(({ tokenType }) => tokenType);
    if (first === t.RightBrace || second === t.Colon || second === t.Equals) return true;
    return !beginsStatement(this.LA(1)) && second !== t.LeftParen && second !== t.Arrow;
  }

  private input_ = this.RULE('inputStatement', () => {
    this.CONSUME(t.Input);
    this.CONSUME(t.Identifier);
    this.OPTION1(() => {
      this.CONSUME(t.LeftBracket);
      this.CONSUME(t.RightBracket);
    });
    this.OPTION2(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.shape);
    });
    this.OPTION3({ GATE: () => this.atSettings(), DEF: () => this.SUBRULE(this.settings) });
  });

  private output = this.RULE('output', () => {
    this.CONSUME(t.Output);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.CONSUME(t.Identifier) });
    this.OPTION({ GATE: () => this.atSettings(), DEF: () => this.SUBRULE(this.settings) });
  });

  private repeat = this.RULE('repeat', () => {
    this.CONSUME(t.Repeat);
    this.SUBRULE(this.expression);
    this.OPTION(() => {
      this.CONSUME(t.As);
      this.CONSUME(t.Identifier);
    });
    this.OPTION2(() => this.SUBRULE(this.collect));
    this.SUBRULE(this.body);
  });

  private for = this.RULE('for', () => {
    this.CONSUME(t.For);
    this.SUBRULE(this.pattern);
    this.CONSUME(t.In);
    this.SUBRULE(this.expression);
    this.OPTION(() => this.SUBRULE(this.collect));
    this.SUBRULE(this.body);
  });

  private collect = this.RULE('collect', () => {
    this.CONSUME(t.Collect);
    this.CONSUME(t.Identifier);
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

  private share = this.RULE('share', () => {
    this.CONSUME(t.Share);
    this.CONSUME(t.Identifier);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.chain);
  });

  private learned = this.RULE('learned', () => {
    this.CONSUME(t.Learned);
    this.CONSUME(t.Identifier);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.shape);
    this.OPTION(() => {
      this.CONSUME(t.Equals);
      this.SUBRULE(this.expression);
    });
  });

  private flow = this.RULE('flow', () => {
    this.OPTION(() => {
      this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.CONSUME(t.Identifier) });
      this.CONSUME(t.Equals);
    });
    this.SUBRULE(this.chain);
  });
}
