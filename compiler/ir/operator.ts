// The contract of an operator. The files under ops/ each export one; the IR's verifier and interpreter take
// the table of them as an argument. Only the first fields are required: a missing ability means "takes no part".

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
 * `size`: number or HxW, stored `[h, w]`. `factor`: the same of numbers that need not be whole, or a list of two. `padding`: number, size, four numbers or `same`, stored `[top, left, bottom, right]`
 * (`same` is stored as the string until `canonical` resolves it). `choice`: one of `choices`, stored as string. `weights`: nested
 * list literal; becomes a constant operand and is not stored.
 */
export type AttributeType =
  'int' | 'float' | 'bool' | 'string' | 'size' | 'factor' | 'padding' | 'ints' | 'floats' | 'choice' | 'weights';

export interface AttributeSpec {
  readonly type: AttributeType;
  /** Absent: the user must give it. `null`: may stay unset. A string `=kernel` copies another attribute. */
  readonly default?: Attribute | null;
  readonly choices?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** Of `floats`: two numbers, the smaller one first. */
  readonly isRange?: boolean;
  readonly doc: string;
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

/** What a violated constraint adds to its sentence. */
export interface Violation {
  readonly found?: string;
  readonly expected?: string;
  /** Arithmetic or per-operand lines, shown under the message. */
  readonly notes?: readonly string[];
  /** Index of the operand to blame, when it is one (a path of a `parallel`). */
  readonly operand?: number;
  /** Name of the attribute to blame. */
  readonly attribute?: string;
  /** An attribute value that would satisfy the constraint. */
  readonly suggestion?: { readonly attribute: string; readonly value: Attribute };
  /** A step that would, put before this one: `flatten`. */
  readonly insertBefore?: string;
  /** What to do, where changing one attribute or one operand is not it. */
  readonly remedy?: string;
  /** True where a limit refused it (exit code 3), not a rule of the operator. */
  readonly limit?: true;
}

/** Along each axis of a value, the batch axis not counted, the first place and the distance from one to the next. */
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

/** Which numbers a normalisation takes together, and what it makes of them. */
export interface Normalization {
  /** The channels of each pixel, or maps. */
  readonly over: 'channels' | 'map';
  /** Into how many parts of equal size the channels of a map are cut; 1 over channels. */
  readonly groups: number;
  /** Whether the mean is taken away first. */
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
  /** One sentence; for documentation and editors. */
  readonly summary: string;
  /** In positional order. */
  readonly attributes: Readonly<Record<string, AttributeSpec>>;
  /** Constraint number → sentence; the diagnostic's code is `name/C1`. */
  readonly constraints: Readonly<Record<string, string>>;
  /** Shape rule: the data operands' types and canonical attributes → results' types, or undefined after reporting. Never throws. */
  infer(inputs: readonly TensorType[], attributes: Attributes, report: Report): readonly TensorType[] | undefined;
  /**
   * Naive loops in f64: the definition. `operands` are data operands, then parameters; batch axis included. `inputs` are the
   * data operands' types, as `infer` gets them: they tell a batch axis from any other.
   */
  reference(operands: readonly Tensor[], attributes: Attributes, inputs: readonly TensorType[]): readonly Tensor[];

