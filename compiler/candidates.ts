// What could compute the convolutions of a compiled network, for whoever measures it.

import type { OperatorTable } from './ir/operator.ts';
import { splitStages } from './ir/stage.ts';
import type { Lowered, PipelineOptions } from './pipeline.ts';
import type { AlgorithmName } from './schedule/algorithm.ts';
import { algorithmsFor, chooseAlgorithm, convolutionName } from './schedule/algorithm.ts';

export interface ConvolutionCandidates {
  /** Name of the node; of several nodes with the same geometry each has its own. */
  readonly node: string;
  /** The name under which a choice is kept. */
  readonly convolution: string;
  /** The plain one first. */
  readonly algorithms: readonly [AlgorithmName, ...AlgorithmName[]];
  /** What computes it where nothing else is chosen. */
  readonly usual: AlgorithmName;
}

/** In the order of the nodes; without convolutions that have one algorithm only, such as depthwise ones. */
export function convolutionCandidates(
  { graph, program: { target } }: Lowered,
  operators: OperatorTable,
  { math }: Pick<PipelineOptions, 'math'>,
): readonly ConvolutionCandidates[] {
  const options = { target, winograd: math !== 'strict' };
  return splitStages(graph).run.flatMap((node) => {
    const [plain, ...others] = algorithmsFor(graph, node, operators, options).map(({ name }) => name);
    if (!plain) return [];
    const convolution = convolutionName(graph, node, operators)!;
    const usual = chooseAlgorithm(graph, node, operators, options)!.name;
    return [{ node: node.name, convolution, algorithms: [plain, ...others], usual }];
  });
}
