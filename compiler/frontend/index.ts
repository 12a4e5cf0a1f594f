// The front end: from the text of a file to the graphs of its networks. It reads imports through a function it is given,
// reports everything as values, and refuses what would expand without bound. Each step is built when it is expanded.

import type { ConstDefinition, File } from '../../grammar/ast.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import type { Source, Span } from '../../grammar/source.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import { formatShape } from '../ir/tensor-type.ts';
import { noteBlanks } from './blanks.ts';
import { createBudget } from './expand/budget.ts';
import { stepsOf } from './build/add-step.ts';
import { finishGraph, warnOfLabels } from './build/build-graph.ts';
import type { Built } from './build/build-graph.ts';
import { startGraph } from './build/building.ts';
import { expandNetwork } from './expand/expand.ts';
import type { ChainShape, Expansion } from './expand/expansion.ts';
import type { Expectation } from './sections/expect.ts';
import { bindParameters, declaredNetworks, namelessNetworks, selectNetworks } from './networks.ts';
import { nothingDefined } from './names/traps.ts';
import { looksChannelsLast } from './build/pictures.ts';
import type { Bindings } from './names/bindings.ts';
import { observed } from './observe.ts';
import type { SeenNetwork } from './observe.ts';
import { loadProject } from './names/project.ts';
import type { Files } from './names/project.ts';
import { createAttempt, createReporter, problem } from './report.ts';
import type { Attempt, Reporter } from './report.ts';
import { resolve } from './names/resolve.ts';
import { checkLossOutputs } from './sections/losses.ts';
import { readSections } from './sections/sections.ts';
import type { TrainSettings } from './sections/train.ts';
import type { Value } from './values/types.ts';
import type { Expander } from './expand/walk.ts';

export { checkExpectations } from './sections/expect.ts';
export type { Amount, Expectation, Measured, Share } from './sections/expect.ts';
export type { Choice, TrainSettings } from './sections/train.ts';
export { formatValue } from './values/types.ts';
export type { Value } from './values/types.ts';
export type { ChainShape } from './expand/expansion.ts';
export type { SeenBlock, SeenInput, SeenNetwork, SeenNode } from './observe.ts';

export interface FrontendOptions extends Files {
  /** Only this network; absent: every network whose parameters are all bound. */
  readonly network?: string;
  /** Values for parameters, as expressions of the language: `classes` → `10`, `arch` → `[(1, 8)]`. They skip `expect`. */
  readonly set?: ReadonlyMap<string, string>;
  readonly operators: OperatorTable;
  /** Is told what was seen of each network, those with mistakes among them. */
  readonly observe?: (seen: SeenNetwork) => void;
}

export interface Network {
  readonly name: string;
  readonly doc?: string;
  readonly graph: Graph;
  /** With its auxiliary outputs, which only a training has; absent where there are none. */
  readonly trainingGraph?: Graph;
  readonly expect: readonly Expectation[];
  readonly train?: TrainSettings;
  /** Its definition; absent where it does not come from text. */
  readonly span?: Span;
  /** The values of its parameters. */
  readonly bindings: ReadonlyMap<string, Value>;
  /** Values by the names of steps, labels, block calls, paths and inputs: `conv1`, `stem`, `inception3.path2`. */
  readonly taps: ReadonlyMap<string, ValueId>;
  /** The shapes of the chains of its text, and of the blocks that it calls. */
  readonly chains: readonly ChainShape[];
}

export interface Declared {
  readonly name: string;
  /** Whether every parameter has a value by the text alone. */
  readonly bound: boolean;
  readonly doc?: string;
}

export interface FrontendResult {
  /** The syntax tree of the file; `bindings` is by its parts. */
  readonly file: File;
  /** Those that could be built. Use them only when no diagnostic is an error. */
  readonly networks: readonly Network[];
  /** All networks of the file, in its order. */
  readonly declared: readonly Declared[];
  readonly diagnostics: readonly Diagnostic[];
  /** What every name of the file and its imports stands for. */
  readonly bindings: Bindings;
  /** The values of top-level constants, as far as they were needed; undefined after a mistake. */
  readonly constants: ReadonlyMap<ConstDefinition, Value | undefined>;
}