  /** Data operands: exactly 1 unless said. */
  readonly arity?: { readonly min: number; readonly max: number };
  /** How many of so many operands are data, where an operator with parameters takes any number of them. */
  dataCount?(operands: number): number;
  /** True for operators that only passes make (arithmetic on parameters); the language does not know them. */
  readonly internal?: boolean;
  /** Fills what depends on the input's shape (`padding: same`, `stride` = kernel). Called before `infer`, may leave attributes as they are when inputs are wrong. */
  canonical?(attributes: Attributes, inputs: readonly TensorType[]): Attributes;
  /** The tensors a weights file supplies; called after `infer` succeeded. */
  parameters?(attributes: Attributes, inputs: readonly TensorType[]): readonly ParameterSpec[];
  /** Multiply–accumulates per image, for convolutions and dense layers; no biases. */
  macs?(attributes: Attributes, inputs: readonly TensorType[], results: readonly TensorType[]): number;
  /** The window for the receptive field; absent: pointwise. Global operators return a window of the whole map. */
  window?(attributes: Attributes, inputs: readonly TensorType[]): Window;
  /** The arithmetic of the output extent, for traces: `28 + 2·2 − 5 + 1 = 28`. */
  explain?(attributes: Attributes, inputs: readonly TensorType[]): string | undefined;
  /** Present on elementwise operators of one data operand: the value as an expression of x. */
  pointwise?(attributes: Attributes): ScalarExpression;
  /**
   * Present on elementwise operators of several data operands: the value as an expression of the first one, `x`, and of operand i,
   * `channel(i)`, repeated where its extents are 1. For sums over all elements, what is added up.
   */
  combine?(attributes: Attributes): ScalarExpression;
  /** Present on operators that cut boxes out of a value, and on their gradient, which puts them back: which. */
  box?(attributes: Attributes, inputs: readonly TensorType[]): Box;
  /** Present on operators with the lowering `permute`: of which axis of an image [C, H, W] each of the result's three is made. */
  axes?(attributes: Attributes): readonly number[];
  /** Present on operators with the lowering `window-fold`: what a window's pixels become. */
  fold?(attributes: Attributes): WindowFold;
  /** Present on operators that resize images, and on their gradients: where each pixel of the resized image lies. */
  resampling?(attributes: Attributes, inputs: readonly TensorType[]): Resampling;
  /** Present on normalisations by the statistics of each image, and on their gradients. */
  normalizes?(attributes: Attributes, inputs: readonly TensorType[]): Normalization;
  /** Present on sums over the images and pixels of a batch: what each result adds up, in the same way. */
  sums?(attributes: Attributes): readonly ScalarExpression[];
  /**
   * ∂loss/∂operand for each operand, data and then parameters, as nodes of the graph; undefined where it is zero. Absent: the
   * operator cannot be differentiated.
   */
  gradient?(site: GradientSite): readonly (ValueId | undefined)[];
  /**
   * What takes its place on tokens [length, features] when these lie as images [features, 1, length]: its results, images where they
   * are tokens. Absent: the operator itself, with the axes `features` and `length` called `channels` and `width`.
   */
  onImages?(site: ImageSite): readonly ValueId[];
  /** What stands in its place while a network trains, where that differs: statistics of the batch, a random mask. */
  training?(site: TrainingSite): ValueId;
  /** Operators that only its gradient and its training form use. */
  readonly companions?: readonly Operator[];
  /** Its names in other frameworks; absent: they are in the frameworks' own tables. */
  readonly elsewhere?: ForeignNames;
  /** Short form in reports: `conv 3×3 /2`. Default: the name. */
  describe?(attributes: Attributes): string;
  /** How it is computed; absent: legalisation replaces it first (identity, dropout, batch_norm). */
  readonly lowering?: Lowering;
  /** True where it changes nothing when a network infers: identity, dropout. */
  readonly inert?: true;
  /** Present on layers with a weight, its first parameter: in how many groups it connects channels. */
  groups?(attributes: Attributes, inputs: readonly TensorType[]): number;
  /** True for activations that change negative numbers only. */
  readonly keepsPositive?: true;
  /** Whether an activation never falls; absent: it is not known, or no activation. */
  monotone?(attributes: Attributes): Monotone;
  /** Present on activations that hold their operand between two bounds: which. */
  clips?(attributes: Attributes): Range;
  /** Bounds of the results, from those of all operands; NaN aside. Absent: none, but for what `clips` says. */
  range?(operands: readonly Range[], attributes: Attributes): Range;
  /**
   * Whether the result is the first operand, which has its type, in every bit. `positive`: where no element of it is −0, because
   * sums make that +0. Absent: never.
   */
  unchanged?(context: UnchangedContext): boolean | 'positive';
  /**
   * Which elements its data operands may have. `codes`: it computes with u8. `moves`: it only moves or compares them, so that codes of
   * one scale and zero point are as good as numbers; the result has the same. Absent: f32 only.
   */
  takes?(attributes: Attributes): 'numbers' | 'codes' | 'moves';
}

/**
 * Whether an activation never falls: in every bit as kernels compute it (`exact`), or but for last bits, because it is a
 * polynomial (`rounded`); or why it is not known to, as the end of a sentence about the node.
 */
export type Monotone = 'exact' | 'rounded' | { readonly not: string };

/** Where the nodes of a training step are made: what gradients and training forms build with. */
export interface StepBuilder {
  /** The first result of an operator applied to data operands and parameters; attributes as a user would write them. */
  apply(op: string, inputs: readonly ValueId[], attributes?: Attributes, parameters?: readonly ValueId[]): ValueId;
  /** All results of an operator that has several. */
  applyAll(op: string, inputs: readonly ValueId[], attributes?: Attributes): readonly ValueId[];
  typeOf(value: ValueId): TensorType;
  /** [1], without the batch axis: how many images the batch has. */
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
  /** Whether anybody needs the gradient of this operand. */
  needs(operand: number): boolean;
}

/** A node on tokens that is to work on images. */
export interface ImageSite extends Pick<StepBuilder, 'apply' | 'applyAll' | 'typeOf'> {
  readonly attributes: Attributes;
  /** Data operands, images where they were tokens; then parameters. */
  readonly operands: readonly ValueId[];
  /** The types of its data operands as they were. */
  readonly inputs: readonly TensorType[];
}

/** A node to be put into a training step. */
export interface TrainingSite extends StepBuilder {
  readonly attributes: Attributes;
  readonly operands: readonly ValueId[];
  /** The operator of the only node that reads the result. */
  readonly next: string | undefined;
  /** What is returned is the result of that node. */
  absorbNext(): void;
  /** The new value of a buffer, such as a running mean, which is operand number `operand`. */
  update(operand: number, value: ValueId): void;
  /** [4] or [6], without the batch axis, as the step's input of that name. */
  readonly random: ValueId;
  /** A number that no other node has. */
  readonly number: number;
  /** It has parameters or buffers, none of which learn: they stay as they are. */
  readonly keeps: boolean;
}

export interface UnchangedContext {
  readonly attributes: Attributes;
  /** The first operand's shape. */
  readonly shape: Shape;
  /** How many operands there are, parameters included. */
  readonly operands: number;
  /** Whether every element of an operand is this very number, known when compiling. */
  isConstant(operand: number, value: number): boolean;
}

export type OperatorTable = ReadonlyMap<string, Operator>;
