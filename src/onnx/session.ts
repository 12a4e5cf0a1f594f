// The graph in the making: nodes and weights with names, shapes changed where an operator asks for another one.

import { graphBuilder } from '../../compiler/ir/builder.ts';
import { attributeProblem, sameAttribute } from '../../compiler/ir/attributes.ts';
import type { Attributes, Graph, Node, ValueId } from '../../compiler/ir/graph.ts';
import { createNames } from '../../compiler/ir/names.ts';
import { inferNode, storedAttributes } from '../../compiler/ir/signature.ts';
import type { Application } from '../../compiler/ir/signature.ts';
import { sameShape } from '../../compiler/ir/tensor-type.ts';
import type { Shape, TensorType } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { countOf } from './constant.ts';
import type { Constant } from './constant.ts';
import { withShortDecimals, withSingles } from './decimal.ts';
import { legal } from './naming.ts';
import { refuse } from './problem.ts';

/** A weight by its name in the graph; `data` is made when it is first asked for. */
export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Emission {
  readonly op: string;
  /** A wish; absent: the operator and a number. */
  readonly name?: string | undefined;
  /** Before a name that is the operator and a number: `layer1.0.` */
  readonly scope?: string;
  readonly inputs: readonly ValueId[];
  readonly attributes?: Attributes;
  /** One per parameter of the operator, in its order, of the same number of elements. */
  readonly weights?: readonly Constant[];
  /** Whether its numbers stay those of f32, as what compares with them needs. */
  readonly isExact?: boolean;
}

/** A node as far as it says what it computes. */
export type Made = Pick<Node, 'op' | 'operands' | 'attributes'>;

export interface Session {
  readonly weights: ReadonlyMap<string, Weight>;
  input(name: string, shape: Shape): ValueId;
  /** Adds a node. Refuses where the operator does. */
  emit(emission: Emission): readonly ValueId[];
  /** A tensor of the weights file as a value, of its own each time: steps that are alike need not be one to be written as two. */
  learned(tensor: Constant, shape: Shape, wish: string): ValueId;
  /** The value in another shape of the same size. */
  shaped(value: ValueId, shape: Shape): ValueId;
  output(name: string, value: ValueId): void;
  typeOf(value: ValueId): TensorType;
  /** The node that gives a value; undefined of inputs and weights. */
  madeBy(value: ValueId): Made | undefined;
  /** What a value is called: its node's or its input's name. */
  nameOf(value: ValueId): string;
  finish(): Graph;
}

/** An empty graph of that name. */
export function createSession(name: string): Session {
  const builder = graphBuilder(name, operators);
  const nodeNames = createNames();
  const weightNames = createNames();
  const borderNames = createNames();
  const outputNames = createNames();
  const weights = new Map<string, Weight>();
  const names = new Map<ValueId, string>();
  const makers = new Map<ValueId, Made>();
  const shapes = new Map<ValueId, Map<string, ValueId>>();
  const origins = new Map<ValueId, ValueId>();
  const shared = new Map<Constant, readonly WeightsUser[]>();

  const addWeight = (weightName: string, tensor: Constant, shape: Shape): void => {
    weights.set(weightName, new LazyWeight(tensor, shape));
  };

  const session: Session = {
    weights,
    input(wish, shape) {
      const own = borderNames.fresh(legal([wish]) ?? 'input');
      const value = builder.input(own, shape);
      names.set(value, own);
      return value;
    },
    emit({ op, name: wish, scope = '', inputs, attributes = {}, weights: given = [], isExact = false }) {
      const written = isExact ? withSingles(attributes) : withShortDecimals(attributes);
      const applied = application(op, written, inputs.map(builder.typeOf));
      requireSizes(op, applied, given);
      const own = wish === undefined ? nodeNames.numbered(`${scope}${op}`) : nodeNames.fresh(wish);
      const users = given[0] ? (shared.get(given[0]) ?? []) : [];
      const user: WeightsUser = { op, attributes: applied.attributes, weights: given, name: own };
      const same = users.find((earlier) => isAlike(earlier, user));
      if (given[0] && !same) shared.set(given[0], [...users, user]);
      for (const [at, spec] of same ? [] : applied.parameters.entries())
        addWeight(weightNames.claim(`${own}.${spec.name}`), given[at]!, spec.shape);
      const results = builder.node({ op, name: own, weightsName: same?.name, inputs, applied });
      const maker: Made = { op, operands: inputs, attributes: applied.attributes };
      for (const result of results) {
        names.set(result, own);
        makers.set(result, maker);
      }
      return results;
    },
    learned(tensor, shape, wish) {
      const own = weightNames.fresh(wish);
      const value = builder.parameter(own, shape, 'parameter', { kind: 'constant', value: 0 });
      addWeight(own, tensor, shape);
      names.set(value, own);
      return value;
    },
    shaped(value, shape) {
      const source = origins.get(value) ?? value;
      if (sameShape(builder.typeOf(source).shape, shape)) return source;
      if (sameShape(builder.typeOf(value).shape, shape)) return value;
      const known = shapes.get(source) ?? new Map<string, ValueId>();
      shapes.set(source, known);
      const earlier = known.get(shape.join());
      if (earlier !== undefined) return earlier;
      const [result] = session.emit(
        shape.length === 1
          ? { op: 'flatten', inputs: [source] }
          : { op: 'reshape', inputs: [source], attributes: { shape } },
      );
      known.set(shape.join(), result!);
      origins.set(result!, source);
      return result!;
    },
    output: (wish, value) => builder.output(outputNames.fresh(legal([wish]) ?? 'output'), value),
    typeOf: builder.typeOf,
    madeBy: (value) => makers.get(value),
    nameOf: (value) => names.get(value)!,
    finish: builder.finish,
  };
  return session;
}

