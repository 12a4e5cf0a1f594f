// The interface of an operator. Each file of ops/ exports one or more; the IR's verifier and interpreter take the table of all as an
// argument. Only the first members are required: an operator without an optional one takes no part in what that is for.

import type { ForeignNames } from './foreign.ts';
import type { Attribute, Attributes, Initial, ValueId } from './graph.ts';
import type { Lowering } from './lowering.ts';
import type { Range } from './range.ts';
import type { Resampling } from './resampling.ts';
import type { ScalarExpression } from './scalar.ts';
import type { Element, Shape, TensorType } from './tensor-type.ts';

/** A dense f64 tensor; `shape` includes the batch axis where the value has one. */
export interface Tensor {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/**
 * How an attribute is written and stored. `size`: a number or HxW, stored as `[h, w]`. `factor`: a number or a list of two, which need not
 * be whole, stored as `[h, w]`. `padding`: a number, a size, four numbers or `same`, stored as `[top, left, bottom, right]`, or as `same`
 * until `canonical` resolves it. `choice`: one of `choices`, stored as a string. `weights`: a nested list of numbers, which becomes a
 * constant operand and is not stored.
 */
export type AttributeType =
  'int' | 'float' | 'bool' | 'string' | 'size' | 'factor' | 'padding' | 'ints' | 'floats' | 'choice' | 'weights';

export interface AttributeSpec {
  readonly type: AttributeType;
  /** Absent: the attribute is required. `null`: it may stay unset. The string `=kernel`: as the attribute `kernel`. */
  readonly default?: Attribute | null;
  readonly choices?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** For `floats`: whether it must be two numbers, the smaller one first. */
  readonly isRange?: boolean;
}

export interface ParameterSpec {
  /** `weight`, `bias`, `running_mean`, `running_var` */
  readonly name: string;
  readonly shape: Shape;
  readonly role: 'parameter' | 'buffer';
  readonly initial: Initial;
  /** f32 where it is absent. */
  readonly element?: Element;
}

/** What the diagnostic of a violated constraint says besides the constraint's sentence. */
export interface Violation {
  readonly found?: string;
  readonly expected?: string;
  /** Arithmetic or per-operand lines, shown under the message. */
  readonly notes?: readonly string[];
  /** Index of the operand at fault, if it is one operand: the path of a `parallel`. */
  readonly operand?: number;
  /** Name of the attribute at fault. */
  readonly attribute?: string;
  /** An attribute value that would satisfy the constraint. */
  readonly suggestion?: { readonly attribute: string; readonly value: Attribute };
  /** A step that would satisfy it if it were inserted before this one: `flatten`. */
  readonly insertBefore?: string;
  /** What to do, where that is not to change one attribute or one operand. */
  readonly remedy?: string;
  /** Present if a limit of the compiler is exceeded (exit code 3), not a rule of the operator. */
  readonly limit?: true;
}

/** A strided box of a value: the first index and the step along each axis, the batch axis not counted. */
export interface Box {
  readonly start: readonly number[];
  readonly step: readonly number[];
}

/** y = finish(Σ term(x)) over the pixels of a window inside the image, or the largest term in place of the sum. */
export interface WindowFold {
  /** Of one pixel, `x`. */
  readonly term: ScalarExpression;
  readonly reduces: 'sum' | 'max';
  /** Of the sum or maximum, `x`. */
  readonly finish: ScalarExpression;
}

/** Over which elements a normalisation takes its statistics, and how it normalises them. */
export interface Normalization {
  /** `channels`: over the channels of each pixel. `map`: over pixels and a group of channels of each image. */
  readonly over: 'channels' | 'map';
  /** In how many groups of equal size the channels of a map are normalised; 1 for `channels`. */
  readonly groups: number;
  /** Whether the mean is subtracted. */
  readonly centred: boolean;
  /** Added to the variance, or to the mean square. */
  readonly epsilon: number;
}

/** Reports violation of constraint `C1`…`Cn`; returns undefined so that rules can `return report(…)`. */
export type Report = (constraint: string, violation?: Violation) => undefined;

/**
 * A sliding window in the sense of convolution and pooling: output o sees the inputs o·stride − before + tap·dilation.
 * `padding` is top, left, bottom, right. Operators that enlarge the map have fractional strides (and transposed ones
 * fractional dilations).
 */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
  readonly dilation: readonly [number, number];
}

