// `npm run bench`: how fast compiled networks are, beside other engines and other compilations; options.ts says what can be measured.

import { countsOf } from '../support/examples.ts';
import { formulaInput, formulaWeights } from '../support/formula.ts';
import { cases, casesOf, graphOf } from './cases.ts';
import type { Case } from './cases.ts';
import { compareOnnx } from './compare-onnx.ts';
import type { OnnxResult } from './compare-onnx.ts';
import { compareInt8, isNear } from './compare-int8.ts';
import type { Int8Result } from './compare-int8.ts';
import { PAUSE_MS, comparePeers } from './compare-peers.ts';
import type { PeersResult } from './compare-peers.ts';
import type { Engine } from './engine.ts';
import { measureIde } from './ide.ts';
import { formatInt8, formatInt8Ratios } from './int8-report.ts';
import { measureLevels, measureWithout } from './levels.ts';
import { difference, measure } from './measure.ts';
import type { Timing } from './measure.ts';
import { options } from './options.ts';
import { onnxCasesOf } from './onnx-models.ts';
import { formatOnnx, formatOnnxTable } from './onnx-report.ts';
import { allVariants, createOurs, variantOf } from './ours.ts';
import { createTfjsCpu } from './peers/tfjs-cpu.ts';
import { formatPeers, formatRatios } from './peers-report.ts';
import { measureServing } from './serve.ts';
import { measureStartup } from './startup.ts';
import { compareTraining } from './training/compare.ts';
import type { TrainingResult } from './training/compare.ts';
import { measureGeometries } from './training/geometries.ts';
import { cases as trainingCases } from './training/lessons.ts';
import { formatGeometry, formatTraining } from './training/report.ts';

/** The engines' outputs must agree to this part of the largest. */
const tolerance = 1e-4;
/** No example may take more of -O0's time at -O2. */
const slowest = 1.03;

/** In whole numbers unless `--only` says otherwise. */
const classics = ['LeNet', 'AlexNet', 'VGG-11', 'NiN', 'GoogLeNet', 'ResNet-18', 'MobileNet'];

/** Compared with tfjs's `cpu` backend unless `--only` says otherwise. */
const quick = ['LeNet', 'AlexNet', 'NiN', 'GoogLeNet'];

interface Result {
  readonly network: string;
  readonly macs: number;
  readonly timings: readonly Timing[];
  /** How many times faster than the peer we are: the peer's fastest run over ours. */
  readonly speedup: number;
  readonly difference: number;
}

const chosen = options.only;
const { threads, batch } = options;
const budget = { rounds: options.rounds, milliseconds: 1000 * options.seconds };
const targets = [...options.target, ...(options.wide ? ['wasm:fast:wide'] : [])];
const variants = targets.map((target) => variantOf(target, threads));
const say = options.json ? () => {} : (line: string) => console.log(line);
if (options.levels || options.without !== undefined) await compareLevels();
else if (options.peers && options.quantize) await compareWithInt8();
else if (options.peers) await compareWithPeers();
else if (options.onnx) await compareOnnxFiles();
else if (options.training && options.geometries) await compareGeometries();
else if (options.training) await compareTrainings();
else if (options.startup) await compareStartup();
else if (options.serve) await compareServing();
else if (options.ide) compareIde();
else await compareWithCpu();
// onnxruntime-web's workers would keep the process.
process.exit();

function compareIde(): void {
  const results = measureIde(say);
  if (options.json) console.log(JSON.stringify({ node: process.version, ...results }, null, 2));
}

async function compareServing(): Promise<void> {
  const results = await measureServing(options.seconds, say);
  if (options.json) console.log(JSON.stringify({ schemaVersion: 2, node: process.version, ...results }, null, 2));
}

async function compareLevels(): Promise<void> {
  const { full = false, json, without } = options;
  const levels = options.levels ? await measureLevels({ ...budget, full }, chosen, say) : undefined;
  const passes = without === undefined ? undefined : await measureWithout({ ...budget, full }, chosen, without, say);
  if (json) console.log(JSON.stringify({ node: process.version, levels, passes }, null, 2));
  if (levels?.some(({ ratio }) => ratio > slowest)) {
    console.error(`-O2 takes more than ${slowest} of the time of -O0`);
    process.exitCode = 1;
  }
}

