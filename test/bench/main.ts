// `npm run bench`: compiled networks against tfjs's `cpu` backend, batch 1, one thread, in one process.
// Options: --only LeNet,NiN · --rounds 5 · --seconds 3 · --json
// With --levels: -O2 against -O0 on every example instead; --without fold-scale,winograd (or all): -O2 without each of
// these passes against -O2; --full: the large examples at 224×224 too.

import { parseArgs } from 'node:util';
import { buildExample, countsOf } from '../support/examples.ts';
import { formulaInput, formulaWeights } from '../support/formula.ts';
import type { Engine } from './engine.ts';
import { measureLevels, measureWithout } from './levels.ts';
import { difference, measure } from './measure.ts';
import type { Timing } from './measure.ts';
import { createOurs } from './ours.ts';
import { createTfjsCpu } from './peers/tfjs-cpu.ts';

/** The engines' outputs must agree to this part of the largest. */
const tolerance = 1e-4;
/** No example may take more of -O0's time at -O2. */
const slowest = 1.03;

const imageNet = { size: 224, channels: 3, classes: 1000 };
const cases: readonly Case[] = [
  { name: 'LeNet', file: 'lenet', network: 'LeNet', set: {} },
  { name: 'AlexNet', file: 'alexnet', network: 'AlexNetImageNet', set: {} },
  { name: 'NiN', file: 'nin', network: 'NiN', set: imageNet },
  { name: 'GoogLeNet', file: 'googlenet', network: 'GoogLeNet', set: imageNet },
];

interface Case {
  readonly name: string;
  readonly file: string;
  readonly network: string;
  readonly set: Readonly<Record<string, number>>;
}

interface Result {
  readonly network: string;
  readonly macs: number;
  readonly timings: readonly Timing[];
  /** How many times faster than the peer we are: the peer's fastest run over ours. */
  readonly speedup: number;
  readonly difference: number;
}

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    levels: { type: 'boolean', default: false },
    without: { type: 'string' },
    full: { type: 'boolean', default: false },
  },
});

const chosen = options.only?.split(',');
if (options.levels || options.without !== undefined) await compareLevels();
else await comparePeers();

async function compareLevels(): Promise<void> {
  const { full, json, without } = options;
  const budget = { rounds: Number(options.rounds), milliseconds: 1000 * Number(options.seconds), full };
  const say = json ? () => {} : (line: string) => console.log(line);
  const levels = options.levels ? await measureLevels(budget, chosen, say) : undefined;
  const passes = without === undefined ? undefined : await measureWithout(budget, chosen, without.split(','), say);
  if (json) console.log(JSON.stringify({ node: process.version, levels, passes }, null, 2));
  if (levels?.some(({ ratio }) => ratio > slowest)) {
    console.error(`-O2 takes more than ${slowest} of the time of -O0`);
    process.exitCode = 1;
  }
}

async function comparePeers(): Promise<void> {
  const results: Result[] = [];
  for (const one of cases) {
    if (chosen && !chosen.includes(one.name)) continue;
    const result = await compare(one);
    results.push(result);
    if (!options.json) console.log(formatResult(result));
  }
  if (options.json) console.log(JSON.stringify({ node: process.version, results }, null, 2));
  if (results.some((result) => !(result.difference <= tolerance))) {
    console.error(`outputs differ by more than ${tolerance} of the largest`);
    process.exitCode = 1;
  }
}

async function compare({ name, file, network, set }: Case): Promise<Result> {
  const graph = buildExample(file, network, set);
  const { macs } = countsOf(graph);
  const weights = formulaWeights(graph);
  const x = formulaInput(graph);
  const ours = await createOurs(graph, weights);
  const peer = await createTfjsCpu(graph, weights);
  const engines: readonly Engine[] = [ours, peer];
  const delta = difference(peer.run(x), ours.run(x));
  const timings = measure(engines, x, Number(options.rounds), 1000 * Number(options.seconds));
  return { network: name, macs, timings, speedup: timings[1]!.minimumMs / timings[0]!.minimumMs, difference: delta };
}

function formatResult({ network, macs, timings, speedup, difference: delta }: Result): string {
  const lines = timings.map(
    ({ engine, runs, minimumMs, medianMs }) =>
      `  ${engine.padEnd(12)} ${milliseconds(minimumMs)} ms  median ${milliseconds(medianMs)} ms  ${(macs / minimumMs / 1e6).toFixed(2).padStart(6)} GMAC/s  ${runs} runs`,
  );
  return [
    `${network.padEnd(12)} ${(macs / 1e6).toFixed(1)} MMAC  ${speedup.toFixed(1)}× faster  outputs differ by ${delta.toExponential(1)} of the largest`,
    ...lines,
  ].join('\n');
}

function milliseconds(value: number): string {
  return value.toFixed(value < 10 ? 3 : 1).padStart(9);
}