/** Builds the graph of every network in a file and its imports. Mistakes are returned as diagnostics, never thrown. */
export function frontend(source: Source, options: FrontendOptions): FrontendResult {
  const { operators, set = new Map<string, string>() } = options;
  const reporter = createReporter();
  const project = loadProject(source, options, reporter);
  const { recursive, blanks, bindings } = resolve(project, operators, reporter);
  noteBlanks(blanks, reporter);
  const declared = declaredNetworks(project.root);
  const networks: Network[] = [];
  const budget = createBudget();
  const constants = new Map<ConstDefinition, Value | undefined>();
  for (const definition of recursive) if (definition.kind === 'const') constants.set(definition, undefined);
  const expander: Expander = { operators, reporter, bindings, budget, constants, recursive };
  const sections = readSections(project.root, declared, set.size > 0, expander);
  const selected = selectNetworks(declared, options.network, set, reporter);
  for (const declaration of options.observe ? [...selected, ...namelessNetworks(project.root)] : selected) {
    const parameters = bindParameters(declaration, set, expander);
    const { name, doc, span, definition, module } = declaration;
    // What the graph's building finds is said behind all that the text's expansion finds.
    const attempt = createAttempt(reporter);
    const building = startGraph(name, operators, attempt);
    const steps = stepsOf(building);
    const observation = options.observe && observed(name, building, steps);
    const expansion = expandNetwork(definition, module, parameters, expander, observation?.steps ?? steps);
    if (observation) options.observe(observation.finish(expansion.chains));
    if (budget.exhausted) break;
    const built = judged(finishGraph(building, expansion), expansion, attempt, reporter);
    if (!built) continue;
    // As budgets, they are those of the network as it is written.
    if (set.size === 0) warnOfLabels(expansion, built.trainingGraph ?? built.graph, reporter);
    const { train, expect } = sections.get(name) ?? { expect: [] };
    if (train?.outputs) checkLossOutputs(train.outputs, built.trainingGraph ?? built.graph, reporter);
    networks.push({
      name,
      graph: built.graph,
      ...(built.trainingGraph && { trainingGraph: built.trainingGraph }),
      taps: built.taps,
      chains: built.chains,
      expect,
      span,
      bindings: new Map([...parameters].flatMap(([parameter, value]) => (value ? [[parameter, value]] : []))),
      ...(train && { train }),
      ...(doc !== undefined && { doc }),
    });
  }
  const { definitions, incomplete } = project.root.file;
  const defines = definitions.some(({ kind }) => kind === 'network' || kind === 'alias' || kind === 'block');
  if (!defines && !incomplete && reporter.errors === 0) reporter.report(nothingDefined(source));
  return {
    file: project.root.file,
    networks,
    declared: declared.map(({ name, bound, doc }) => ({ name, bound, ...(doc !== undefined && { doc }) })),
    diagnostics: reporter.finish(),
    bindings,
    constants,
  };
}

/** An input such as `[28, 28, 1]` is one mistake, not as many as follow from it. */
function judged(
  built: Built | undefined,
  expansion: Expansion,
  attempt: Attempt,
  reporter: Reporter,
): Built | undefined {
  const suspect = expansion.inputs.find(({ shape }) => shape && looksChannelsLast(shape));
  const written = suspect?.statement.shape;
  if (!suspect?.shape || !written) {
    for (const diagnostic of attempt.diagnostics) reporter.report(diagnostic);
    return built;
  }
  const { span } = written;
  const [height, width, channels] = suspect.shape as [number, number, number];
  const mended = formatShape([channels, height, width]);
  const failed = attempt.errors > 0;
  reporter.report(
    problem('input/channels-last', span, 'channels come first: [channels, height, width]', {
      severity: failed ? 'error' : 'warning',
      found: `${height} channels of ${width}×${channels}`,
      expected: mended,
      fixes: [{ message: mended, edits: [{ span, text: mended }] }],
    }),
  );
  if (!failed) for (const diagnostic of attempt.finish()) reporter.report(diagnostic);
  return failed ? undefined : built;
}
