// Calls of every block of the library, with what PyTorch makes of them by test/fixtures/pytorch/blocks.py.

import { formatShape } from '../../compiler/ir/tensor-type.ts';
import fixtures from '../fixtures/pytorch/blocks.json' with { type: 'json' };
import { networkOf } from '../frontend/support.ts';

/** The call, its block, its graph, and a digest of its results. */
export const blockCases = Object.entries(fixtures).map(([statement, expected]) => {
  const [, results, call] = /^(?:(.*) = )?(.*)$/.exec(statement)!;
  const block = call!.match(/^\w+/)![0];
  const inputs = expected.inputs.map((shape, at) => `  input ${'abc'[at]}: ${formatShape(shape)}\n`);
  const flow = results === undefined ? `  a -> ${call}\n` : `  ${results} = a -> ${call}\n  output ${results}\n`;
  const text = `import { ${block} } from "cnnc:blocks"\nnetwork A {\n${inputs.join('')}${flow}}\n`;
  return { statement, block, expected, graph: networkOf(text).graph };
});
