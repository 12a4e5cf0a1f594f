// `cnnc new`: a network to start from, with a script that runs it.

import { Argument, Command } from 'commander';
import { InputError } from '../../data/input-error.ts';
import { startingFiles } from '../../templates/networks.ts';
import { startingScript } from '../../templates/script.ts';
import type { Io } from '../io.ts';

interface NewOptions {
  readonly output: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export function newCommand(io: Io): Command {
  const names = [...startingFiles].map(([name, { summary }]) => `  ${name.padEnd(8)}${summary}`);
  return new Command('new')
    .description('write a network to start from, and a script that runs it')
    .addArgument(new Argument('<name>', 'which one').choices([...startingFiles.keys()]))
    .option('-o, --output <folder>', 'where to write; made when missing', '.')
    .option('--force', 'overwrite existing files')
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      `\n${names.join('\n')}

Examples:
  cnnc new lenet
  cnnc new resnet -o experiments

JSON: { schemaVersion: 1, files: [{ path }] }`,
    )
    .action((name: string, options: NewOptions) => create(name, options, io));
}

function create(name: string, { output, force = false, json = false }: NewOptions, { files, stdout }: Io): void {
  const start = startingFiles.get(name)!;
  const written = [
    { path: `${name}.cnn`, data: start.text, about: start.summary },
    { path: `${name}.mjs`, data: startingScript(name), about: 'runs it on a picture' },
  ];
  const folder = output === '.' ? '' : `${output.replace(/(?<!\/)\/+$/, '')}/`;
  const taken = written.filter(({ path }) => exists(`${folder}${path}`, files));
  if (taken.length > 0 && !force) {
    const paths = taken.map(({ path }) => `${folder}${path}`).join(' and ');
    throw new InputError(`${paths} ${taken.length === 1 ? 'is' : 'are'} there already; --force overwrites`);
  }
  files.write(output, written);
  const paths = written.map(({ path }) => ({ path: `${folder}${path}` }));
  if (json) return stdout.write(`${JSON.stringify({ schemaVersion: 1, files: paths }, null, 2)}\n`);
  const width = Math.max(...paths.map(({ path }) => path.length));
  const lines = written.map(({ about }, at) => `${paths[at]!.path.padEnd(width)}  ${about}`);
  const next = [
    `npx cnnc report ${name}.cnn`,
    `npx cnnc compile ${name}.cnn -o out --target js --weights random:1`,
    `node ${name}.mjs`,
  ];
  const there = folder === '' ? 'Next' : `Next, in ${output}`;
  stdout.write(
    `${[...lines, '', `${there}:`, ...next.map((line) => `  ${line}`), ...moduleHint(folder, files)].join('\n')}\n`,
  );
}

/** Node takes `out/net.js` for CommonJS where the package says so, or says nothing. */
function moduleHint(folder: string, files: Io['files']): readonly string[] {
  const text = readText(`${folder}package.json`, files);
  if (text === undefined || /"type"\s*:\s*"module"/.test(text)) return [];
  return [
    '',
    `${folder}package.json should have "type": "module", so that Node knows what out/net.js is:`,
    '  npm pkg set type=module',
  ];
}

const MAX_PACKAGE_BYTES = 1 << 20;

function readText(path: string, files: Io['files']): string | undefined {
  try {
    return new TextDecoder().decode(files.read(path, MAX_PACKAGE_BYTES));
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function exists(path: string, files: Io['files']): boolean {
  try {
    const slash = path.lastIndexOf('/');
    return files.list(slash < 0 ? '.' : path.slice(0, slash)).includes(path.slice(slash + 1));
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}
