// A bundle for Cloudflare Workers, whose runtime compiles no WebAssembly but what is imported: by esbuild's condition `workerd`.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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

const kinds = new Map([
  ['js', 'esModule'],
  ['wasm', 'wasm'],
  ['safetensors', 'data'],
]);

/** The tests, in a suite of their own. */
export function workers({ workshop }: Tools): void {
  test.skipIf(!existsSync(workerd))('weights and WebAssembly are imported, with the bits of Node', async () => {
    const files = { 'src/lenet.cnn': lenet, 'src/lenet.safetensors': weights, 'src/main.js': main, 'build.js': build };
    const folder = workshop().project('workers', files);
    expect(await node(folder, 'build.js')).toMatchObject({ code: 0, stderr: '' });
    const out = join(folder, 'out');
    // The first module is where it starts.
    const modules = readdirSync(out)
      .toSorted((a, b) => Number(b === 'main.js') - Number(a === 'main.js'))
      .map((name) => `(name = "${name}", ${kinds.get(name.split('.').at(-1)!)} = embed "${name}")`);
    expect(modules).toHaveLength(3);
    writeFileSync(
      join(out, 'config.capnp'),
      `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (modules = [${modules.join(', ')}], compatibilityDate = "2026-11-01"))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`,
    );
    const server = spawn(workerd, ['serve', 'config.capnp', '--control-fd', '3'], {
      cwd: out,
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
      detached: true,
    });
    try {
      const response = await fetch(`http://127.0.0.1:${await portOf(server)}/`);
      const net = await load(lenet, weights, { target: 'wasm' });
      expect(await response.json()).toEqual([...(net.run(new Float32Array(784)) as Float32Array)]);
    } finally {
      end(server);
    }
  });

  test('with that condition and another format, a script has all inside', async () => {
    const files = {
      'src/lenet.cnn': lenet,
      'src/lenet.safetensors': weights,
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
    const net = await load(lenet, weights, { target: 'wasm' });
    expect(JSON.parse(stdout)).toEqual([...(net.run(new Float32Array(784)) as Float32Array)]);
  });
}
