// A seeded fault: one small mistake of the kind that people make, as an exact replacement in one file.

export interface Fault {
  /** What goes wrong, in words; unique. */
  readonly name: string;
  /** Relative to the project's root. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Test files or folders that should notice; default: those of the file's area. */
  readonly tests?: readonly string[];
}

/** The text with the fault in it. Throws unless `find` occurs exactly once and `replace` changes it. */
export function seed(text: string, { name, find, replace }: Fault): string {
  const count = text.split(find).length - 1;
  if (count !== 1) throw new Error(`${name}: the text to replace occurs ${count} times`);
  if (find === replace) throw new Error(`${name}: nothing is replaced`);
  return text.replace(find, () => replace);
}

const wasmNetworks = 'test/property/wasm-networks.test.ts';

/** Longest matching prefix first. The fast tests of an area. */
const areas: readonly (readonly [folder: string, tests: readonly string[]])[] = [
  ['compiler/analysis', ['test/analysis']],
  ['compiler/codegen/wasm', ['test/wasm/encoding.test.ts', 'test/wasm/kernels.test.ts', wasmNetworks]],
  ['compiler/codegen', ['test/codegen']],
  ['compiler/frontend', ['test/frontend/values.test.ts', 'test/frontend/flow.test.ts']],
  ['compiler/ir', ['test/ir']],
  ['compiler/kernel', ['test/kernels']],
  ['compiler/ops', ['test/ops']],
  ['compiler/passes', ['test/passes']],
  ['compiler/program', ['test/schedule']],
  ['compiler/schedule', ['test/schedule']],
  ['compiler/templates', ['test/property/operators.test.ts']],
  ['grammar', ['test/grammar/golden.test.ts', 'test/grammar/render.test.ts']],
  ['runtime', ['test/codegen/weights.test.ts', 'test/codegen/module.test.ts']],
  ['src/data', ['test/data']],
  ['src/weights', ['test/weights']],
];

/** Tests that run together. */
export interface Stage {
  readonly tests: readonly string[];
  /** Random cases per property, as a part of the usual number. */
  readonly share: number;
}

/** What to run against a fault, in turn, until something fails: its tests, then random networks where they could notice. */
export function stagesOf({ file, tests }: Fault): readonly Stage[] {
  const own = tests ?? areas.find(([folder]) => file.startsWith(`${folder}/`))?.[1];
  if (!own) throw new Error(`${file} belongs to no area with tests`);
  const targeted = { tests: own, share: 1 };
  return lowering.test(file) ? [targeted, ...random] : [targeted];
}

/** What a network passes through on its way to a result. */
const lowering = /^(compiler\/(analysis\/range|codegen|ir|kernel|ops|passes|program|schedule|templates)|runtime)\b/;

const random: readonly Stage[] = [
  { tests: ['operators', 'fusion', 'networks'].map((name) => `test/property/${name}.test.ts`), share: 1 },
  { tests: ['test/property/passes-1.test.ts'], share: 0.3 },
];
