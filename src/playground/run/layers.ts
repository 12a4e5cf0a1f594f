// The values of a network that can be looked at, as a list for people.

import { scoresOf } from '../../../compiler/analysis/scores.ts';
import type { Network } from '../../../compiler/frontend/index.ts';
import type { Graph, GraphInput, GraphOutput, Node, ValueId } from '../../../compiler/ir/graph.ts';
import { dataCount, operatorOf, typeOf } from '../../../compiler/ir/signature.ts';
import { operators } from '../../../compiler/ops/index.ts';
import { defaultSettings } from '../../data/preprocess.ts';
import { givesClasses } from '../../network/classes.ts';
import { meaningOf } from '../../network/output-meaning.ts';
import { flopsOf, weightCount } from './network.ts';
import type { InputInfo, LayerInfo, Opened, OutputInfo } from './protocol.ts';

/** What the page is told of a network. */
export function openedOf(network: Network): Opened {
  const { graph, name } = network;
  return {
    network: name,
    inputs: graph.inputs.map((input) => inputInfo(graph, input)),
    outputs: graph.outputs.map((output) => outputInfo(network, output)),
    layers: layersOf(graph),
    flops: flopsOf(network),
    parameters: weightCount(network),
  };
}

/** Every value of a picture, inputs first; values of weights alone are left out. */
function layersOf(graph: Graph): readonly LayerInfo[] {
  const inputs = graph.inputs.map(({ name, value }): LayerInfo => ({
    id: value,
    name,
    what: 'input',
    shape: typeOf(graph, value).shape,
    inputs: [],
  }));
  return [...inputs, ...graph.nodes.flatMap((node) => resultsOf(graph, node))];
}

function resultsOf(graph: Graph, node: Node): readonly LayerInfo[] {
  const operator = operatorOf(operators, node.op);
  const count = dataCount(operator, node.operands.length);
  return node.results
    .filter((value) => typeOf(graph, value).batched)
    .map((value, at): LayerInfo => {
      const part = node.results.length > 1 ? ` (${at + 1} of ${node.results.length})` : '';
      return {
        id: value,
        name: `${node.name}${part}`,
        what: operator.describe?.(node.attributes) ?? node.op,
        shape: typeOf(graph, value).shape,
        inputs: node.operands.slice(0, count),
      };
    });
}

function inputInfo(graph: Graph, { name, value, settings }: GraphInput): InputInfo {
  const { shape } = typeOf(graph, value);
  const isPicture = shape.length === 3 && (shape[0] === 1 || shape[0] === 3) && shape[1]! * shape[2]! > 1;
  return { name, shape, ...(isPicture && { picture: settings ?? defaultSettings }) };
}

/** Numbers of which each is a class as `run` has it: as the network says, or where it says nothing, of pictures. */
function outputInfo(network: Network, { name, value, labels }: GraphOutput): OutputInfo {
  const { graph } = network;
  const { shape } = typeOf(graph, value);
  const scores = scoresOf(graph, value, operators);
  const { answers } = meaningOf(network, name);
  const seesPicture = graph.inputs.some((input) => inputInfo(graph, input).picture !== undefined);
  const hasClasses = givesClasses({ shape, ...(answers && { answers }) }) && (answers !== undefined || seesPicture);
  return {
    name,
    shape,
    id: value,
    ...(hasClasses && { scores }),
    ...(Array.isArray(labels) && { labels: labels as readonly string[] }),
  };
}

/** The node that makes a value, and which of its results that is. */
export function makerOf(graph: Graph, value: ValueId): { readonly node: Node; readonly result: number } | undefined {
  for (const node of graph.nodes) {
    const result = node.results.indexOf(value);
    if (result >= 0) return { node, result };
  }
  return undefined;
}
