// The rules of the code base that no other tool checks: who may import whom, who may name an operator,
// how long files and functions may be, how files open.

import { readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { operators } from '../compiler/ops/index.ts';
import { functionLengths, stringLiterals } from './support/syntax.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const filesOf = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => join(folder, name))
    .toSorted();
const sources = ['grammar', 'compiler', 'runtime', 'src'].flatMap(filesOf);

/** What every folder of src/ may use. */
const below = ['grammar', 'compiler', 'runtime'];

/** Folder (or file) → folders it may import from. The longest matching prefix decides; a folder may always import from itself. */
const may: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  grammar: ['chevrotain'],
  'compiler/ir': ['grammar/source.ts'],
  'compiler/kernel': [],
  'compiler/ops': ['compiler/ir'],
  'compiler/analysis': ['compiler/ir', 'runtime/abi.ts'],
  // Masks are computed here as kernels and the start of a training draw them.
  'compiler/ops/dropout-mask.ts': ['compiler/ir', 'compiler/ops', 'runtime/threefry.ts'],
  'compiler/passes': ['compiler/ir', 'compiler/ops', 'compiler/analysis'],
  'compiler/quantize': ['compiler/ir', 'compiler/ops', 'compiler/analysis'],
  'compiler/blocks': ['grammar'],
  'compiler/frontend': ['grammar', 'compiler/blocks', 'compiler/ir', 'compiler/ops', 'compiler/analysis'],
  'compiler/templates': ['compiler/kernel', 'compiler/ir/scalar.ts', 'compiler/ir/resampling.ts'],
  'compiler/program': ['compiler/ir', 'compiler/kernel', 'compiler/templates/target.ts'],
  'compiler/schedule': [
    'compiler/ir',
    'compiler/ops',
    'compiler/program',
    'compiler/templates',
    'compiler/kernel',
    'grammar/source.ts',
  ],
  'compiler/codegen': [
    'compiler/kernel',
    'compiler/program/program.ts',
    'compiler/ir/hash.ts',
    'compiler/ir/tensor-type.ts',
    'compiler/ir/whole-number.ts',
    'runtime/abi.ts',
  ],
  compiler: ['compiler', 'grammar', 'runtime/abi.ts', 'runtime/step-border.ts'],
  src: [
    'grammar',
    'compiler',
    'runtime',
    'src/data',
    'src/network',
    'src/report',
    'src/train',
    'src/tune',
    'src/weights',
  ],
  'src/bench': [...below, 'src/network', 'src/text', 'node:zlib'],
  'src/bundler': [...below, 'src', 'node:'],
  'src/bundler/unplugin.ts': ['unplugin'],
  'src/cli': [...below, 'src', 'node:', 'commander'],
  'src/cli/lsp': [...below, 'src', 'node:', 'vscode-languageserver-'],
  // Libraries that who serves, or works in shards, installs beside the compiler.
  'src/cli/queue': [...below, 'src', 'node:', 'bullmq', 'ioredis'],
  'src/cli/serve': [...below, 'src', 'node:', 'fastify', 'pino', 'prom-client'],
  'src/compare': [...below, 'src/text'],
  'src/data': [...below, 'node:zlib', 'fast-png'],
  // The decoder's WebAssembly is a file of its package.
  'src/data/jpeg-turbo.ts': ['node:fs', 'node:module'],
  'src/edit': below,
  'src/explain': [...below, 'src/text'],
  'src/export': [...below, 'src/onnx', '@bufbuild/protobuf'],
  'src/export/pytorch': [...below, 'src/data', 'src/weights'],
  'src/ide': [...below, 'src/edit', 'src/network', 'src/report', 'src/text'],
  'src/network': [...below, 'src/data'],
  'src/onnx': [...below, 'src/data/numeric.ts', 'src/text', '@bufbuild/protobuf'],
  'src/page': [...below, 'src/report', 'node:crypto'],
  // The playground stands on all that runs in a browser, and is bundled.
  'src/playground': [
    ...below,
    'src/data',
    'src/edit',
    'src/explain',
    'src/ide',
    'src/index.ts',
    'src/network',
    'src/page',
    'src/report',
    'src/text',
    'src/train',
    'src/weights',
    '@codemirror/',
    '@lezer/highlight',
  ],
  'src/quantize': [...below, 'src/data', 'src/network', 'src/pipeline-options.ts', 'src/weights'],
  'src/recover': [...below, 'src/text'],
  'src/report': [...below, 'src/explain', 'src/text', 'fast-png', '@dagrejs/dagre'],
  // What `cnnc new` writes is text here, and reads files when it is run.
  'src/templates': [...below, 'node:fs'],
  'src/serve': [...below, 'src/data', 'src/network', 'node:stream'],
  'src/text': below,
  'src/train': [...below, 'src/data', 'src/network'],
  'src/train/loader-thread.ts': ['src/train', 'src/data', 'node:worker_threads'],
  'src/tune': [...below, 'src/bench', 'src/data', 'src/network', 'src/text'],
  'src/weights': [...below, 'src/data'],
};

