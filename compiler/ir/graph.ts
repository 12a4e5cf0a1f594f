// The graph IR: operators on values in SSA form, with the meaning of NCHW tensors. Graphs are plain readonly data; passes build new
// ones. Text form: ir/text.ts. Invariants: ir/verify.ts.

import type { Span } from '../../grammar/source.ts';
import type { TensorType } from './tensor-type.ts';

export type ValueId = number;

export type Attribute = number | boolean | string | readonly number[];
export type Attributes = Readonly<Record<string, Attribute>>;

/** Where a node comes from: its place in the text and the scopes (block calls, paths) around it. */
export interface Origin {
  readonly span: Span;
  /** Outermost first. A block call or a path of a `parallel`. */
  readonly scopes: readonly Scope[];
}

export interface Scope {
  readonly kind: 'block' | 'path';
  /** The dotted name so far: `inception3`, `inception3.path2`. */
  readonly name: string;
  /** The block's name (`inception`), or the join operator of the path's `parallel` (`concat`). */
  readonly of: string;
  readonly span: Span;
}

export interface Node {
  readonly op: string;
  /** Unique dotted name, e.g. `inception3.path2.conv1`. */
  readonly name: string;
  /** The prefix of its weights' names, `shared` in `shared.weight`, if it is not the node's own name: nodes may share weights. */
  readonly weightsName?: string;
  /** Data operands first, then parameters in the order of the operator's `parameters`. */
  readonly operands: readonly ValueId[];
  readonly attributes: Attributes;
  readonly results: readonly ValueId[];
  readonly origin?: Origin;
}

/** The prefix of the names of a node's weights: `conv1` in `conv1.weight`. */
export function weightsNameOf({ name, weightsName }: Pick<Node, 'name' | 'weightsName'>): string {
  return weightsName ?? name;
}

/** The property `weightsName` as a node has it: absent if it is the node's own name. */
export function namedWeights(name: string, weightsName: string | undefined): Pick<Node, 'weightsName'> {
  return weightsName === undefined || weightsName === name ? {} : { weightsName };
}

/** How a picture becomes the input tensor: pixel · scale, then (x − mean) / std per channel. */
export interface InputSettings {
  readonly scale: number;
  /** The shorter side is resized to this many pixels, or the picture to this height and width. */
  readonly resize?: number | readonly [number, number];
  /** How a picture of another aspect ratio is resized to a height and width. Default `stretch`. */
  readonly fit?: 'stretch' | 'cover' | 'contain';
  /** Default `bilinear`. */
  readonly filter?: 'nearest' | 'bilinear' | 'bicubic';
  /** The colour that `contain` pads with, 0 to 255, one number or one per channel. Default black. */
  readonly fill?: readonly number[];
  /** Height and width of the centre crop. */
  readonly crop?: readonly [number, number];
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly colors: 'rgb' | 'bgr' | 'gray';
}

export interface GraphInput {
  readonly name: string;
  readonly value: ValueId;
  readonly settings?: InputSettings;
  /** Present if a training keeps the value from step to step; the output of the same name is its next value. */
  readonly state?: State;
}

/**
 * A tensor that a training keeps. `optimizer`: what the optimiser stores for a parameter, such as its momentum. `gradient`: the sum over
 * the micro-batches of a step so far, which the next step does not need.
 */
export interface State {
  readonly role: Parameter['role'] | 'optimizer' | 'gradient';
  readonly initial: Initial;
}

export interface GraphOutput {
  readonly name: string;
  readonly value: ValueId;
  /** Class names, or the path of a file that has one per line. */
  readonly labels?: readonly string[] | string;
  /** The weight of its loss, for an auxiliary output, which only a training has; the loss of the first output has the weight 1. */
  readonly auxiliary?: number;
}

/** How a parameter is initialised by a training and by `--weights random:SEED`. `he`: He et al., 2015. */
export type Initial =
  | { readonly kind: 'he'; readonly fanIn: number; readonly fanOut: number }
  | { readonly kind: 'constant'; readonly value: number };

/** A tensor of the weights file. Buffers are running statistics, which reports do not count as parameters. */
export interface Parameter {
  /** `conv1.weight` */
  readonly name: string;
  readonly value: ValueId;
  readonly role: 'parameter' | 'buffer';
  readonly initial: Initial;
}

/** A tensor known when compiling, row-major. */
export interface Constant {
  readonly value: ValueId;
  readonly data: Float64Array;
}

export interface Graph {
  readonly name: string;
  readonly mode: 'infer' | 'train';
  readonly inputs: readonly GraphInput[];
  /** In the order of the text. */
  readonly parameters: readonly Parameter[];
  readonly constants: readonly Constant[];
  /** In an order in which every operand is defined before its use. */
  readonly nodes: readonly Node[];
  readonly outputs: readonly GraphOutput[];
  readonly types: ReadonlyMap<ValueId, TensorType>;
}
