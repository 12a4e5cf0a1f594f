// The syntax tree of a `.cnn` file: what was written, with a span on every node. It knows no operator:
// whether a name is an operator, a block, a value or a variable is decided by compiler/frontend/names.

import type { Source, Span } from './source.ts';

interface At {
  readonly span: Span;
}

export interface Identifier extends At {
  readonly name: string;
}

export interface File {
  readonly source: Source;
  readonly imports: readonly Import[];
  readonly definitions: readonly Definition[];
  /** Present when a definition or an imported name was left out because of a syntax error: an unknown name may be that one. */
  readonly incomplete?: true;
}

/** `import { a, b as c } from "./file.cnn"` */
export interface Import extends At {
  readonly names: readonly { readonly name: Identifier; readonly alias?: Identifier }[];
  readonly path: StringLiteral;
}

export type Definition =
  BlockDefinition | NetworkDefinition | AliasDefinition | ConstDefinition | TrainSection | ExpectSection;

interface Documented {
  /** The text of the `///` lines before it, joined by newlines. */
  readonly doc?: string;
}

/** What stands before the braces of a definition. */
interface Header {
  /** Empty, and of no width behind the word `block` or `network`, where it could not be read. */
  readonly name: Identifier;
  readonly parameters: readonly Parameter[];
  /** Present when it has a syntax error: parameters may be missing, and those without a default may have been given one. */
  readonly partial?: true;
}

export interface BlockDefinition extends At, Documented, Header {
  readonly kind: 'block';
  readonly body: Body;
}

export interface NetworkDefinition extends At, Documented, Header {
  readonly kind: 'network';
  readonly body: Body;
}

/** `network VGG16 = VGG(arch: …)` */
export interface AliasDefinition extends At, Documented {
  readonly kind: 'alias';
  readonly name: Identifier;
  readonly target: Identifier;
  readonly arguments: readonly Argument[];
}

/** `const width = 64` (at the top level or in a body) */
export interface ConstDefinition extends At, Documented {
  readonly kind: 'const';
  readonly name: Identifier;
  readonly type?: TypeExpression;
  readonly value: Expression;
  /** Present when its brackets had to be guessed: its value is not known. */
  readonly partial?: true;
}

export interface TrainSection extends At {
  readonly kind: 'train';
  /** Its name is empty where it is not written. */
  readonly target: Identifier;
  readonly settings: readonly Setting[];
  /** Whether settings with mistakes are left out. */
  readonly incomplete?: true;
}

export interface ExpectSection extends At {
  readonly kind: 'expect';
  /** Its name is empty where it is not written. */
  readonly target: Identifier;
  readonly budgets: readonly Budget[];
}

/** `macs <= 420k`, `output == [10]` */
export interface Budget extends At {
  readonly quantity: Identifier;
  readonly comparison: Comparison;
  readonly value: Expression;
}

/** `scale: 1/255`; a value may also be a chain: `augment: random_crop(28, padding: 2) -> random_flip` */
export interface Setting extends At {
  readonly name: Identifier;
  readonly value: Expression;
}

export interface Parameter extends At {
  readonly name: Identifier;
  /** A guess where none could be read. */
  readonly type: TypeExpression;
  /** Present when the type is a guess. */
  readonly untyped?: true;
  readonly default?: Expression;
}

/** `block` is the type of parameters that are steps: `norm: block = batch_norm`. */
export type TypeName = 'int' | 'float' | 'bool' | 'string' | 'size' | 'block';

export type TypeExpression =
  | (At & { readonly kind: 'named'; readonly name: TypeName })
  | (At & { readonly kind: 'tuple-type'; readonly items: readonly TypeExpression[] })
  | (At & { readonly kind: 'list-type'; readonly item: TypeExpression });

/** The braces and what is between them. */
export interface Body extends At {
  readonly statements: readonly Statement[];
  /**
   * Present when a statement in it was left out because of a syntax error: what flows behind the gap and names that are missing
   * say nothing then. Inner bodies have their own mark.
   */
  readonly incomplete?: true;
  /** Where statements were left out, in the order of the text; absent where none was. */
  readonly gaps?: readonly Gap[];
}

/** A place where a statement was left out because of a syntax error: its lines, up to the braces in it. */
export interface Gap extends At {
  /** How many of the body's statements stand before it. */
  readonly after: number;
  /** The steps of its chain before the mistake, without the names that it gives. */
  readonly begun?: FlowStatement;
  /** Absent where it has no braces. */
  readonly held?: Held;
}

/** What is between the braces of a statement or path whose header could not be read. */
export interface Held {
  /** Those of paths among them. */
  readonly bodies: readonly Body[];
  /** Present where each stands under a condition: what flows into it may not fit, and need not. */
  readonly conditional?: true;
}

export type Statement =
  | InputStatement
  | OutputStatement
  | ShareStatement
  | LearnedStatement
  | FlowStatement
  | RepeatStatement
  | ForStatement
  | IfStatement
  | ConstDefinition;

/** `input image: [1, 28, 28] { scale: 1/255 }`; in a block also `input x` and `input xs[]`. */
export interface InputStatement extends At {
  readonly kind: 'input';
  readonly name: Identifier;
  /** Present for `input xs[]`, which takes all values that remain. */
  readonly list?: true;
  readonly shape?: ShapePattern;
  readonly settings: readonly Setting[];
}

/** `output a, b { labels: "file" }` */
export interface OutputStatement extends At {
  readonly kind: 'output';
  readonly names: readonly Identifier[];
  readonly settings: readonly Setting[];
}

