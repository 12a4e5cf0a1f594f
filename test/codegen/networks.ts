// Networks whose emitted text the tests look at: LeNet, and one whose every name tries to become code.

import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { backends } from '../../compiler/backends.ts';
import { emitModule } from '../../compiler/codegen/artifact.ts';
import { buildExample } from '../support/examples.ts';

/** In every hostile name, to find it again. */
export const marker = 'HOSTILE';

export const hostileNames = {
  network: `${marker}*/\n;process.exit(1)//`,
  inputs: ['constructor', '__proto__'],
  outputs: ['__proto__', `a?["${marker}`, `${marker}*/\u2028</script>\${1}\`'"\\`],
  layers: ['constructor', `${marker}*/ alert(1) /*`, '__proto__'],
  labels: [
    `"${marker}`,
    `*/${marker}`,
    `\u2028${marker}\u2029`,
    `</script>${marker}`,
    `\${${marker}}`,
    `\ud800${marker}`,
  ],
} as const;

/** Two inputs of two shapes, three outputs. */
export function hostileGraph(): Graph {
  const { network, inputs, outputs, layers, labels } = hostileNames;
  const builder = graphBuilder(network, operators);
  const a = builder.input(inputs[0], [2, 3, 3], { scale: 1 / 255, colors: 'rgb', mean: [0.5, 0.25] });
  const b = builder.input(inputs[1], [6]);
  const [c] = builder.node({ op: 'conv', name: layers[0], inputs: [a], attributes: { channels: 1, kernel: 3 } });
  const [d] = builder.node({ op: 'dense', name: layers[1], inputs: [b], attributes: { features: 6 } });
  const [e] = builder.node({ op: 'softmax', name: layers[2], inputs: [d] });
  builder.output(outputs[0], c);
  builder.output(outputs[1], e, { labels });
  builder.output(outputs[2], b, { labels: `${marker}*/.txt` });
  return builder.finish();
}

export const leNet = (): Graph => buildExample('lenet', 'LeNet');

/** `net.ts`, or `net.js` and `net.d.ts`, by file name. */
export function emitted(graph: Graph, target: 'ts' | 'js', sourceName = 'net.cnn'): ReadonlyMap<string, string> {
  const { program } = lower(graph, operators, 2);
  return new Map(
    emitModule(program, backends.js.modules, { target, sourceName }).map(({ path, text }) => [path, text]),
  );
}
