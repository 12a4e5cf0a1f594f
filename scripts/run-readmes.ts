// Runs what README.md, docs/*.md and examples/*/*.md tell the reader to run, in a copy of the examples, and writes the outputs
// they show anew. A test runs the same and compares.
//
// ```sh        lines `npx cnnc …` and `node …` are run; npm's are not. `sh fails`: they must fail, and stderr is shown too.
// ```ts, js    a program, run where `cnnc` can be imported. A file name behind the language keeps it.
// ```cnn name  a file that the following commands use.
// ```text, json directly behind one of these: its output. `…` stands for anything, alone on a line for any lines.

import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const shared = join(root, '../shared');

/** Relative to the root. */
export const readmes: readonly string[] = [
  'README.md',
  ...pagesIn('docs'),
  ...readdirSync(join(root, 'examples'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => pagesIn(`examples/${name}`)),
];

function pagesIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

export const readReadme = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Fence {
  readonly language: string;
  /** Words behind the language. */
  readonly words: readonly string[];
  /** Every line ends with a line break. */
  readonly text: string;
  /** Where the text begins in the page. */
  readonly start: number;
}

/** The page with its outputs as they are now; `program` is `cnnc`. Throws where a command does not do what the page says. */
export async function renewed(page: string, program = join(root, 'bin/cnnc.js')): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-readme-'));
  try {
    return await runAll(page, prepare(folder), program);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The examples, the shared data where there are any, and a package `cnnc` that is this checkout. */
function prepare(folder: string): string {
  const copy = join(folder, 'cnnc');
  cpSync(join(root, 'examples'), join(copy, 'examples'), { recursive: true });
  if (existsSync(shared)) symlinkSync(shared, join(folder, 'shared'));
  const installed = join(copy, 'node_modules/cnnc');
  mkdirSync(installed, { recursive: true });
  const entry = JSON.stringify(new URL('../src/index.ts', import.meta.url).href);
  writeFileSync(join(installed, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
  writeFileSync(join(installed, 'index.js'), `export * from ${entry};\n`);
  writeFileSync(join(copy, 'package.json'), '{ "type": "module" }');
  return copy;
}

async function runAll(page: string, folder: string, program: string): Promise<string> {
  let result = '';
  let copied = 0;
  let output: string | undefined;
  for (const fence of fencesOf(page)) {
    if (fence.language === 'text' || fence.language === 'json') {
      if (output === undefined) continue;
      result += page.slice(copied, fence.start) + (isLike(fence.text, output) ? fence.text : output);
      copied = fence.start + fence.text.length;
      output = undefined;
    } else output = await run(fence, folder, program);
  }
  return result + page.slice(copied);
}

/** What it prints; undefined where nothing was run. */
async function run({ language, words, text, start }: Fence, folder: string, cnnc: string): Promise<string | undefined> {
  if (language === 'cnn' && words[0] !== undefined) writeFileSync(join(folder, words[0]), text);
  if (language === 'ts' || language === 'js') {
    const name = words[0] ?? `snippet-${start}.${language}`;
    writeFileSync(join(folder, name), text);
    return spawn([name], folder, false);
  }
  if (language !== 'sh') return undefined;
  let output: string | undefined;
  for (const line of text.replaceAll('\\\n', ' ').trim().split('\n')) {
    const [program, ...rest] = line.trim().split(/\s+/);
    if (rest.some((word) => word.startsWith('../shared')) && !existsSync(shared)) continue;
    const command = program === 'npx' && rest[0] === 'cnnc' ? [cnnc, ...rest.slice(1)] : program === 'node' ? rest : [];
    if (command.length > 0) output = (output ?? '') + (await spawn(command, folder, words.includes('fails')));
  }
  return output;
}

/** Where Node keeps what it has compiled, so that programs that import the compiler do not compile it each time. */
const compileCache = join(tmpdir(), 'node-compile-cache');

function spawn(command: readonly string[], cwd: string, fails: boolean): Promise<string> {
  const env = { NODE_COMPILE_CACHE: compileCache, ...process.env, NO_COLOR: '1', NODE_OPTIONS: '' };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, command, { cwd, env, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      const output = `${fails ? stdout + stderr : stdout}`.trimEnd();
      if ((error !== null) === fails) resolve(output === '' ? '' : `${output}\n`);
      else reject(new Error(`${fails ? 'should fail' : 'fails'}: ${command.join(' ')}\n${stdout}${stderr}`));
    });
  });
}

function fencesOf(page: string): readonly Fence[] {
  return [...page.matchAll(/^```(\w+) *([^\n]*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [whole, language, words, text] = match as unknown as readonly [string, string, string, string];
    const start = match.index + whole.indexOf('\n') + 1;
    return { language, words: words.split(/\s+/).filter((word) => word !== ''), text, start };
  });
}

/** Whether the output is what is shown, when `…` stands for anything. */
function isLike(shown: string, output: string): boolean {
  const escaped = shown.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const pattern = escaped.replace(/^…\n/gm, String.raw`(?:.*\n)*?`).replaceAll('…', '.*');
  return new RegExp(`^${pattern}$`).test(output);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const path of readmes) writeFileSync(join(root, path), await renewed(readReadme(path)));
}
