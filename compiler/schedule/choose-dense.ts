// Kernel calls of dense layers, and how their weights are packed.

import type { ValueId } from '../ir/graph.ts';
import { dense } from '../templates/dense.ts';
import type { BareCall } from './bare-call.ts';
import type { MatrixLayout } from './packings.ts';
import { oneGroup } from './packings.ts';
import type { Site } from './site.ts';

/** How the matrix [O, features] of a dense layer is read: columns are outputs. */
export function denseMatrix({ source, input, output }: Site): MatrixLayout {
  const features = input.channels;
  // A map that was not flattened: K runs over (h, w, c), its weights over (c, h, w).
  const area = source.map ? source.map.height * source.map.width : 1;
  return {
    groups: oneGroup,
    columns: { count: output.channels, stride: features },
    depth: [
      { count: area, stride: 1 },
      { count: features / area, stride: area },
    ],
    origin: 0,
  };
}

/** The call of a dense layer, with its matrix packed for it. x [features] → y [O] */
export function denseLayer(site: Site): BareCall {
  const { input, output, packer, parameters } = site;
  const [weight, bias] = parameters as unknown as readonly [ValueId, ValueId?];
  const features = input.channels;
  const layout = denseMatrix(site);
  const { weightsType } = site;
  const matrix = packer.matrix(weight, layout, { type: weightsType });
  const weights = [matrix, ...(bias === undefined ? [] : [site.vector(bias)])];
  const bound = site.bindEpilogue(site.group.steps);
  const spec = { input, output, bias: bias !== undefined, epilogue: bound.epilogue, weights: weightsType };
  return site.call(`dense_${features}_${output.channels}`, spec, dense, { weights, epilogues: [bound] });
}

/** The call of ∂loss/∂input of a dense layer: dy [O] · W [O, features] → dx [features]. */
export function denseInputGradient(site: Site): BareCall {
  const { input, output, packer } = site;
  const weight = site.data[1]!;
  const layout = {
    groups: oneGroup,
    columns: { count: output.channels, stride: 1 },
    depth: [{ count: input.channels, stride: output.channels }],
    origin: 0,
  };
  const bound = site.bindEpilogue(site.group.steps);
  const spec = { input, output, bias: false, epilogue: bound.epilogue, weights: 'f32' } as const;
  return site.call(`dense_${input.channels}_${output.channels}`, spec, dense, {
    weights: [packer.matrix(weight, layout)],
    epilogues: [bound],
  });
}
