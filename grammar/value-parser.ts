// The rules of chains and expressions; those of definitions and statements are in parser.ts. The alternatives of rules that are
// read most often are made once, not at each reading.

import type { IToken } from 'chevrotain';
import { ListParser, placeOf } from './list-parser.ts';
import { isProperty } from './properties.ts';
import * as t from './tokens.ts';

export abstract class ValueParser extends ListParser {
  protected chain = this.RULE('chain', () => {
    this.SUBRULE(this.head);
    this.MANY(() => {
      this.CONSUME(t.Arrow);
      this.SUBRULE(this.step);
    });
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.shape);
    });
  });

  private head = this.RULE('head', () => {
    this.OR(this.heads);
  });

  private readonly heads = [
    { ALT: () => this.SUBRULE(this.parallel) },
    { GATE: () => !this.atLoneNumber(), ALT: () => this.SUBRULE(this.sum) },
  ];

  /** `width = 64` without `const` */
  private atLoneNumber(): boolean {
    const at = this.LA(1).tokenType === t.Minus ? 2 : 1;
    const next = this.LA(at + 1).tokenType;
    return this.LA(at).tokenType === t.NumberLiteral && !next.CATEGORIES?.includes(t.ArithmeticOperator);
  }

  /** What is calculated at the head of a chain; an operator at the beginning of a line goes on with the line before. */
  private sum = this.RULE('sum', () => {
    this.SUBRULE1(this.term, { LABEL: 'operand' });
    this.MANY({
      GATE: () => !this.atSign(),
      DEF: () => {
        this.CONSUME(t.ArithmeticOperator, { LABEL: 'BinaryOperator' });
        this.SUBRULE2(this.term, { LABEL: 'operand' });
      },
    });
  });

  private term = this.RULE('term', () => {
    this.OPTION(() => this.CONSUME(t.Minus, { LABEL: 'PrefixOperator' }));
    this.SUBRULE(this.atom, { LABEL: 'primary' });
    this.MANY({ GATE: () => this.atPostfix(), DEF: () => this.SUBRULE(this.postfix) });
  });

  private atom = this.RULE('atom', () => {
    this.OR(this.atoms);
  });

  private readonly atoms = [
    { ALT: () => this.CONSUME(t.NumberLiteral) },
    { ALT: () => this.SUBRULE(this.call) },
    { ALT: () => this.SUBRULE(this.tuple) },
  ];

  /** `-x` at the beginning of a line is more likely meant as a negative value than as a difference. */
  private atSign(): boolean {
    const [sign, next] = [this.LA(1), this.LA(2)];
    const isSign = sign.tokenType === t.Minus || sign.tokenType === t.Plus;
    return isSign && beginsStatement(sign) && sign.endOffset! + 1 === next.startOffset;
  }

  /** On the line of the value; `dense [10]` is not meant as an index. */
  private atPostfix(): boolean {
    const next = this.LA(1);
    if (next.tokenType === t.LeftBracket) return this.LA(0).endOffset! + 1 === next.startOffset;
    return !beginsStatement(next);
  }

  private step = this.RULE('step', () => {
    this.OR(this.steps);
    // `-> x.channels`: that a property is no step is said later.
    this.OPTION({
      GATE: () => isProperty(this.LA(2).image) && !beginsStatement(this.LA(1)),
      DEF: () => {
        this.CONSUME(t.Dot);
        this.CONSUME(t.Identifier, { LABEL: 'property' });
      },
    });
  });

  private readonly steps = [{ ALT: () => this.SUBRULE(this.parallel) }, { ALT: () => this.SUBRULE(this.call) }];

  private call = this.RULE('call', () => {
    this.CONSUME(t.Identifier);
    this.OPTION(() => {
      this.SUBRULE1(this.arguments);
      // Keras calls a layer with its input: what is meant is said later.
      this.OPTION1(() => this.SUBRULE2(this.arguments, { LABEL: 'input' }));
    });
  });

  protected parallel = this.RULE('parallel', () => {
    this.CONSUME(t.Parallel);
    this.SUBRULE(this.call);
    this.SUBRULE(this.paths);
  });

  protected paths = this.RULE('paths', () => {
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

  protected shape = this.RULE('shape', () => {
    this.CONSUME(t.LeftBracket);
    this.each(this.extent, 'comma');
    this.CONSUME(t.RightBracket);
  });

  private extent = this.RULE('extent', () => {
    this.OR(this.extents);
  });

  private readonly extents = [{ ALT: () => this.CONSUME(t.Wildcard) }, { ALT: () => this.SUBRULE(this.conditional) }];

  protected arguments = this.RULE('arguments', () => {
    this.CONSUME(t.LeftParen);
    this.each(this.argument, 'comma');
    this.CONSUME(t.RightParen);
  });

  private argument = this.RULE('argument', () => {
    this.OPTION(this.argumentName);
    this.SUBRULE(this.argumentValue);
  });

  private readonly argumentName = () => {
    this.CONSUME(t.Identifier);
    this.OR(this.nameEnds);
  };

  protected readonly nameEnds = [{ ALT: () => this.CONSUME(t.Colon) }, { ALT: () => this.CONSUME(t.Equals) }];

  /** The value of an argument: also a chain with its shape, or a conditional. */
  private argumentValue = this.RULE('argumentValue', () => {
    this.OR(this.argumentValues);
    this.MANY(() => {
      this.CONSUME(t.Arrow);
      this.SUBRULE(this.step);
    });
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.shape);
    });
  });

  private readonly argumentValues = [
    { ALT: () => this.SUBRULE(this.parallel) },
    { ALT: () => this.SUBRULE(this.conditional) },
  ];

  /** The value of a setting. */
  protected value = this.RULE('value', () => {
    this.OR([{ ALT: () => this.SUBRULE(this.parallel) }, { ALT: () => this.SUBRULE(this.expression) }]);
    this.MANY(() => {
      this.CONSUME(t.Arrow);
      this.SUBRULE(this.step);
    });
  });

  protected conditional = this.RULE('conditional', () => {
    this.SUBRULE(this.expression);
    this.MANY(() => {
      this.CONSUME(t.If);
      this.SUBRULE2(this.expression);
      this.CONSUME(t.Else);
      this.SUBRULE3(this.expression);
    });
  });

  /** Operators and operands in the order of the text; build-ast.ts applies the precedences. */
  protected expression = this.RULE('expression', () => {
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
    this.OR(this.postfixes);
  });

  private readonly postfixes = [
    { ALT: () => this.CONSUME(t.TupleIndex) },
    {
      ALT: () => {
        this.CONSUME(t.LeftBracket);
        this.SUBRULE(this.conditional);
        this.CONSUME(t.RightBracket);
      },
    },
    {
      GATE: () => isProperty(this.LA(2).image),
      ALT: () => {
        this.CONSUME(t.Dot);
        this.CONSUME(t.Identifier);
      },
    },
  ];

  private primary = this.RULE('primary', () => {
    this.OR(this.primaries);
  });

  private readonly primaries = [
    { ALT: () => this.CONSUME(t.NumberLiteral) },
    { ALT: () => this.CONSUME(t.StringLiteral) },
    { ALT: () => this.CONSUME(t.SizeLiteral) },
    { ALT: () => this.CONSUME(t.True) },
    { ALT: () => this.CONSUME(t.False) },
    { GATE: () => !this.atSetting(), ALT: () => this.SUBRULE(this.call) },
    { ALT: () => this.SUBRULE(this.tuple) },
    { ALT: () => this.SUBRULE(this.list) },
  ];

  /** The next setting, where the value of the one before is not finished. */
  private atSetting(): boolean {
    return this.LA(2).tokenType === t.Colon && beginsStatement(this.LA(1));
  }

  /** `(a)`, `(a, b)`, `(a -> b)` */
  private tuple = this.RULE('tuple', () => {
    this.CONSUME(t.LeftParen);
    this.each(this.argumentValue, 'comma');
    this.CONSUME(t.RightParen);
  });

  private list = this.RULE('list', () => {
    this.CONSUME(t.LeftBracket);
    this.each(this.conditional, 'comma');
    this.CONSUME(t.RightBracket);
  });
}

/** Whether a token is where a statement may begin: the first of its line, and in braces directly. */
export function beginsStatement(token: IToken): boolean {
  const place = placeOf(token);
  return place !== undefined && place.startsLine && place.inBraces;
}
