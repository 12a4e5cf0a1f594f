// `npm run train-examples -- --data FOLDER [EXAMPLE …]`: trains the weights that the examples ship, on Fashion-MNIST, as the `train`
// sections of their files say. FOLDER holds the four IDX files, gzipped or not. The same file, data and compiler give the same weights
// on every machine, but for `--math fast`, whose rounding depends on whether the machine has fused multiply–adds.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** Those that ship weights, examples/NAME/NAME-fashion-mnist.safetensors, and how they were trained besides what their files say. */
const options: Readonly<Record<string, readonly string[]>> = { lenet: [], 'lenet-bn': [], fashion: ['--math', 'fast'] };
export const trainedExamples: readonly string[] = Object.keys(options);

const root = fileURLToPath(new URL('..', import.meta.url));

/** What stands wrong on the command line, as one sentence; `undefined` where nothing does. */
function mistake(data: string | undefined, examples: readonly string[]): string | undefined {
  if (data === undefined) return 'say where the images are: npm run train-examples -- --data FOLDER';
  const unknown = examples.find((name) => !trainedExamples.includes(name));
  return unknown === undefined
    ? undefined
    : `no weights are shipped for ${unknown}; expected ${trainedExamples.join(', ')}`;
}

/** Replaces the weights of an example when its training is complete; until then they stay as they are. */
function trainExample(name: string, data: string, threads: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-train-'));
  try {
    const weights = join(folder, 'weights.safetensors');
    const file = `examples/${name}/${name}.cnn`;
    const argv = ['train', file, '--data', data, '--threads', threads, '--out', weights, ...options[name]!];
    process.stderr.write(`${file}\n`);
    const { status } = spawnSync(process.execPath, [join(root, 'src/cli/main.ts'), ...argv], {
      cwd: root,
      stdio: 'inherit',
    });
    if (status !== 0 || !existsSync(weights)) return false;
    const shipped = `examples/${name}/${name}-fashion-mnist.safetensors`;
    cpSync(weights, join(root, shipped));
    process.stderr.write(`${shipped} is replaced\n`);
    return true;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    options: { data: { type: 'string' }, threads: { type: 'string' } },
    allowPositionals: true,
  });
  const wrong = mistake(values.data, positionals);
  if (wrong !== undefined) {
    process.stderr.write(`error: ${wrong}\n`);
    process.exitCode = 2;
  } else {
    const threads = values.threads ?? String(availableParallelism());
    const chosen = positionals.length > 0 ? positionals : trainedExamples;
    if (!chosen.every((name) => trainExample(name, values.data!, threads))) process.exitCode = 1;
    else
      process.stderr.write(
        'what tests and pages say of them: /usr/bin/python3 test/fixtures/pytorch/trained.py FOLDER, then npm run generate -- readmes\n',
      );
  }
}
