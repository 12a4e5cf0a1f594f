// Expressions of one real number, in which elementwise operators say what they compute, once: the interpreter
// evaluates them in f64, templates lower them to kernel IR, autodiff differentiates them.

export type UnaryFunction = 'neg' | 'abs' | 'exp' | 'log' | 'sqrt' | 'tanh' | 'sigmoid' | 'erf' | 'floor';
export type BinaryFunction = 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max';

export type ScalarExpression =
  | { readonly kind: 'x' }
  /** A per-channel parameter operand (`prelu`'s slope): operand number 1, 2, … of the node; [C], or [1] for all channels. */
  | { readonly kind: 'channel'; readonly operand: number }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'unary'; readonly function: UnaryFunction; readonly operand: ScalarExpression }
  | {
      readonly kind: 'binary';
      readonly function: BinaryFunction;
      readonly left: ScalarExpression;
      readonly right: ScalarExpression;
    }
  /** `left < right ? then : otherwise`; a NaN on either side takes `otherwise`. */
  | {
      readonly kind: 'less';
      readonly left: ScalarExpression;
      readonly right: ScalarExpression;
      readonly then: ScalarExpression;
      readonly otherwise: ScalarExpression;
    };

export const x: ScalarExpression = { kind: 'x' };
/** The element of a weight that belongs to the channel of x. */
export const channel = (operand: number): ScalarExpression => ({ kind: 'channel', operand });
/** A number that is the same for every element. */
export const constant = (value: number): ScalarExpression => ({ kind: 'constant', value });
const unary =
  (name: UnaryFunction) =>
  (operand: ScalarExpression): ScalarExpression => ({ kind: 'unary', function: name, operand });
const binary =
  (name: BinaryFunction) =>
  (left: ScalarExpression, right: ScalarExpression): ScalarExpression => ({
    kind: 'binary',
    function: name,
    left,
    right,
  });

export const neg = unary('neg');
export const abs = unary('abs');
export const exp = unary('exp');
export const log = unary('log');
export const sqrt = unary('sqrt');
export const tanh = unary('tanh');
export const sigmoid = unary('sigmoid');
export const erf = unary('erf');
export const floor = unary('floor');
export const add = binary('add');
export const sub = binary('sub');
export const mul = binary('mul');
export const div = binary('div');
export const min = binary('min');
export const max = binary('max');
/** `then` where left < right, else `otherwise`, so also where one is NaN. */
export const less = (
  left: ScalarExpression,
  right: ScalarExpression,
  then: ScalarExpression,
  otherwise: ScalarExpression,
): ScalarExpression => ({ kind: 'less', left, right, then, otherwise });

/** Whether it is x · sigmoid(x), for any one expression x. */
export const isTimesSigmoid = ({
  function: name,
  left,
  right,
}: Extract<ScalarExpression, { kind: 'binary' }>): boolean =>
  name === 'mul' && right.kind === 'unary' && right.function === 'sigmoid' && right.operand === left;
