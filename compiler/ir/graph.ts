// The graph: operators over single-assignment values, NCHW meaning. It is plain readonly data; passes
// make new graphs. Text form: ir/text. Invariants: ir/verify.

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
  /** What its weights are called by, `shared` in `shared.weight`; absent where that is its own name. Nodes may share weights. */
  readonly weightsName?: string;
  /** Data operands first, then parameters in the order of the operator's `parameters`. */
  readonly operands: readonly ValueId[];
  readonly attributes: Attributes;
  readonly results: readonly ValueId[];
  readonly origin?: Origin;
}

/** What the names of a node's weights begin with. */
export function weightsNameOf({ name, weightsName }: Pick<Node, 'name' | 'weightsName'>): string {
  return weightsName ?? name;
}

/** As a node holds it: left out where it is the node's own name. */
export function namedWeights(name: string, weightsName: string | undefined): Pick<Node, 'weightsName'> {
  return weightsName === undefined || weightsName === name ? {} : { weightsName };
}

/** How a picture becomes the input tensor: pixel · scale, then (x − mean) / std per channel. */
export interface InputSettings {
  readonly scale: number;
  /** The shorter side is resized to this many pixels, or the picture to this height and width. */
  readonly resize?: number | readonly [number, number];
  /** How a picture of another form is resized to a height and width; `stretch` where it is absent. */
  readonly fit?: 'stretch' | 'cover' | 'contain';
  /** `bilinear` where it is absent. */
  readonly filter?: 'nearest' | 'bilinear' | 'bicubic';
  /** Bytes of the padding of `contain`, one or one per channel; black where it is absent. */
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
  /** Present where a training keeps it from step to step: the output of the same name is its next value. */
  readonly state?: State;
}

/** `optimizer`: what an optimiser keeps of a parameter. `gradient`: of the micro-batches of a step so far; no step needs the last one's. */
export interface State {
  readonly role: Parameter['role'] | 'optimizer' | 'gradient';
  readonly initial: Initial;
}

export interface GraphOutput {
  readonly name: string;
  readonly value: ValueId;
  /** Class names, or the path of a file that has one per line. */
  readonly labels?: readonly string[] | string;
  /** Of an output that only a training has: how much its loss counts beside that of the first one, which counts 1. */
  readonly auxiliary?: number;
}

/** How `--weights random:SEED` and training start a parameter. */
export type Initial =
  | { readonly kind: 'he'; readonly fanIn: number; readonly fanOut: number }
  | { readonly kind: 'constant'; readonly value: number };

/** A tensor that a weights file supplies. Buffers (running statistics) are not counted as parameters. */
export interface Parameter {
  /** `conv1.weight` */
  readonly name: string;
  readonly value: ValueId;
  readonly role: 'parameter' | 'buffer';
  readonly initial: Initial;
}

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
