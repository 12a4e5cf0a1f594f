// The grammar, LL(2), as Chevrotain rules that make a concrete syntax tree; build-ast.ts makes the syntax tree of it.

import { ListParser } from './list-parser.ts';
import * as t from './tokens.ts';

export class CnnParser extends ListParser {
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
    this.OPTION(() => {
      this.SUBRULE1(this.arguments);
      // Keras calls a layer with its input: what is meant is said later.
      this.OPTION1(() => this.SUBRULE2(this.arguments, { LABEL: 'input' }));
    });
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
}
