// What makes a module of the WebAssembly target: the binary, where things lie in its memory, and a `load` that fills it.

import type { MemoryLayout } from '../../../runtime/abi.ts';
import { sizeOf } from '../../ir/tensor-type.ts';
import { hasKind } from '../../kernel/walk.ts';
import type { Program } from '../../program/program.ts';
import type { ModuleEmitter, SourceInfo } from '../module-emitter.ts';
import { classifierOf, classifyMethod } from '../classify.ts';
import { packedBeside, packsFiles, sectionArray } from '../calls.ts';
import { loadOptionsChecked, weightsRead } from '../load.ts';
import { borderOf, indented } from '../border.ts';
import { base64, dataLiteral, stringLiteral } from '../literals.ts';
import { runtimeText } from '../runtime-text.ts';
import { binaryFile, binaryText } from './binary.ts';
import { layoutOf, loadingKernels, runKernels } from './layout.ts';
import { speedProbe } from './probe.ts';
import { workOf } from './work.ts';

/** A line for the length of the module's text, of as many characters. No literal has such line ends. */
const lengthLine = (hexadecimal = '00000000'): string => `\n  length: 0x${hexadecimal},\n`;

export const wasmModules: ModuleEmitter = {
  languages: ['js'],
  isThreaded: true,
  printed({ kernels, prepare }) {
    const preparing = new Set(prepare.filter(({ apart }) => !apart).map(({ kernel }) => kernel));
    return kernels.filter(({ name }) => preparing.has(name));
  },
  runtime: [],
  hasBase64: (program, { wasmFile }) =>
    wasmFile === undefined || program.wide || program.target.fused || multipliesBytes(program),
  engine: (program, { wasmFile }) => [
    ...(program.target.fused ? (['relaxed'] as const) : []),
    ...(multipliesBytes(program) ? (['dots'] as const) : []),
    ...(program.wide ? (['wide'] as const) : []),
    ...(loadingKernels(program).length > 0 ? (['loading'] as const) : []),
    ...(['address', 'weightsFile', 'compiled'] as const),
    ...(wasmFile === undefined ? [] : (['wasmFile'] as const)),
    ...(['thread', 'workers', 'engine', 'autoThreads'] as const),
  ],
  sections: (program, _, info) => [binaryText(program, info), layoutText(program)],
  binary: binaryFile,
  file: fileText,
  load: loadFunction,
  end: 'serveIfThread();\n',
  // The text says its own length.
  finish: (text) => text.replace(lengthLine(), () => lengthLine(text.length.toString(16).padStart(8, '0'))),
};

/** Whether it has dot products of bytes, which are written in other ways for other hosts. */
const multipliesBytes = (program: Program): boolean => hasKind(runKernels(program), 'dot-bytes');

/** What threads run, without the comments, and where the module is. Bundlers warn of `import.meta` in formats that have none. */
function fileText({ isBundled = false, isTraining = false }: Parameters<ModuleEmitter['file']>[0]): string {
  const script = isTraining ? `${runtimeText.thread.js}\n${runtimeText.awayThread.js}` : runtimeText.thread.js;
  const start = `${isTraining ? 'serveIfAway();\n' : ''}serveIfThread();\n`;
  const text = `${script.replace(/^ *\/(\/|\*\*).*\n/gm, '')}\n${start}`;
  const url = isBundled ? 'undefined' : 'import.meta.url';
  return `const file = {\n  url: ${url},${lengthLine()}  thread: ${stringLiteral(text)},\n};\n`;
}

/** What the runtime needs of it. */
function layoutText(program: Program): string {
  const {
    weights,
    halves,
    bytes,
    integers,
    images: arena,
    loading,
    perImage,
    inputs,
    outputs,
    scratch,
  } = layoutOf(program);
  const { sections } = program;
  const whole = { ...(sections.bytes.length > 0 && { bytes }), ...(sections.integers.length > 0 && { integers }) };
  const layout: MemoryLayout = {
    weights,
    halves,
    ...whole,
    arena,
    ...(loading > 0 && { loading }),
    perImage,
    inputs,
    outputs,
    scratch,
  };
  return `const layout = ${dataLiteral(layout)};\nconst passWork = ${dataLiteral(workOf(program))};\n`;
}

function loadFunction(program: Program, info: SourceInfo): string {
  const { outputs } = program;
  const { inputs, prologue } = borderOf(program, false);
  const view = (kind: 'inputs' | 'outputs', index: number): string =>
    `new Float32Array(buffer, layout.arena + layout.${kind}[${index}] * maxBatch, ${sizeOf(program[kind][index]!.shape)} * maxBatch)`;
  const classifier = info.role ? undefined : classifierOf(program);
  return [
    ...fillFunction(program),
    `${info.role ? '' : 'export '}async function load(weights${info.weights ? ' = embeddedWeights()' : ''}, options = {}) {`,
    ...loadOptionsChecked(info),
    '  const maxBatch = options?.maxBatch ?? 1;',
    '  const { threads, reason } = chosenThreads(options?.threads ?? 1, passWork, maxBatch);',
    '  pagesFor(layout, maxBatch, threads);',
    ...(info.wasmFile === undefined
      ? []
      : ['  const binary = wasmBinary(options?.wasm, wasmFile);', '  binary.catch(() => {});']),
    ...startText(program, info),
    '  const { buffer } = engine.memory;',
    ...inputs.map((_, index) => `  const x${index} = ${view('inputs', index)};`),
    ...outputs.map((_, index) => `  const r${index} = ${view('outputs', index)};`),
    '  let queue = Promise.resolve();',
    '  const net = {',
    '    threads: engine.threads,',
    '    reason: engine.reason ?? reason,',
    ...(program.wide ? ['    wide: wideReason === undefined,', '    wideReason,'] : []),
    // On a page, what trains has its memory elsewhere.
    ...(info.role
      ? []
      : ['    run(x, options) {', ...indented([...prologue, ...chunks(program, 'engine.pass(images)')], 6), '    },']),
    '    async runAsync(x, options) {',
    ...indented(prologue, 6),
    '      const work = async () => {',
    ...indented(chunks(program, 'await engine.passAsync(images)'), 8),
    '      };',
    '      const done = queue.then(work);',
    '      queue = done.then(() => {}, () => {});',
    '      return done;',
    '    },',
    ...(info.role ? [] : ['    profile: (repeats = 1) => engine.profile(repeats),']),
    '    close: () => engine.close(),',
    ...stateMembers(program, info),
    ...(classifier ? classifyMethod(classifier, info.scores ?? 'raw') : []),
    '  };',
    ...(info.role ? [] : ['  if (Symbol.dispose) net[Symbol.dispose] = net.close;']),
    '  return net;',
    '}',
    '',
  ].join('\n');
}

