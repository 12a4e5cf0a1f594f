// The worker's side of the Run tab: one network with its weights and the values of its last run. It has no page.

import type { Network } from '../../../compiler/frontend/index.ts';
import type { ValueId } from '../../../compiler/ir/graph.ts';
import { dataTypes, operatorOf, typeOf } from '../../../compiler/ir/signature.ts';
import { sizeOf } from '../../../compiler/ir/tensor-type.ts';
import { operators } from '../../../compiler/ops/index.ts';
import { probabilities } from '../../../runtime/classes.ts';
import { pictureTensor, resizedSize } from '../../../runtime/picture.ts';
import { InputError } from '../../data/input-error.ts';
import { madeUpImages } from '../../data/made-up.ts';
import { checkResize } from '../../data/preprocess.ts';
import { arithmeticOf } from '../arithmetic/arithmetic.ts';
import type { Runner } from './compiled.ts';
import { keptValues, loadRunner } from './compiled.ts';
import { makerOf, openedOf } from './layers.ts';
import { networkOf, weightCount } from './network.ts';
import type { InputInfo, Opened, RunCalls, SeeRequest, Seen, Shown } from './protocol.ts';
import { weightsFrom } from './weights.ts';

/** Weights that a page holds, at most: 800 MB. */
const MAX_WEIGHTS = 2e8;

/** Numbers of an output that is no scores of classes that are told, at most. */
const MAX_NUMBERS = 4096;

interface State {
  readonly network: Network;
  readonly opened: Opened;
  weights?: ReadonlyMap<string, Float32Array>;
  runner?: Runner;
  inputs?: ReadonlyMap<string, Float32Array>;
  values?: ReadonlyMap<ValueId, Float32Array>;
}

/** `now` tells milliseconds. */
export function runSession(now: () => number): RunCalls {
  let state: State | undefined;
  const current = (): State => {
    if (!state) throw new InputError('no network is open');
    return state;
  };
  return {
    open(program) {
      state = undefined;
      const network = networkOf(program);
      const count = weightCount(network);
      if (count > MAX_WEIGHTS)
        throw new InputError(
          `${network.name} has ${count.toLocaleString('en-US')} weights, and a page runs at most ${MAX_WEIGHTS.toLocaleString('en-US')}; the command \`cnnc run\` has no such limit`,
          { limit: true },
        );
      const opened = openedOf(network);
      state = { network, opened };
      return opened;
    },
    async load(source) {
      const one = current();
      const { tensors, note } = weightsFrom(one.network, source);
      one.weights = tensors;
      delete one.runner;
      delete one.values;
      return { note };
    },
    async see(request) {
      const one = current();
      const runner = await runnerFor(one, request.layer);
      one.inputs = inputsOf(one.opened, request);
      const start = now();
      one.values = runner.run(one.inputs);
      return seenOf(one.opened, one.values, request.layer, now() - start);
    },
    arithmetic(layer, at) {
      return shownOf(current(), layer, at);
    },
  };
}

/** With all that the layer is made of. */
async function runnerFor(state: State, layer: ValueId | undefined): Promise<Runner> {
  const { graph } = state.network;
  if (!state.weights) throw new InputError('the network has no weights yet');
  const maker = layer === undefined ? undefined : makerOf(graph, layer);
  const wanted = maker ? [layer!, ...maker.node.operands] : [];
  const keep = keptValues(graph, wanted);
  if (!state.runner || keep.some((value) => !state.runner!.keeps.has(value)))
    state.runner = await loadRunner(graph, keep, state.weights);
  return state.runner;
}

function inputsOf({ inputs }: Opened, { picture, numbers }: SeeRequest): ReadonlyMap<string, Float32Array> {
  const first = inputs.find((input) => input.picture !== undefined);
  return new Map(
    inputs.map((input) => {
      if (input === first && picture) return [input.name, pictureInput(input, picture)];
      return [input.name, numbersInput(input, numbers?.[input.name])];
    }),
  );
}

/** As the settings say; what is then not of the network's size is resized until it covers that. */
function pictureInput({ shape, picture }: InputInfo, pixels: NonNullable<SeeRequest['picture']>): Float32Array {
  const full = { ...pixels, channels: 4 } as const;
  checkResize(full, picture!);
  const [width, height] = resizedSize(full, picture!);
  const [, rows, columns] = shape as readonly [number, number, number];
  checkResize({ ...full, width, height }, { ...picture!, resize: [rows, columns], fit: 'cover' });
  return pictureTensor(full, picture!, shape, true);
}

function numbersInput({ name, shape, picture }: InputInfo, numbers: readonly number[] | undefined): Float32Array {
  if (!numbers) return madeUpImages(shape, 1, picture);
  const size = sizeOf(shape);
  if (numbers.length !== size) throw new InputError(`${name} takes ${size} numbers, found ${numbers.length}`);
  return Float32Array.from(numbers);
}

function seenOf(
  { outputs }: Opened,
  values: ReadonlyMap<ValueId, Float32Array>,
  layer: number | undefined,
  milliseconds: number,
): Seen {
  const found = layer === undefined ? undefined : values.get(layer);
  return {
    outputs: outputs.map(({ id, scores }) => {
      const numbers = values.get(id)!;
      return scores ? Float32Array.from(probabilities(numbers, scores)) : numbers.slice(0, MAX_NUMBERS);
    }),
    milliseconds,
    ...(found && { layer: { id: layer!, values: found } }),
  };
}

/** A number of a layer of the last run. */
function shownOf({ network: { graph }, weights, values }: State, layer: ValueId, at: number): Shown {
  const numbers = values?.get(layer);
  if (!numbers) throw new InputError('the network has not run yet');
  if (!(Number.isInteger(at) && at >= 0 && at < numbers.length))
    throw new InputError(`the layer has ${numbers.length} numbers; found ${at}`);
  const computed = numbers[at]!;
  const maker = makerOf(graph, layer);
  if (!maker) return { computed, arithmetic: { kind: 'unshown', value: computed }, operands: [] };
  const { node, result } = maker;
  const operator = operatorOf(operators, node.op);
  const inputs = dataTypes(graph, node, operator);
  const constants = new Map(graph.constants.map(({ value, data }) => [value, data]));
  const parameters = new Map(graph.parameters.map(({ name, value }) => [value, name]));
  const operands = node.operands.map(
    (value) => values!.get(value) ?? constants.get(value) ?? weights?.get(parameters.get(value) ?? ''),
  );
  const data = node.operands.slice(0, inputs.length).flatMap((id) => {
    const found = values!.get(id);
    return found ? [{ id, values: found }] : [];
  });
  // What is computed of weights alone is not kept.
  if (operands.some((operand) => !operand))
    return { computed, arithmetic: { kind: 'unshown', value: computed }, operands: data };
  const application = {
    operator,
    attributes: node.attributes,
    inputs,
    operands: operands as readonly ArrayLike<number>[],
    results: node.results.map((value) => typeOf(graph, value)),
    result,
  };
  return {
    computed,
    arithmetic: arithmeticOf(application, at, flattenedMap(graph, node.operands[0]!)),
    operands: data,
  };
}

/** The shape [C,H,W] of which a value was made flat. */
function flattenedMap(graph: Network['graph'], value: ValueId): readonly number[] | undefined {
  const maker = makerOf(graph, value)?.node;
  if (!maker || operatorOf(operators, maker.op).name !== 'flatten') return undefined;
  const { shape } = typeOf(graph, maker.operands[0]!);
  return shape.length === 3 ? shape : undefined;
}