export interface Operator {
  readonly name: string;
  /** In positional order. */
  readonly attributes: Readonly<Record<string, AttributeSpec>>;
  /** Constraint number → sentence; the diagnostic's code is `name/C1`. */
  readonly constraints: Readonly<Record<string, string>>;
  /** Shape rule: the data operands' types and canonical attributes → results' types, or undefined after reporting. Never throws. */
  infer(inputs: readonly TensorType[], attributes: Attributes, report: Report): readonly TensorType[] | undefined;
  /**
   * The definition, as naive loops in f64. `operands`: data operands, then parameters; shapes include the batch axis. `inputs`: the types of
   * the data operands, as for `infer`, which say whether the first axis is the batch axis.
   */
  reference(operands: readonly Tensor[], attributes: Attributes, inputs: readonly TensorType[]): readonly Tensor[];

  /** How many data operands it takes. Default: exactly 1. */
  readonly arity?: { readonly min: number; readonly max: number };
  /** How many of `operands` operands are data, for operators that have parameters and take any number of data operands. */
  dataCount?(operands: number): number;
  /** True for operators that the language does not have: passes and training steps use them. */
  readonly internal?: boolean;
  /** Resolves attributes that depend on the operands' shapes, such as `padding: same`. Called before `infer`; may leave them as they are if the operands are wrong. */
  canonical?(attributes: Attributes, inputs: readonly TensorType[]): Attributes;
  /** The tensors that it needs from the weights file. Called after `infer` has succeeded. */
  parameters?(attributes: Attributes, inputs: readonly TensorType[]): readonly ParameterSpec[];
  /** Multiply–accumulates per image, for convolutions and dense layers; biases are not counted. */
  macs?(attributes: Attributes, inputs: readonly TensorType[], results: readonly TensorType[]): number;
  /** The window that an element of the result depends on; absent: elementwise. For global operators the whole map. */
  window?(attributes: Attributes, inputs: readonly TensorType[]): Window;
  /** How the output extent is calculated, for messages: `28 + 2·2 − 5 + 1 = 28`. */
  explain?(attributes: Attributes, inputs: readonly TensorType[]): string | undefined;
  /** Present on elementwise operators of one data operand: the value as an expression of x. */
  pointwise?(attributes: Attributes): ScalarExpression;
  /**
   * Present on elementwise operators of several data operands: the value as an expression of the first one, `x`, and of operand i,
   * `channel(i)`, repeated where its extents are 1. For sums over all elements, what is added up.
   */
  combine?(attributes: Attributes): ScalarExpression;
  /** For operators that cut a box out of a value, and their gradients, which put it back: the box. */
  box?(attributes: Attributes, inputs: readonly TensorType[]): Box;
  /** For the lowering `permute`: the axis of the operand [C, H, W] that each of the result's three axes is. */
  axes?(attributes: Attributes): readonly number[];
  /** For the lowering `window-fold`: how the pixels of a window become one number. */
  fold?(attributes: Attributes): WindowFold;
  /** For operators that resize images, and their gradients: where each pixel of the resized image lies in the other one. */
  resampling?(attributes: Attributes, inputs: readonly TensorType[]): Resampling;
  /** For normalisations by the statistics of each image, and their gradients. */
  normalizes?(attributes: Attributes, inputs: readonly TensorType[]): Normalization;
  /** For sums over images and pixels of a batch: what each result is the sum of, as an expression like that of `combine`. */
  sums?(attributes: Attributes): readonly ScalarExpression[];
  /**
   * ∂loss/∂operand for each operand, data and then parameters, as nodes of the graph; undefined where it is zero. Absent: the
   * operator cannot be differentiated.
   */
  gradient?(site: GradientSite): readonly (ValueId | undefined)[];
  /**
   * Builds on images [features, 1, length] what the operator computes on tokens [length, features]; returns its results, as images where
   * they are tokens. Absent: the operator itself does, with the axes `features` and `length` renamed to `channels` and `width`.
   */
  onImages?(site: ImageSite): readonly ValueId[];
  /** Builds what the operator computes in a training step, if that is something else: with statistics of the batch, or a random mask. */
  training?(site: TrainingSite): ValueId;
  /** Operators that only its `gradient` and its `training` use. */
  readonly companions?: readonly Operator[];
  /** Its names in other frameworks; absent: they are in the frameworks' own tables. */
  readonly elsewhere?: ForeignNames;
  /** Short form in reports: `conv 3×3 /2`. Default: the name. */
  describe?(attributes: Attributes): string;
  /** How the schedule computes it; absent for operators that legalisation replaces (identity, dropout, batch_norm). */
  readonly lowering?: Lowering;
  /** Present if it is the identity at inference: identity, dropout. */
  readonly inert?: true;
  /** For layers, whose first parameter is a weight: the number of groups of channels that are connected with one another. */
  groups?(attributes: Attributes, inputs: readonly TensorType[]): number;
  /** Present if it changes negative numbers only. */
  readonly keepsPositive?: true;
  /** Whether an activation never decreases; absent: not known, or no activation. */
  monotone?(attributes: Attributes): Monotone;
  /** For activations that clip their operand: the bounds. */
  clips?(attributes: Attributes): Range;
  /** Bounds of the results, NaN excepted, from those of all operands. Absent: only what `clips` says. */
  range?(operands: readonly Range[], attributes: Attributes): Range;
  /**
   * Whether the result equals the first operand, which has the same type, in every bit. `positive`: it does if no element is negative
   * or −0. Absent: it never does.
   */
  unchanged?(context: UnchangedContext): boolean | 'positive';
  /**
   * Which element types its data operands may have. `numbers`, the default: f32. `codes`: it computes with u8. `moves`: it only moves or
   * compares elements, so that they may be u8 codes with one scale and zero point, which are those of the result, too.
   */
  takes?(attributes: Attributes): 'numbers' | 'codes' | 'moves';
}