/** `share tower = embed(64)`: steps with one set of weights, wherever the name is used. */
export interface ShareStatement extends At {
  readonly kind: 'share';
  readonly name: Identifier;
  readonly chain: Chain;
}

/** `learned gamma: [x.channels, 1, 1] = 1e-6`: a tensor among the weights. It does not flow on. */
export interface LearnedStatement extends At {
  readonly kind: 'learned';
  readonly name: Identifier;
  readonly shape: ShapePattern;
  /** What all its elements are at first. */
  readonly value?: Expression;
}

/** `chain`, `name = chain`, `a, b = chain` */
export interface FlowStatement extends At {
  readonly kind: 'flow';
  readonly names: readonly Identifier[];
  readonly chain: Chain;
}

/** `repeat n as i collect xs { … }` */
export interface RepeatStatement extends At {
  readonly kind: 'repeat';
  readonly count: Expression;
  readonly index?: Identifier;
  /** The list of what flows at the end of each iteration. */
  readonly collect?: Identifier;
  readonly body: Body;
}

/** `for (a, b) in list collect xs { … }` */
export interface ForStatement extends At {
  readonly kind: 'for';
  readonly pattern: Pattern;
  readonly list: Expression;
  /** The list of what flows at the end of each iteration. */
  readonly collect?: Identifier;
  readonly body: Body;
}

export type Pattern =
  | (At & { readonly kind: 'bind'; readonly name: Identifier })
  | (At & { readonly kind: 'tuple-pattern'; readonly items: readonly Pattern[] });

/** `if a { … } else if b { … } else { … }` */
export interface IfStatement extends At {
  readonly kind: 'if';
  readonly branches: readonly { readonly condition: Expression; readonly body: Body }[];
  readonly otherwise?: Body;
}

/** `a -> b -> c : [shape]`. The first step may turn out to be the name of a value; only it may be an operation. */
export interface Chain extends At {
  readonly steps: readonly Step[];
  readonly shape?: ShapePattern;
  /** Present when there is more of it, which could not be read. */
  readonly incomplete?: true;
}

export type Step = CallStep | ParallelStep | OperationStep;

/** `a - b`, `(x -> relu)`, `xs[-1]`, `c.0` at the head of a chain: what is calculated with values. */
export interface OperationStep extends At {
  readonly kind: 'operation';
  readonly value: Expression;
}

/** `conv(6, kernel: 5)`; `arguments` is absent when no parentheses were written. */
export interface CallStep extends At {
  readonly kind: 'step';
  readonly callee: Identifier;
  readonly arguments?: readonly Argument[];
  /** `relu()(x)`: what other languages call a step with. Always a mistake. */
  readonly input?: readonly Argument[];
}

/** `parallel concat { path … }`; JOIN may have arguments. */
export interface ParallelStep extends At {
  readonly kind: 'parallel';
  readonly join: CallStep;
  readonly paths: readonly Path[];
  /** Present when a path was left out because of a syntax error. */
  readonly incomplete?: true;
  /** The steps of such paths before the mistake, as far as there are any. */
  readonly begun?: readonly Path[];
  /** What is between the braces of such paths; absent where none has any. */
  readonly held?: Held;
}

/** `path chain` (body of one flow statement without names), `path { … }`, `path NAME = chain`, `path NAME { … }` */
export interface Path extends At {
  readonly name?: Identifier;
  readonly body: Body;
}

export interface Argument extends At {
  readonly name?: Identifier;
  readonly value: Expression;
}

/** `[6, _, 28]`: `undefined` stands for `_`. */
export interface ShapePattern extends At {
  readonly items: readonly (Expression | undefined)[];
}

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | Comparison | 'and' | 'or' | '..';

export type Expression =
  | NumberLiteral
  | StringLiteral
  | (At & { readonly kind: 'boolean'; readonly value: boolean })
  /** `3x3` */
  | (At & { readonly kind: 'size'; readonly height: number; readonly width: number })
  | (At & { readonly kind: 'name'; readonly name: string })
  | (At & { readonly kind: 'call'; readonly callee: Identifier; readonly arguments: readonly Argument[] })
  /** `partial` is present when brackets in it had to be guessed: its value is not known. */
  | (At & { readonly kind: 'tuple'; readonly items: readonly Expression[]; readonly partial?: true })
  | (At & { readonly kind: 'list'; readonly items: readonly Expression[]; readonly partial?: true })
  | (At & { readonly kind: 'unary'; readonly operator: '-' | 'not'; readonly operand: Expression })
  | (At & {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    })
  | (At & {
      readonly kind: 'conditional';
      readonly condition: Expression;
      readonly then: Expression;
      readonly otherwise: Expression;
    })
  /** `c.0` */
  | (At & { readonly kind: 'member'; readonly tuple: Expression; readonly index: number })
  /** `x.channels` */
  | (At & { readonly kind: 'property'; readonly value: Expression; readonly name: Identifier })
  /** `list[i]` */
  | (At & { readonly kind: 'index'; readonly list: Expression; readonly index: Expression })
  /** An argument, a setting or parentheses around a chain of at least two steps, a `parallel`, or a step with its shape. */
  | (At & { readonly kind: 'chain'; readonly chain: Chain });

/** `28`, `0.9`, `1e-5`, `61_706`, `420k`, `64KiB`; `value` has the suffix applied. */
export interface NumberLiteral extends At {
  readonly kind: 'number';
  readonly value: number;
  /** True when written without point, exponent or fractional result. */
  readonly integer: boolean;
}

export interface StringLiteral extends At {
  readonly kind: 'string';
  readonly value: string;
}
