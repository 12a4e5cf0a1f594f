// The hosts of JavaScript that this machine has: what each is started with, and what its modules answer.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Case, Modules } from './cases.ts';
import { isolation, serveFiles } from './site.ts';

/** Of a case. */
export interface Answer {
  readonly threads?: number;
  readonly reason?: string;
  readonly hashes?: readonly string[];
  readonly error?: string;
}

export type Answers = Readonly<Record<string, Answer>>;

export interface Host {
  readonly name: string;
  /** Absent: it is not installed. */
  readonly program: string | undefined;
  readonly isThreaded: boolean;
  /** Whether modules may compile bytes, and find files; else the host gives them what it compiled. */
  readonly compilesBytes: boolean;
  /** `folder` has the files of `modules`; another one, `scratch`, is empty. */
  answers(program: string, modules: Modules, folder: string, scratch: string): Promise<Answers>;
}

const free = { isThreaded: true, compilesBytes: true };

const firstOf = (...paths: readonly string[]): string | undefined => paths.find((path) => existsSync(path));
const installed = (path: string): string | undefined =>
  firstOf(fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url)));

const command = (...argv: readonly string[]): Host['answers'] => {
  return async (program, _, folder) =>
    JSON.parse(await outputOf(program, [...argv, join(folder, 'run.mjs')], folder)) as Answers;
};

const policy = {
  'content-security-policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'",
};

export const hosts: readonly Host[] = [
  { name: `Node ${process.versions.node.split('.')[0]}`, program: process.execPath, ...free, answers: command() },
  { name: 'Node of the system', program: firstOf('/usr/bin/node', '/usr/local/bin/node'), ...free, answers: command() },
  { name: 'Bun', program: installed('@oven/bun-linux-x64/bin/bun'), ...free, answers: command() },
  {
    name: 'Deno',
    program: installed('@deno/linux-x64-glibc/deno'),
    ...free,
    answers: command('run', '--no-prompt', '--no-remote', '--allow-read'),
  },
  {
    name: 'Chromium',
    program: firstOf('/usr/bin/chromium', '/usr/bin/chromium-browser'),
    ...free,
    answers: (program, { files }, _, scratch) =>
      inBrowser(files, { ...isolation, ...policy }, (url) =>
        spawn(program, [...chromiumOptions, `--user-data-dir=${scratch}`, url], quiet(scratch)),
      ),
  },
  {
    name: 'Firefox',
    program: firstOf('/usr/bin/firefox-esr', '/usr/bin/firefox'),
    ...free,
    answers(program, { files }, _, scratch) {
      const profile = join(scratch, 'profile');
      mkdirSync(profile);
      writeFileSync(join(profile, 'user.js'), firefoxSettings);
      return inBrowser(files, { ...isolation, ...policy }, (url) =>
        spawn(program, ['--headless', '--no-remote', '--profile', profile, url], quiet(scratch)),
      );
    },
  },
  {
    name: 'workerd',
    program: installed('@cloudflare/workerd-linux-64/bin/workerd'),
    isThreaded: false,
    compilesBytes: false,
    async answers(program, modules, folder) {
      writeFileSync(join(folder, 'worker.js'), workerText(modules.cases));
      writeFileSync(join(folder, 'config.capnp'), configText(modules));
      const server = spawn(program, ['serve', 'config.capnp', '--control-fd', '3'], {
        cwd: folder,
        stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
        detached: true,
      });
      try {
        const port = await portOf(server);
        const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(60_000) });
        return (await response.json()) as Answers;
      } finally {
        end(server);
      }
    },
  },
];

const chromiumOptions = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const firefoxSettings = [
  ['browser.shell.checkDefaultBrowser', false],
  ['browser.startup.homepage_override.mstone', 'ignore'],
  ['datareporting.policy.dataSubmissionEnabled', false],
  ['datareporting.policy.firstRunURL', ''],
  ['toolkit.telemetry.reportingpolicy.firstRun', false],
  ['app.normandy.enabled', false],
  ['network.captive-portal-service.enabled', false],
  ['network.connectivity-service.enabled', false],
]
  .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
  .join('');

