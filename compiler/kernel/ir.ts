// The kernel IR: typed loop nests over flat memories. Templates build it, the interpreter defines what it means,
// printers translate it node by node and decide nothing.

/** `f64` and `f32` are IEEE numbers, each operation rounded to its type; `i32` counts and indexes and never overflows. */
export type Scalar = 'f64' | 'f32' | 'i32';

export type UnaryOperation =
  | 'neg'
  | 'abs'
  | 'sqrt'
  | 'floor'
  /** f32 → f64, exact. */
  | 'promote'
  /** f64 → f32, to nearest even. */
  | 'demote'
  /** i32 → f64, exact. */
  | 'convert'
  /** f64 → i32, toward zero; NaN gives 0. */
  | 'truncate'
  /** i32 k → f64 2^k, for −1022 ≤ k ≤ 1023; −1023 gives 0. */
  | 'pow2'
  /** f64 x > 0, normal → i32 ⌊log2 x⌋. */
  | 'exponent';

/** `div` and `rem` on i32 are of non-negative operands; `min` and `max` return NaN where an operand is NaN and order −0 < +0. */
export type BinaryOperation = 'add' | 'sub' | 'mul' | 'div' | 'rem' | 'min' | 'max';

/** IEEE comparison: false where an operand is NaN. */
export type Comparison = 'lt' | 'le' | 'eq';

export interface Variable {
  readonly name: string;
  readonly type: Scalar;
}

export type Expression =
  | { readonly kind: 'constant'; readonly type: Scalar; readonly value: number }
  | { readonly kind: 'variable'; readonly type: Scalar; readonly variable: Variable }
  | { readonly kind: 'load'; readonly type: 'f32' | 'f64'; readonly memory: Memory; readonly index: Expression }
  | { readonly kind: 'unary'; readonly type: Scalar; readonly operation: UnaryOperation; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly type: Scalar;
      readonly operation: BinaryOperation;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'select';
      readonly type: Scalar;
      readonly condition: Condition;
      readonly then: Expression;
      readonly otherwise: Expression;
    }
  | { readonly kind: 'call'; readonly type: Scalar; readonly function: KernelFunction; readonly argument: Expression };

/** A pure function of one number, emitted once per module: `exp`, `sigmoid`. */
export interface KernelFunction {
  readonly name: string;
  readonly parameter: Variable;
  /** `let`s only. */
  readonly body: readonly Statement[];
  readonly result: Expression;
}

export type Condition =
  | { readonly kind: 'compare'; readonly comparison: Comparison; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'and'; readonly left: Condition; readonly right: Condition };

export type Statement =
  | { readonly kind: 'let'; readonly variable: Variable; readonly value: Expression; readonly mutable: boolean }
  | { readonly kind: 'set'; readonly variable: Variable; readonly value: Expression }
  | { readonly kind: 'store'; readonly memory: Memory; readonly index: Expression; readonly value: Expression }
  | {
      readonly kind: 'for';
      readonly variable: Variable;
      readonly from: Expression;
      /** Exclusive. */
      readonly to: Expression;
      readonly step: number;
      /**
       * `parallel`: iterations write different places and read none of them; scratch memory is private to an iteration.
       */
      readonly mode: 'serial' | 'parallel';
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: 'if';
      readonly condition: Condition;
      readonly then: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly kind: 'comment'; readonly text: string };

/** A flat array a kernel reads or writes; bound to a typed array when it is called. */
export interface Memory {
  readonly name: string;
  readonly type: 'f32' | 'f64';
}

export interface Kernel {
  /** Says type, operation and geometry: `conv_3x3_s1_64x56x56_128`; unique within a program. */
  readonly name: string;
  /** One line for the reader of the emitted code. */
  readonly summary: string;
  readonly memories: readonly Memory[];
  /** i32 parameters: offsets in elements, and the number of images. */
  readonly parameters: readonly Variable[];
  readonly body: readonly Statement[];
}