async function compareWithPeers(): Promise<void> {
  const { cpu = false, json, wide: widePeers = false } = options;
  const results: PeersResult[] = [];
  for (const one of chosen ? casesOf(chosen) : cases) {
    const result = await comparePeers(one, { ...budget, variants, threads, batch, cpu, widePeers });
    results.push(result);
    say(formatPeers(result));
  }
  say(`\n${formatRatios(results)}`);
  if (json) console.log(JSON.stringify({ node: process.version, threads, batch, results }, null, 2));
  requireAgreement(results.flatMap(({ differences }) => differences));
}

async function compareWithInt8(): Promise<void> {
  const { json, vnni } = options;
  const flags = vnni ? [] : ['--no-enable-avx-vnni'];
  const pauseMs = threads > 1 ? PAUSE_MS : 0;
  const results: Int8Result[] = [];
  for (const one of casesOf(chosen ?? classics)) {
    const result = await compareInt8(one, { ...budget, flags, threads, batch, pauseMs });
    results.push(result);
    say(formatInt8(result));
  }
  say(`\n${formatInt8Ratios(results)}`);
  if (json)
    console.log(JSON.stringify({ schemaVersion: 1, node: process.version, flags, threads, batch, results }, null, 2));
  const far = results.flatMap(({ timings }) => timings).find((timing) => !isNear(timing));
  if (!far) return;
  console.error(`the outputs of ${far.engine} are too far from native onnxruntime's: ${far.decibels.toFixed(1)} dB`);
  process.exitCode = 1;
}

async function compareOnnxFiles(): Promise<void> {
  const { check = false, json } = options;
  const results: OnnxResult[] = [];
  for (const one of onnxCasesOf(chosen)) {
    const result = await compareOnnx(one, { ...budget, variants: check ? allVariants() : variants, threads, check });
    results.push(result);
    say(formatOnnx(result));
  }
  say(`\n${formatOnnxTable(results)}`);
  if (json) console.log(JSON.stringify({ node: process.version, threads, results }, null, 2));
  requireAgreement(results.flatMap(({ differences }) => differences));
}

async function compareGeometries(): Promise<void> {
  const results = await measureGeometries((result) => say(formatGeometry(result)));
  if (options.json) console.log(JSON.stringify({ node: process.version, results }, null, 2));
}

async function compareTrainings(): Promise<void> {
  const lessons = chosen ? trainingCases.filter(({ name }) => chosen.includes(name)) : trainingCases;
  const results: TrainingResult[] = [];
  for (const one of lessons) {
    const result = await compareTraining(one, { ...budget, variants, threads });
    results.push(result);
    say(formatTraining(result));
  }
  if (options.json) console.log(JSON.stringify({ node: process.version, results }, null, 2));
  requireAgreement(results.flatMap(({ learners }) => learners));
}

async function compareStartup(): Promise<void> {
  const startup = await measureStartup(variants, chosen ?? ['LeNet', 'GoogLeNet'], budget.rounds, say);
  if (options.json) console.log(JSON.stringify({ node: process.version, startup }, null, 2));
}

async function compareWithCpu(): Promise<void> {
  const results: Result[] = [];
  for (const one of casesOf(chosen ?? quick)) {
    const result = await compare(one);
    results.push(result);
    say(formatResult(result));
  }
  if (options.json) console.log(JSON.stringify({ node: process.version, results }, null, 2));
  requireAgreement(results);
}

function requireAgreement(results: readonly { readonly difference: number }[]): void {
  if (results.every((result) => result.difference <= tolerance)) return;
  console.error(`outputs differ by more than ${tolerance} of the largest`);
  process.exitCode = 1;
}

async function compare(one: Case): Promise<Result> {
  const graph = graphOf(one);
  const { macs } = countsOf(graph);
  const weights = formulaWeights(graph);
  const x = formulaInput(graph);
  const ours = await createOurs(graph, weights);
  const peer = await createTfjsCpu(graph, weights);
  const engines: readonly Engine[] = [ours, peer];
  const delta = difference(peer.run(x), ours.run(x));
  const timings = measure(engines, x, budget.rounds, budget.milliseconds);
  return {
    network: one.name,
    macs,
    timings,
    speedup: timings[1]!.minimumMs / timings[0]!.minimumMs,
    difference: delta,
  };
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