function fillFunction(program: Program): readonly string[] {
  const packed = (['weights', ...packedBeside(program)] as const).map(
    (name) => `new ${sectionArray(program, name)}(buffer, layout.${name}, ${program.sections[name].length})`,
  );
  const loading =
    loadingKernels(program).length > 0
      ? ['{ kernels: loading, buffer, at: layout.arena, bytes: layout.loading, ahead: lookAhead(loading) }']
      : [];
  return [
    '/** What puts these weights into the memory, and is not kept. */',
    'function fillWith(parameters) {',
    `  return (buffer, loading) => prepare(parameters, ${[...packed, ...loading].join(', ')});`,
    '}',
    '',
  ];
}

const speedProbes = (): string =>
  [speedProbe(8), speedProbe(16)].map((probe) => `fromBase64("${base64(probe)}")`).join(', ');

/** Declares the engine, with the weights in its memory. */
function startText(program: Program, info: SourceInfo): readonly string[] {
  // A training has what it gives in memory.
  const isOpened = packsFiles(program) && !info.role;
  const given = info.role ? 'await loadedWeights(weights)' : 'await openedWeights(weights)';
  const read = `fillWith(${weightsRead(program, info, isOpened ? 'await source' : given)})`;
  const fill = isOpened ? `unchanged(await source, ${read})` : read;
  const start = info.role ? 'startAway' : 'startEngine';
  const started = `${start}(${chosenBinary(program, info)}, layout, maxBatch, threads, file, filling)`;
  return [
    ...(isOpened ? ['  const source = openedWeights(weights, openedFile);'] : []),
    `  const filling = (async () => ${fill})();`,
    '  filling.catch(() => {});',
    ...(program.wide ? [`  const wideReason = await widen(${speedProbes()});`] : []),
    ...(isOpened
      ? [
          '  let engine;',
          '  try {',
          `    engine = await ${started};`,
          '  } finally {',
          '    await closeWeights(source);',
          '  }',
        ]
      : [`  const engine = await ${started};`]),
  ];
}

/** What the engine runs. A file beside the module is the one for all hosts. */
function chosenBinary({ wide }: Program, { wasmFile }: SourceInfo): string {
  // Where the weights are at fault, too, that is said.
  if (wasmFile !== undefined) return 'await binary.catch((error) => filling.then(() => Promise.reject(error)))';
  return wide ? 'wideReason === undefined ? wideBinary : binary' : 'binary';
}

/** Statements that compute a batch in chunks of `maxBatch` images, each by `pass`, and give back the result. */
function chunks(program: Program, pass: string): readonly string[] {
  const { inputs, result } = borderOf(program, false);
  /** First element and number of elements of a chunk; of what there is once, all. */
  const part = (kind: 'inputs' | 'outputs', index: number): string => {
    const { shape, batched } = program[kind][index]!;
    const size = sizeOf(shape);
    return batched ? `first * ${size}, images * ${size}` : `0, ${size}`;
  };
  return [
    'for (let first = 0; first < batch; first += maxBatch) {',
    '  const images = Math.min(maxBatch, batch - first);',
    ...inputs.map((input, index) => `  copyIn(x${index}, ${input}, ${part('inputs', index)});`),
    `  ${pass};`,
    ...program.outputs.map((_, index) => `  copyOut(r${index}, y${index}, ${part('outputs', index)});`),
    '}',
    `return ${result};`,
  ];
}

/** What a training reads and writes between passes: the states of a step, the weights of what measures them. */
function stateMembers(program: Program, { role }: SourceInfo): readonly string[] {
  const { arena, images, weights, shared } = layoutOf(program);
  const states =
    program.states.length > 0
      ? [`    states: stateTensors(new Float32Array(buffer, ${arena}, ${program.sections.once.length}), states),`]
      : [];
  if (role === 'step')
    return [
      ...states,
      `    pull: () => engine.pull(${arena}, ${images}),`,
      `    push: () => engine.push(${arena}, ${images}),`,
    ];
  if (role === 'evaluation')
    return [
      '    fill(tensors) {',
      '      fillWith(readWeights(tensors, weightTensors))(buffer, engine.exports);',
      `      return engine.push(${weights}, ${shared});`,
      '    },',
    ];
  return states;
}