const quiet = (home: string) =>
  ({ stdio: 'ignore', detached: true, env: { ...process.env, HOME: home, XDG_CACHE_HOME: home } }) as const;

/** Ends a process and those that it started. */
export function end({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

async function outputOf(program: string, argv: readonly string[], folder: string): Promise<string> {
  const child = spawn(program, argv, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const limit = setTimeout(() => end(child), 90_000);
  try {
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    if (!output.startsWith('{')) throw new Error(`${program} printed no answers: ${output}${errors}`);
    return output;
  } finally {
    clearTimeout(limit);
    end(child);
  }
}

/** Serves the files until the page has sent its answers. */
async function inBrowser(
  files: Modules['files'],
  headers: Readonly<Record<string, string>>,
  start: (url: string) => ChildProcess,
): Promise<Answers> {
  let resolve: (answers: Answers) => void;
  const answers = new Promise<Answers>((done) => (resolve = done));
  const site = await serveFiles({
    files,
    headers,
    onPost: (body) => resolve(JSON.parse(body) as Answers),
  });
  const browser = start(`${site.url}index.html`);
  let limit: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      limit = setTimeout(() => reject(new Error('the page sent no answers within 90 s')), 90_000);
    });
    return await Promise.race([answers, late]);
  } finally {
    clearTimeout(limit);
    end(browser);
    site.close();
  }
}

/** A worker that has everything as modules, as `import` gives it on Cloudflare Workers. */
function workerText(cases: readonly Case[]): string {
  const imports: string[] = ["import { useAll } from 'use.js';"];
  const entries = cases.map(({ name, module, weights, wasm = [] }, at) => {
    imports.push(`import * as module${at} from ${JSON.stringify(module)};`);
    if (weights !== undefined) imports.push(`import weights${at} from ${JSON.stringify(weights)};`);
    wasm.forEach((file, of) => imports.push(`import wasm${at}_${of} from ${JSON.stringify(file)};`));
    const role = (word: string): string => `wasm${at}_${wasm.findIndex((file) => file.includes(`.${word}.`))}`;
    const files = wasm.length === 2 ? `{ step: ${role('step')}, evaluation: ${role('evaluation')} }` : `wasm${at}_0`;
    return `  [${JSON.stringify(name)}, [module${at}, { ${[
      ...(weights === undefined ? [] : [`weights: weights${at}`]),
      ...(wasm.length === 0 ? [] : [`wasm: ${files}`]),
    ].join(', ')} }]],`;
  });
  const list = JSON.stringify(cases.map(({ name, threads }) => ({ name, threads })));
  return `${imports.join('\n')}
const given = new Map([
${entries.join('\n')}
]);
export default {
  async fetch() {
    const open = async ({ name, threads }) => {
      const [module, options] = given.get(name);
      return [module, { ...options, threads }];
    };
    return Response.json(await useAll(${list}, open));
  },
};
`;
}

function configText({ files, cases }: Modules): string {
  const kinds = new Map([
    ['js', 'esModule'],
    ['mjs', 'esModule'],
    ['wasm', 'wasm'],
    ['safetensors', 'data'],
  ]);
  const names = [...files.keys()].filter((name) =>
    cases.some(({ module, weights, wasm = [] }) => [module, weights, ...wasm].includes(name)),
  );
  const modules = ['worker.js', 'use.js', ...names].flatMap((name) => {
    const kind = kinds.get(name.slice(name.lastIndexOf('.') + 1));
    return kind === undefined ? [] : [`    (name = ${JSON.stringify(name)}, ${kind} = embed ${JSON.stringify(name)}),`];
  });
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
${modules.join('\n')}
  ],
  compatibilityDate = "2026-11-01",
);
`;
}

/** The port that workerd says it listens on. */
export function portOf(server: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error('workerd does not listen')), 30_000);
    let said = '';
    (server.stdio[3] as Socket).on('data', (data: Buffer) => {
      said += data.toString();
      const port = /"port":(\d+)/.exec(said)?.[1];
      if (port === undefined) return;
      clearTimeout(limit);
      resolve(Number(port));
    });
    server.on('exit', (code) => {
      clearTimeout(limit);
      reject(new Error(`workerd ended with ${code}`));
    });
  });
}