interface WeightsUser {
  readonly op: string;
  readonly attributes: Attributes;
  readonly weights: readonly Constant[];
  readonly name: string;
}

/** Whether two nodes can share their weights: in the language, only steps that are written alike do. */
function isAlike(a: WeightsUser, b: WeightsUser): boolean {
  if (a.op !== b.op || a.weights.some((tensor, at) => tensor !== b.weights[at])) return false;
  const names = Object.keys({ ...a.attributes, ...b.attributes });
  return names.every((name) => sameAttribute(a.attributes[name], b.attributes[name]));
}

/** What the operator says of these operands. */
function application(op: string, given: Attributes, inputs: readonly TensorType[]): Application {
  const operator = operators.get(op);
  if (!operator)
    return refuse(`it would need the operator ${op}, which does not exist yet`, 'write this part in another way');
  const attributes = storedAttributes(operator, given, inputs);
  for (const [name, spec] of Object.entries(operator.attributes)) {
    const problem = attributes[name] === undefined ? undefined : attributeProblem(spec, attributes[name]);
    if (problem !== undefined) refuse(`${name} of ${op} ${problem}`, 'see whether the model runs elsewhere');
  }
  const { results, parameters, problems } = inferNode(operator, inputs, attributes);
  const [first, ...others] = results ?? [];
  if (!first) return refuse(problems.join('; '), 'see whether the model runs elsewhere, and export it again');
  return { attributes, results: [first, ...others], parameters };
}

function requireSizes(op: string, { parameters }: Application, given: readonly Constant[]): void {
  if (given.length !== parameters.length)
    refuse(`${op} has ${parameters.length} weights here, and ${given.length} are given`, 'export the model again');
  for (const [at, { name, shape }] of parameters.entries()) {
    if (countOf(given[at]!.dims) !== countOf(shape))
      refuse(
        `its ${name} has the shape [${given[at]!.dims.join(', ')}], expected ${countOf(shape)} elements for [${shape.join(', ')}]`,
        'see whether the model runs elsewhere, and export it again',
      );
  }
}

class LazyWeight implements Weight {
  readonly shape: Shape;
  readonly #tensor: Constant;
  #converted: Float32Array | undefined;

  constructor(tensor: Constant, shape: Shape) {
    this.#tensor = tensor;
    this.shape = shape;
  }

  get data(): Float32Array {
    const { data } = this.#tensor;
    return data instanceof Float32Array ? data : (this.#converted ??= Float32Array.from(data));
  }
}