interface Import {
  readonly file: string;
  readonly target: string;
}

const imports: readonly Import[] = sources.flatMap((file) => {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/^(?:import|export)\s[^;]*?from '([^']+)';/gm)].map(([, target]) => ({
    file,
    target: target!.startsWith('.') ? relative(root, resolve(root, dirname(file), target!)) : target!,
  }));
});

const ruleOf = (file: string): string =>
  Object.keys(may)
    .filter((place) => file === place || file.startsWith(`${place}/`))
    .toSorted((a, b) => b.length - a.length)[0]!;

describe('imports', () => {
  test('are found', () => expect(imports.length).toBeGreaterThan(200));
  test.each(Object.keys(may))('of %s', (folder) => {
    const own = imports.filter(({ file }) => ruleOf(file) === folder);
    const wrong = own.filter(({ target }) => ![folder, ...may[folder]!].some((allowed) => target.startsWith(allowed)));
    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });
});

/** Groups of files each of which leads to the others by imports, types included. */
function circles(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const reach = (from: string): ReadonlySet<string> => {
    const seen = new Set<string>();
    const open = [...(edges.get(from) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...(edges.get(next) ?? []));
    }
    return seen;
  };
  const reached = new Map([...edges.keys()].map((file) => [file, reach(file)]));
  const found = new Map<string, readonly string[]>();
  for (const [file, others] of reached) {
    if (!others.has(file)) continue;
    const group = [...others].filter((other) => reached.get(other)?.has(file)).toSorted();
    found.set(group.join(), group);
  }
  return [...found.values()];
}

const edgesOf = (name: (file: string) => string): ReadonlyMap<string, readonly string[]> => {
  const edges = new Map<string, string[]>();
  for (const { file, target } of imports) {
    const [from, to] = [name(file), name(target)];
    if (from !== to && target.endsWith('.ts')) edges.set(from, [...(edges.get(from) ?? []), to]);
  }
  return edges;
};