/**
 * `exact`: never decreases, also as kernels compute it. `rounded`: never decreases, but kernels compute it by a polynomial,
 * which may in the last bits. `not`: why it is not known to be monotone, as the end of a sentence that begins with the node's name.
 */
export type Monotone = 'exact' | 'rounded' | { readonly not: string };

/** What gradients and training forms build the nodes of a training step with. */
export interface StepBuilder {
  /** The first result of an operator applied to data operands and parameters; attributes as a user would write them. */
  apply(op: string, inputs: readonly ValueId[], attributes?: Attributes, parameters?: readonly ValueId[]): ValueId;
  /** All results of an operator that has several. */
  applyAll(op: string, inputs: readonly ValueId[], attributes?: Attributes): readonly ValueId[];
  typeOf(value: ValueId): TensorType;
  /** [1], without the batch axis: the number of images in the batch. */
  readonly images: ValueId;
}

/** A node to be differentiated. */
export interface GradientSite extends StepBuilder {
  readonly attributes: Attributes;
  /** Data operands, then parameters. */
  readonly operands: readonly ValueId[];
  readonly results: readonly ValueId[];
  /** ∂loss/∂result for each result; undefined where the loss does not depend on it. */
  readonly upstream: readonly (ValueId | undefined)[];
  /** Whether the gradient of this operand is used. */
  needs(operand: number): boolean;
}

/** A node on tokens that is rewritten to work on images. */
export interface ImageSite extends Pick<StepBuilder, 'apply' | 'applyAll' | 'typeOf'> {
  readonly attributes: Attributes;
  /** Data operands, images where they were tokens; then parameters. */
  readonly operands: readonly ValueId[];
  /** The types of its data operands as they were. */
  readonly inputs: readonly TensorType[];
}

/** A node of the network that is built into a training step. */
export interface TrainingSite extends StepBuilder {
  readonly attributes: Attributes;
  readonly operands: readonly ValueId[];
  /** The operator of the only node that reads the result. */
  readonly next: string | undefined;
  /** Announces that what is returned is the result of that node. */
  absorbNext(): void;
  /** The new value of a buffer, such as a running mean, which is operand number `operand`. */
  update(operand: number, value: ValueId): void;
  /** [4] or [6], without the batch axis, as the step's input of that name. */
  readonly random: ValueId;
  /** A number that is unique among the nodes of the step. */
  readonly number: number;
  /** Whether the node has parameters or buffers and all of them are frozen. */
  readonly keeps: boolean;
}

export interface UnchangedContext {
  readonly attributes: Attributes;
  /** The first operand's shape. */
  readonly shape: Shape;
  /** How many operands there are, parameters included. */
  readonly operands: number;
  /** Whether every element of an operand is known when compiling, and is exactly this number. */
  isConstant(operand: number, value: number): boolean;
}

export type OperatorTable = ReadonlyMap<string, Operator>;
