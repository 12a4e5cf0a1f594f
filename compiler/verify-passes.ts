// Checks every pass while it works on a real network: the graph's invariants, and that the f64 interpreter computes the
// same numbers before and after. Of a fault, it finds the smallest graph that shows it.

import type { Graph } from './ir/graph.ts';
import { interpret } from './ir/interpret.ts';
import type { Feeds } from './ir/interpret.ts';
import type { OperatorTable, Tensor } from './ir/operator.ts';
import type { Rewrite } from './ir/record.ts';
import { typeOf } from './ir/signature.ts';
import { sizeOf } from './ir/tensor-type.ts';
import { verifyGraph } from './ir/verify.ts';
import type { Pass } from './passes/pass.ts';
import { runPasses } from './passes/pass.ts';
import type { PipelineOptions } from './pipeline.ts';
import { lower, passes } from './pipeline.ts';
import { verifyProgram } from './program/verify.ts';
import { shrinkGraph } from './shrink.ts';

export interface Fault {
  /** Name of the pass or schedule step; `schedule` where no single step is to blame. */
  readonly pass: string;
  /** One sentence each. */
  readonly problems: readonly string[];
  /** What the guilty pass rewrote in `graph`. */
  readonly rewrites: readonly Rewrite[];
  /** The smallest graph found on which the pass goes wrong. */
  readonly graph: Graph;
  /** What the pass makes of it; absent for the schedule. */
  readonly after?: Graph;
}

export interface Verification {
  /** Names of the passes that changed the graph, in the order in which they ran. */
  readonly checked: readonly string[];
  readonly fault?: Fault;
}

/** Compiles the network and checks it after every pass; stops at the first fault. Interprets the whole network per pass. */
export function verifyPasses(graph: Graph, operators: OperatorTable, options: PipelineOptions = {}): Verification {
  const checked: string[] = [];
  const check = passChecker(operators);
  try {
    const inspect = (pass: Pass, before: Graph, after: Graph): void => {
      const problems = check(pass, before, after);
      if (problems.length > 0) throw new Faulty(pass, before);
      checked.push(pass.name);
    };
    const { graph: lowered, program } = lower(graph, operators, { ...options, inspect });
    if (verifyProgram(program, lowered, operators).length === 0) return { checked };
    return { checked, fault: scheduleFault(graph, operators, options) };
  } catch (error) {
    if (!(error instanceof Faulty)) throw error;
    return { checked, fault: passFault(error.pass, error.graph, operators) };
  }
}

/** The smallest graph on which this pass goes wrong, given one on which it does. */
export function passFault(pass: Pass, graph: Graph, operators: OperatorTable): Fault {
  const check = passChecker(operators);
  const problemsOf = (before: Graph): readonly string[] => {
    const { graph: after } = runPasses(before, [pass], operators);
    return after === before ? [] : check(pass, before, after);
  };
  const small = shrinkGraph(graph, operators, (candidate) => attempt(() => problemsOf(candidate).length > 0));
  const { graph: after, records } = runPasses(small, [pass], operators);
  return { pass: pass.name, problems: problemsOf(small), rewrites: records.rewrites, graph: small, after };
}

function scheduleFault(graph: Graph, operators: OperatorTable, options: PipelineOptions): Fault {
  const problemsOf = (candidate: Graph, disable: readonly string[] = []): readonly string[] => {
    const all = { ...options, disable: [...(options.disable ?? []), ...disable] };
    const lowered = lower(candidate, operators, all);
    return verifyProgram(lowered.program, lowered.graph, operators);
  };
  const small = shrinkGraph(graph, operators, (candidate) => attempt(() => problemsOf(candidate).length > 0));
  const steps = passes.filter(({ stage }) => stage === 'program').map(({ name }) => name);
  const guilty = steps.find((step) => attempt(() => problemsOf(small, [step]).length === 0)) ?? 'schedule';
  const { rewrites } = lower(small, operators, options).records;
  return {
    pass: guilty,
    problems: problemsOf(small),
    rewrites: rewrites.filter(({ pass }) => pass === guilty),
    graph: small,
  };
}

/** Small graphs may break a pass in other ways; those are not the fault that is looked for. */
function attempt(test: () => boolean): boolean {
  try {
    return test();
  } catch {
    return false;
  }
}

class Faulty extends Error {
  readonly pass: Pass;
  readonly graph: Graph;

  constructor(pass: Pass, graph: Graph) {
    super(pass.name);
    this.pass = pass;
    this.graph = graph;
  }
}

/** Says what is wrong with a pass's result. What one pass made is not interpreted again when the next takes it. */
function passChecker(operators: OperatorTable): (pass: Pass, before: Graph, after: Graph) => readonly string[] {
  let last: { readonly graph: Graph; readonly outputs: ReadonlyMap<string, Tensor> } | undefined;
  return (pass, before, after) => {
    const problems = verifyGraph(after, operators);
    if (problems.length > 0) return problems;
    const feeds = randomFeeds(before);
    const expected = last?.graph === before ? last.outputs : outputsOf(before, operators, feeds);
    const found = outputsOf(after, operators, feeds);
    last = { graph: after, outputs: found };
    return [...expected].flatMap(([name, tensor]) => differenceOf(name, tensor, found.get(name), pass.exact) ?? []);
  };
}

function outputsOf(graph: Graph, operators: OperatorTable, feeds: Feeds): ReadonlyMap<string, Tensor> {
  return interpret(graph, operators, feeds, { keep: 'outputs' }).outputs;
}

/** Reordered sums of f64 differ by far less, wrong ones by far more; of the largest output, at least of 1. */
const TOLERANCE = 1e-8;

function differenceOf(name: string, expected: Tensor, found: Tensor | undefined, exact: boolean): string | undefined {
  if (!found) return `the output ${name} is gone`;
  let largest = 1;
  for (const value of expected.data) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  const allowed = exact ? 0 : TOLERANCE * largest;
  const differs = (value: number, at: number): boolean => {
    const other = found.data[at]!;
    return !Object.is(value, other) && value !== other && !(Math.abs(value - other) <= allowed);
  };
  const at = expected.data.findIndex(differs);
  if (at < 0) return undefined;
  const count = expected.data.filter(differs).length;
  return `${count} of ${expected.data.length} elements of the output ${name} change; the first from ${expected.data[at]} to ${found.data[at]}`;
}

const BATCH = 2;

/** Numbers that depend on names and sizes alone; scales and variances stay positive. */
function randomFeeds(graph: Graph): Feeds {
  const sizes = (value: number): number => sizeOf(typeOf(graph, value).shape);
  const inputs = graph.inputs.map(({ name, value }) => {
    const data = uniform(`input ${name}`, BATCH * sizes(value));
    return [name, { data: data.map((u) => 2 * u - 1) }] as const;
  });
  const parameters = graph.parameters.map(({ name, value, initial }) => {
    const data = uniform(name, sizes(value));
    const limit = initial.kind === 'he' ? Math.sqrt(6 / Math.max(1, initial.fanIn)) : 0.25;
    const middle = initial.kind === 'he' ? 0 : initial.value;
    return [name, { data: data.map((u) => middle + limit * (2 * u - 1)) }] as const;
  });
  return { inputs: new Map(inputs), parameters: new Map(parameters), batch: BATCH };
}

/** In [0, 1): a Weyl sequence whose start is the FNV-1a hash of the name, mixed by MurmurHash3's finaliser. */
function uniform(name: string, length: number): Float64Array {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return Float64Array.from({ length }, (_, at) => {
    let x = hash + Math.imul(at, 0x9e3779b9);
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  });
}