describe('no circles', () => {
  test('of files', () => expect(circles(edgesOf((file) => file))).toEqual([]));
  test('of folders of src', () => {
    const folder = (file: string): string => /^src\/[^/]+(?=\/)/.exec(file)?.[0] ?? file;
    expect(circles(edgesOf(folder)).filter((group) => group.some((name) => /^src\/\w+$/.test(name)))).toEqual([]);
  });
  test('scripts import no tests', () => {
    const texts = filesOf('scripts').filter((file) =>
      /from '\.\.\/test\//.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(texts).toEqual([]);
  });
});

describe('comments and pages', () => {
  test('name files that exist', () => {
    const names = new Set(
      [...sources, ...filesOf('test'), ...filesOf('scripts')].flatMap((file) => [file, basename(file)]),
    );
    const absentFrom = (file: string, text: string): readonly string[] =>
      [...text.matchAll(/(?<![\w.<-])([\w-]+\/)*[\w-]+\.ts\b/g)].flatMap(([name]) =>
        [...names].some((known) => known === name || known.endsWith(`/${name}`)) || generic.has(basename(name))
          ? []
          : [`${file}: ${name}`],
      );
    const ofComments = sources.flatMap((file) => {
      const comments = readFileSync(join(root, file), 'utf8').match(/^\s*(?:\/\/|\*|\/\*\*).*$/gm) ?? [];
      return absentFrom(file, comments.join('\n'));
    });
    const ofPages = ['ARCHITECTURE.md', 'CONTRIBUTING.md'].flatMap((page) =>
      absentFrom(page, readFileSync(join(root, page), 'utf8')),
    );
    expect([...ofComments, ...ofPages]).toEqual([]);
  });
});

/** Names of files that the compiler writes. */
const generic = new Set(['net.ts', 'net.d.ts', 'NAME.ts', 'NAME.d.ts']);

/** Modules may time their kernels, and what a switch of the engine gains. */
const timed = new Set(['runtime/engine.ts', 'runtime/wide.ts', 'compiler/codegen/runtime-text.ts']);

describe('files', () => {
  const generated = 'compiler/codegen/runtime-text.ts';
  test('have at most 500 lines', () => {
    const long = [...sources, ...filesOf('test')].filter(
      (file) => file !== generated && readFileSync(join(root, file), 'utf8').split('\n').length > 501,
    );
    expect(long).toEqual([]);
  });
  test('open with a sentence of what they are', () => {
    const bare = sources.filter((file) => !/^(#!.*\n)?\/\/ \S/.test(readFileSync(join(root, file), 'utf8')));
    expect(bare).toEqual([]);
  });
  test('below src/cli use no files, clock, environment or chance', () => {
    const impure = sources.filter((file) => {
      if (timed.has(file) || /^src\/(bundler|cli|templates|playground|page\/browser)\/|^src\/.*-text\.ts$/.test(file))
        return false;
      const text = readFileSync(join(root, file), 'utf8');
      // Which modules of Node the folders of src/ may use is said above.
      if (!file.startsWith('src/') && /from 'node:/.test(text)) return true;
      return /\b(process\.\w|Date\.now|performance\.now|console\.|Math\.random)/.test(text);
    });
    expect(impure).toEqual([]);
  });
});

interface NamedOperators {
  /** The operators that it adds to the graph. */
  readonly creates?: readonly string[];
  /** The operators that it looks for. */
  readonly about?: readonly string[];
  /** What is called like an operator: a rule, a kernel, arithmetic, a function of one number, a result of the analysis. */
  readonly other?: readonly string[];
}

/** File → the operators that it names as strings. All others ask an operator for its traits or its lowering. */
const namedOperators: Readonly<Record<string, NamedOperators>> = {
  'compiler/analysis/scores.ts': { other: ['softmax', 'log_softmax'] },
  'compiler/passes/affine-to-scale.ts': { creates: ['scale', 'mul', 'add'] },
  'compiler/passes/batch-norm-to-scale.ts': {
    creates: ['scale', 'mul', 'sub', 'neg', 'inverse_sqrt'],
    about: ['batch_norm'],
  },
  'compiler/passes/common-subexpressions.ts': { about: ['add', 'mul'] },
  'compiler/passes/fold-padding.ts': { about: ['pad'] },
  'compiler/passes/fold-scale.ts': {
    creates: ['scale'],
    about: ['scale', 'sub', 'div', 'conv_transpose', 'dense', 'flatten'],
  },
  'compiler/passes/merge-activations.ts': { creates: ['relu', 'relu6', 'clip'] },
  'compiler/passes/merge-concats.ts': { about: ['concat', 'split'] },
  'compiler/passes/merge-linear-convolutions.ts': { creates: ['conv'], about: ['conv', 'scale'] },
  'compiler/passes/merge-reshapes.ts': { other: ['reshape'] },
  'compiler/passes/merge-siblings.ts': { creates: ['conv', 'split'], about: ['conv', 'split', 'concat'] },
  'compiler/passes/one-pixel-dense.ts': {
    creates: ['dense', 'flatten', 'reshape'],
    about: ['conv', 'flatten', 'split', 'concat'],
  },
  'compiler/passes/pool-linear.ts': { creates: ['conv'], about: ['conv', 'avg_pool'] },
  'compiler/passes/tokens-as-images.ts': { creates: ['tokens', 'to_image'] },
  'compiler/passes/trim-padding.ts': { about: ['conv', 'depthwise_conv'] },
  'compiler/passes/weights.ts': {
    creates: ['add', 'sub', 'mul', 'div', 'reshape', 'weight_matmul', 'reduce_sum', 'weight_slice', 'concat'],
  },
  'compiler/schedule/choose-gradient.ts': { other: ['correct'] },
  'compiler/schedule/choose-kernel.ts': {
    other: ['softmax', 'local_response_norm', 'pad', 'reshape'],
  },
  'compiler/schedule/choose-normalization.ts': { other: ['reduce'] },
  'compiler/schedule/choose-regions.ts': { other: ['scale'] },
  'compiler/schedule/group.ts': { other: ['add', 'mul'] },
  'compiler/schedule/parameter-arithmetic.ts': { other: ['transpose'] },
  'compiler/schedule/parameter-factors.ts': { other: ['mul'] },
  'compiler/schedule/records.ts': { other: ['concat'] },
  // Functions of scalar expressions and kernels have these names, too.
  'compiler/templates/epilogue.ts': { other: ['add', 'erf', 'exp', 'log', 'tanh', 'sigmoid'] },
  'compiler/templates/local-response-norm.ts': { other: ['sqrt'] },
  'compiler/templates/moments.ts': { other: ['sqrt'] },
  'compiler/templates/quantized/arithmetic.ts': { other: ['add'] },
  'compiler/templates/reduce.ts': { other: ['neg'] },
  'compiler/templates/regions.ts': { other: ['neg'] },
  'compiler/templates/scalar.ts': { other: ['abs', 'erf', 'exp', 'log', 'neg', 'sqrt', 'tanh', 'sigmoid'] },
  'compiler/templates/winograd-filter.ts': { other: ['abs'] },
  'compiler/templates/winograd-range.ts': { other: ['abs'] },
};

test('operators are named only where a file is about them', () => {
  const found = ['analysis', 'passes', 'schedule', 'templates']
    .flatMap((folder) => filesOf(`compiler/${folder}`))
    .flatMap((file) =>
      stringLiterals(readFileSync(join(root, file), 'utf8')).flatMap((text) =>
        operators.has(text) ? [`${file}: ${text}`] : [],
      ),
    );
  const listed = Object.entries(namedOperators).flatMap(([file, { creates = [], about = [], other = [] }]) =>
    [...creates, ...about, ...other].map((name) => `${file}: ${name}`),
  );
  expect(sortedOnce(found)).toEqual(sortedOnce(listed));
});

/** Functions of more than 80 lines, with everything in them. The list may only shrink. */
const longFunctions: ReadonlySet<string> = new Set([
  'compiler/frontend/build/pictures.ts: inputSettings',
  'compiler/frontend/build/resizing.ts: resizingSettings',
  'compiler/frontend/expand/budget.ts: createBudget',
  'compiler/frontend/names/project.ts: loadProject',
  'runtime/engine.ts: startEngine',
  'src/page/browser/main.ts: startPage',
]);

describe('lengths', () => {
  const texts = [...sources, ...filesOf('scripts')].map((file) => ({
    file,
    text: readFileSync(join(root, file), 'utf8'),
  }));
  test('of functions that were long may only become shorter', () => {
    const long = texts.flatMap(({ file, text }) =>
      functionLengths(text).flatMap(({ name, lines }) => (lines > 80 ? [`${file}: ${name}`] : [])),
    );
    expect(sortedOnce(long)).toEqual(sortedOnce(longFunctions));
  });
  test('of files are 350 lines at most', () => {
    expect(texts.flatMap(({ file, text }) => (text.split('\n').length > 351 ? [file] : []))).toEqual([]);
  });
});

function sortedOnce(names: Iterable<string>): readonly string[] {
  return [...new Set(names)].toSorted();
}
