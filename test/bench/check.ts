// How long `cnnc check` takes on a long file, and again after an edit, in one process after start-up:
// `node test/bench/check.ts`. Times are the median and the largest of several.

import { costOf } from '../../compiler/analysis/cost.ts';
import { operators } from '../../compiler/ops/index.ts';
import { checkBudgets } from '../../src/network/budgets.ts';
import { buildNetworks } from '../../src/network/networks.ts';

const BLOCKS = 60;

/** About 1,000 lines: blocks with paths, loops, conditions and shapes, each called several times. */
function generate(): string {
  const blocks = Array.from({ length: BLOCKS }, (_, index) => {
    const inner = index % 4 === 0 ? '' : `    path block${index - 1}(channels)\n`;
    return `/// Block ${index}: two paths and a shortcut.
block block${index}(channels: int, stride: int = 1, repeats: int = 2) {
  // The map keeps its size where the stride is 1; otherwise the shortcut would need
  // a convolution, as in He et al.
  const half = channels / 2
  parallel add {
    path {
      conv(half, kernel: 3, stride: stride, padding: 1, bias: false) -> batch_norm -> relu
      repeat repeats { conv(half, kernel: 1x3, padding: 0x1) -> relu }
      conv(channels, kernel: 3, padding: 1, bias: false) -> batch_norm : [channels, _, _]
    }
${inner}    path identity
  }
}
`;
  });
  const calls = Array.from({ length: BLOCKS }, (_, index) => `  stage${index} = block${index}(64)\n`).join('');
  const network = `network Long {
  input image: [64, 32, 32]
${calls}  global_avg_pool -> flatten
  logits = dense(10)
  output logits
}

expect Long { output == [10] }
`;
  return `${blocks.join('\n')}\n${network}`;
}

function check(text: string): number {
  const start = performance.now();
  const { networks, diagnostics } = buildNetworks({ path: 'long.cnn', text });
  const found = [...diagnostics, ...networks.flatMap((network) => checkBudgets(network))];
  const costs = networks.map(({ graph }) => costOf(graph, operators).total);
  const time = performance.now() - start;
  if (found.length > 0 || costs.length !== 1) throw new Error(found.map(({ message }) => message).join('\n'));
  return time;
}

function summary(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  return `${sorted[sorted.length >> 1]!.toFixed(0)} ms, at most ${sorted.at(-1)!.toFixed(0)} ms`;
}

const text = generate();
const first = check(text);
const { networks } = buildNetworks({ path: 'long.cnn', text });
console.log(`${text.split('\n').length - 1} lines, ${BLOCKS} blocks, ${networks[0]!.graph.nodes.length} nodes`);
console.log(`first check        ${first.toFixed(0)} ms (300 ms wanted)`);
const edited = Array.from({ length: 30 }, (_, round) => {
  const place = text.indexOf(`block block${(7 * round) % BLOCKS}(`);
  return text.slice(0, place) + text.slice(place).replace('repeats: int = 2', `repeats: int = ${1 + (round % 3)}`);
});
console.log(`after each edit    ${summary(edited.map(check))} (50 ms wanted)`);
