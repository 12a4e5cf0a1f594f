// What a network of whole numbers needs to know of the one in f32: which values have a scale in common, and of what each of its
// parameters is computed. Data alone; src/quantize computes the numbers.

import type { ValueId } from '../ir/graph.ts';
import type { Range } from '../ir/range.ts';
import type { ScalarExpression } from '../ir/scalar.ts';
import type { Phases } from './phases.ts';

/** Number of a group of values with one scale and zero point, an index into `groups`. */
export type GroupId = number;

/** Values that nodes which only move codes join: they have one scale and zero point. */
export interface ScaleGroup {
  /** What the first of them is called. */
  readonly name: string;
  /** Values of the f32 graph whose numbers say how large the scale must be; those that an activation cuts off are not among them. */
  readonly observed: readonly ValueId[];
  /** What holds all of them, where the operators that make them have two bounds, as clip and sigmoid do. */
  readonly bounds?: Range;
}

/** What the groups are called whose bounds only images can tell. */
export const namesWithoutBounds = ({ groups }: Pick<QuantizationPlan, 'groups'>): readonly string[] =>
  groups.flatMap(({ name, bounds }) => (bounds ? [] : [name]));

/** What fills one parameter, or several of the same node; the names are those of the parameters. */
export type Filling =
  /** The multiplier 1 / s. */
  | { readonly kind: 'quantize'; readonly multiplier: string; readonly group: GroupId }
  /** The scale s. */
  | { readonly kind: 'dequantize'; readonly scale: string; readonly group: GroupId }
  /** Zero point, lowest and highest code; an activation that was folded holds numbers within `clip`. */
  | { readonly kind: 'range'; readonly range: string; readonly group: GroupId; readonly clip?: Range }
  | LayerFilling
  /** A multiplier for each operand, ± its scale over s. */
  | {
      readonly kind: 'add';
      readonly multiplier: string;
      readonly operands: readonly { readonly group: GroupId; readonly sign: 1 | -1 }[];
      readonly output: GroupId;
    }
  /** The multiplier s_left · s_right / s. */
  | {
      readonly kind: 'mul';
      readonly multiplier: string;
      readonly left: GroupId;
      readonly right: GroupId;
      readonly output: GroupId;
    }
  /** The multiplier s_input / (s · count). */
  | {
      readonly kind: 'mean';
      readonly multiplier: string;
      readonly input: GroupId;
      readonly output: GroupId;
      readonly count: number;
    }
  /** For each code of the input's group that of f(x). */
  | {
      readonly kind: 'lookup';
      readonly table: string;
      readonly input: GroupId;
      readonly output: GroupId;
      readonly expression: ScalarExpression;
    };

/** Weights, bias and multipliers of a convolution or a dense layer. */
export interface LayerFilling {
  readonly kind: 'layer';
  /** The node, by its name in both graphs. */
  readonly node: string;
  readonly weight: string;
  readonly bias: string;
  readonly multiplier: string;
  /** Values of the f32 graph that are known when a module loads. */
  readonly from: { readonly weight: ValueId; readonly bias?: ValueId };
  /** What the layer reads in the f32 graph. */
  readonly reads: ValueId;
  /** Whether both axes of the filters are turned around, as a strict convolution has them. */
  readonly flip: boolean;
  /** Present where the layer is a transposed convolution, whose weights and biases become those of its phases. */
  readonly phases?: Phases;
  readonly input: GroupId;
  /** Absent where the result is f32. */
  readonly output?: GroupId;
}

/** What a node computes in both graphs, of which errors can be measured. */
export interface Correspondence {
  /** Its name in both. */
  readonly node: string;
  /** In the f32 graph. */
  readonly before: ValueId;
  /** What an activation that was folded leaves of `before`. */
  readonly clip?: Range;
  /** In the quantised graph. */
  readonly after: ValueId;
  /** Where `after` is codes: of which group. */
  readonly group?: GroupId;
}

export interface QuantizationPlan {
  readonly groups: readonly ScaleGroup[];
  readonly fillings: readonly Filling[];
  /** In the order of the nodes. */
  readonly layers: readonly Correspondence[];
}
