// ONNX files: a valid small model is mutated. What is imported is a graph that the verifier accepts; anything else is refused with
// problems of a sentence each.

import { operators } from '../../../compiler/ops/index.ts';
import { verifyGraph } from '../../../compiler/ir/verify.ts';
import { importOnnx } from '../../../src/onnx/index.ts';
import { models } from '../../onnx/seeds.ts';
import { mutateBytes } from '../mutate.ts';
import { bytesOf, expectThat, type Target } from '../target.ts';

/** Importing touches no weight's elements but those of shapes, so that they are read here. */
const MAX_READ = 2 ** 20;

export const onnxTarget: Target = {
  name: 'onnx',
  share: 2,
  generate: (random) => mutateBytes(random.pick(models), random),
  run(input) {
    const imported = importOnnx(bytesOf(input));
    if ('problems' in imported) {
      expectThat(imported.problems.length > 0, 'it was refused without a problem');
      for (const { what, mend } of imported.problems) {
        expectThat(
          what.length > 5 && what.length < 1000,
          `a sentence of ${what.length} characters: ${what.slice(0, 200)}`,
        );
        expectThat(mend.length > 5, `nothing to mend it for: ${what}`);
      }
      return;
    }
    const { graph } = imported.network;
    expectThat(verifyGraph(graph, operators).length === 0, verifyGraph(graph, operators).join('; '));
    for (const { name, value } of graph.parameters) {
      const weight = imported.weights.get(name);
      const count = graph.types.get(value)!.shape.reduce((product, extent) => product * extent, 1);
      if (count <= MAX_READ)
        expectThat(weight?.data.length === count, `${name} has ${weight?.data.length} numbers, not ${count}`);
    }
  },
};
