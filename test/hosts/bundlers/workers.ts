// Bundles for Cloudflare Workers, whose runtime compiles no WebAssembly but what is imported: by the condition `workerd`.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { load } from '../../../src/index.ts';
import { root } from '../../e2e/packed.ts';
import { end, portOf } from '../modules/hosts.ts';
import { node } from './project.ts';
import type { Tools } from './project.ts';

const workerd = join(root, 'test/hosts/node_modules/@cloudflare/workerd-linux-64/bin/workerd');
const lenet = readFileSync(join(root, 'examples/lenet/lenet.cnn'), 'utf8');
const weights = readFileSync(join(root, 'examples/lenet/lenet-fashion-mnist.safetensors'));

const main = `import { load } from './lenet.cnn';
export default {
  async fetch() {
    const net = await load(undefined, { threads: 2 });
    return Response.json([...net.run(new Float32Array(784))]);
  },
};
`;
const build = `import { build } from 'esbuild';
import cnnc from 'cnnc/esbuild';
const options = { bundle: true, format: 'esm', conditions: ['workerd'], plugins: [cnnc()] };
await build({ entryPoints: ['src/main.js'], outdir: 'out', ...options });
`;

interface Bundler {
  readonly file: string;
  readonly text: string;
  readonly command: readonly string[];
  /** The script that is written, in a folder of its own where the bundler can do that. */
  readonly entry: string;
}
const viteConfig = (others: string): string => `import cnnc from 'cnnc/vite';
export default { ${others} plugins: [cnnc()] };
`;
const vite = { file: 'vite.config.js', command: ['../node_modules/vite/bin/vite.js', 'build', '--outDir', 'out'] };
const bundlers: Readonly<Record<string, Bundler>> = {
  esbuild: { file: 'build.js', text: build, command: ['build.js'], entry: 'main.js' },
  "Vite's build for servers": {
    ...vite,
    text: viteConfig("build: { ssr: 'src/main.js' }, ssr: { resolve: { conditions: ['workerd'] } },"),
    entry: 'main.js',
  },
  "Vite's build of a library": {
    ...vite,
    text: viteConfig(
      "build: { lib: { entry: 'src/main.js', formats: ['es'], fileName: 'js/main' } }, resolve: { conditions: ['workerd'] },",
    ),
    entry: 'js/main.js',
  },
  Rollup: {
    file: 'rollup.config.js',
    text: `import cnnc from 'cnnc/rollup';
export default { input: 'src/main.js', plugins: [cnnc({ conditions: ['workerd'] })], output: { dir: 'out', entryFileNames: 'js/[name].js' } };
`,
    command: ['../node_modules/rollup/dist/bin/rollup', '-c'],
    entry: 'js/main.js',
  },
  webpack: {
    file: 'webpack.config.js',
    text: `import cnnc from 'cnnc/webpack';
export default { entry: './src/main.js', mode: 'production', performance: false, target: ['webworker', 'es2022'],
  resolve: { conditionNames: ['workerd', '...'] }, experiments: { outputModule: true }, plugins: [cnnc()],
  output: { path: import.meta.dirname + '/out', filename: 'js/main.js', module: true, library: { type: 'module' } } };
`,
    command: ['../node_modules/webpack-cli/bin/cli.js'],
    entry: 'js/main.js',
  },
};

const kinds = new Map([
  ['js', 'esModule'],
  ['wasm', 'wasm'],
  ['bin', 'data'],
]);

/** The tests, in a suite of their own. */
export function workers({ workshop }: Tools): void {
  let expected: readonly number[] = [];
  beforeAll(async () => {
    const net = await load(lenet, weights, { target: 'wasm' });
    expected = [...(net.run(new Float32Array(784)) as Float32Array)];
  });
  const network = { 'src/lenet.cnn': lenet, 'src/lenet.safetensors': weights };

  describe.skipIf(!existsSync(workerd))('weights and WebAssembly are imported, with the bits of Node', () => {
    test.each(Object.entries(bundlers))('%s', async (name, { file, text, command, entry }) => {
      const folder = workshop().project(`workers ${name}`, { ...network, 'src/main.js': main, [file]: text });
      const built = await node(folder, ...command);
      expect(built.code, built.stderr).toBe(0);
      expect(`${built.stdout}${built.stderr}`).not.toMatch(/warn/i);
      expect(await answerOf(join(folder, 'out'), entry)).toEqual(expected);
    });
  });

  test('with that condition and another format, a script has all inside', async () => {
    const files = {
      ...network,
      'src/main.js': `import { load } from './lenet.cnn';
load().then((net) => console.log(JSON.stringify([...net.run(new Float32Array(784))])));
`,
      'build.js': build.replace("format: 'esm'", "format: 'cjs', platform: 'node'"),
    };
    const folder = workshop().project('workers-script', files);
    expect(await node(folder, 'build.js')).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(join(folder, 'out'))).toEqual(['main.js']);
    renameSync(join(folder, 'out/main.js'), join(folder, 'out/main.cjs'));
    const { stdout } = await node(folder, 'out/main.cjs');
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  test.each([
    ['format', "format: 'cjs',", '', "with the condition workerd, the output's format is es; found cjs"],
    ['conditions', '', "'workerd'", "conditions takes a list of names, such as ['workerd']; found workerd"],
  ])('refused in Rollup: another %s', async (name, format, conditions, message) => {
    const { file, text, command } = bundlers['Rollup']!;
    const wrong = text
      .replace('output: {', `output: { ${format}`)
      .replace(/\['workerd'\]/, (list) => conditions || list);
    const folder = workshop().project(`workers refused ${name}`, { ...network, 'src/main.js': main, [file]: wrong });
    const { code, stderr } = await node(folder, ...command);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
  });
}

/** What the worker answers whose modules are the files of a folder: a script, the WebAssembly and the weights. */
async function answerOf(folder: string, entry: string): Promise<unknown> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.'));
  expect(files.map((name) => name.slice(name.lastIndexOf('.'))).toSorted()).toEqual(['.bin', '.js', '.wasm']);
  // The first module is where it starts.
  const modules = files
    .toSorted((a, b) => Number(b === entry) - Number(a === entry))
    .map((name) => `(name = "${name}", ${kinds.get(name.split('.').at(-1)!)} = embed "${name}")`);
  writeFileSync(
    join(folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (modules = [${modules.join(', ')}], compatibilityDate = "2026-11-01"))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`,
  );
  const server = spawn(workerd, ['serve', 'config.capnp', '--control-fd', '3'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    detached: true,
  });
  try {
    const response = await fetch(`http://127.0.0.1:${await portOf(server)}/`);
    return await response.json();
  } finally {
    end(server);
  }
}
