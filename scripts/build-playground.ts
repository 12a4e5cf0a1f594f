// Builds the playground as one folder of files that any web server can host, under any path: the page, its style, its scripts, and
// the examples.

import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { withImports } from '../src/playground/collect.ts';
import type { Example } from '../src/playground/examples.ts';
import { embedProgram } from '../src/playground/page-html.ts';
import { jpegTurboFile } from '../src/playground/jpeg-turbo.ts';
import type { Program } from '../src/playground/program.ts';
import { pageStyle } from '../src/report/html/style.ts';
import { curvesStyle } from '../src/report/html/training-curves.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Each file here but `serve.ts` is a worker. */
const workers = 'src/playground/worker';

/** Writes it into the folder. */
export async function buildPlayground(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await bundle(folder);
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write(
    'style.css',
    `${pageStyle}\n${curvesStyle}\n${source('src/playground/style.css')}\n${source('src/playground/run.css')}`,
  );
  copyFiles(folder);
  write('examples.json', JSON.stringify(examples()));
  write('index.html', embedProgram(source('src/playground/index.html'), programAt('examples/lenet/lenet.cnn')));
}

/** Pictures to try, the decoder of JPEG, and weights that ship with examples, which the page loads when they are wanted. */
function copyFiles(folder: string): void {
  for (const name of ['pictures', 'weights']) mkdirSync(join(folder, name), { recursive: true });
  const pictures = readdirSync(join(root, 'examples/pictures')).filter((name) => name.endsWith('.png'));
  for (const name of pictures) copyFileSync(join(root, 'examples/pictures', name), join(folder, 'pictures', name));
  copyFileSync(
    createRequire(import.meta.url).resolve('@cwasm/jpeg-turbo/jpeg-turbo.wasm'),
    join(folder, jpegTurboFile),
  );
  for (const example of ['lenet', 'lenet-bn']) {
    for (const subject of ['fashion-mnist', 'digits']) {
      const name = `${example}-${subject}.safetensors`;
      copyFileSync(join(root, 'examples', example, name), join(folder, 'weights', name));
    }
  }
}

/** The page and its workers, which share the parts that they have in common. */
async function bundle(folder: string): Promise<void> {
  const entries = readdirSync(join(root, workers)).filter((file) => file !== 'serve.ts');
  const made = await rolldown({
    input: {
      main: join(root, 'src/playground/page/main.ts'),
      ...Object.fromEntries(entries.map((file) => [basename(file, '.ts'), join(root, workers, file)])),
    },
    platform: 'browser',
    logLevel: 'warn',
    resolve: {
      extensions: ['.ts', '.js'],
      alias: {
        'node:zlib': join(root, 'src/playground/zlib.ts'),
        './jpeg-turbo.ts': join(root, 'src/playground/jpeg-turbo.ts'),
      },
    },
  });
  await made.write({
    dir: folder,
    format: 'esm',
    minify: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'parts/[name]-[hash].js',
  });
  await made.close();
}

/** Every example, in the order of the table of examples/README.md, with what that says of it. */
function examples(): readonly Example[] {
  const rows = source('examples/README.md').matchAll(/^\| \[([\w-]+)\]\([\w-]+\) +\| ([^|]*)\| ([^|]*)\|$/gm);
  return [...rows].flatMap(([, name, networks, about]): readonly Example[] => {
    const folder = `examples/${name}`;
    const files = readdirSync(join(root, folder)).filter((file) => file.endsWith('.cnn'));
    if (!files.includes(`${name}.cnn`)) return [];
    const program = programAt(`${folder}/${name}.cnn`);
    return [
      {
        name: name!,
        networks: networks!.replaceAll('`', '').trim(),
        about: about!.replaceAll('`', '').trim(),
        program,
      },
    ];
  });
}

/** The text at this path with the files that it imports. */
function programAt(path: string): Program {
  return withImports(source(path), (inner) => source(join(dirname(path), inner)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? join(root, 'dist/playground');
  await buildPlayground(folder);
  process.stderr.write(`${folder} is built\n`);
}
