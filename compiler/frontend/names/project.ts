// Reads a file and what it imports, and enters the definitions under their names. Imports are of the library, or relative;
// they stay inside the project root, form no cycle, and see only what the other file defines itself.

import type { File, Identifier, Import } from '../../../grammar/ast.ts';
import { hasErrors } from '../../../grammar/diagnostic.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { parse, SOURCE_LIMIT, TOKEN_LIMIT } from '../../../grammar/parse.ts';
import type { Source, Span } from '../../../grammar/source.ts';
import { visit } from '../../../grammar/visit.ts';
import { grouped } from '../expand/budget.ts';
import { didYouMean, problem, replacement } from '../report.ts';
import type { Reporter } from '../report.ts';
import type { Definable, Entry, Module } from './scope.ts';
import { suggest } from '../../../grammar/suggest.ts';
import { blockNames, fileOfBlock, isOfLibrary, LIBRARY, libraryFile } from '../../blocks/library.ts';

/** Files that one file may lead to, itself included. */
export const FILE_LIMIT = 256;
/** Characters of all these files together, and their tokens. */
export const PROJECT_LIMIT = 2 * SOURCE_LIMIT;
export const PROJECT_TOKEN_LIMIT = 1.5 * TOKEN_LIMIT;

export interface Project {
  readonly root: Module;
  /** All files, imported ones before their importers. */
  readonly modules: readonly Module[];
}

/** Where files lie. Paths are relative to the project root, and may be shown in another way. */
export interface Files {
  /** Text of an imported file by its path (normalised, never leaving the root), or undefined. */
  readonly read?: (path: string) => string | undefined;
  /** Why `read` gave no text for a path at which there is something, as one sentence that names it. */
  readonly unread?: (path: string) => string | undefined;
  /** The one path of a file that links give several; the path itself where absent. Its imports are relative to that path. */
  readonly real?: (path: string) => string;
  /** Reads the imported file of a source; `parse` where absent. */
  readonly parseImport?: typeof parse;
  /** Path of the first file, where its source has one to be shown. */
  readonly path?: string;
  /** How messages name the file of this path; as it is where absent. */
  readonly show?: (path: string) => string;
}

/** Reads and parses a file and everything it imports, each file once. Mistakes go to the reporter. */
export function loadProject(source: Source, files: Files, reporter: Reporter): Project {
  const { read, unread, show = (path: string) => path, real = (path: string) => path, parseImport = parse } = files;
  const loaded = new Map<string, Module>();
  const modules: Module[] = [];
  let characters = source.text.length;
  let tokens = 0;
  let refused = false;

  function load(file: Source, place: string, chain: readonly string[]): Module;
  function load(file: Source, place: string, chain: readonly string[], importedAt: Span): Module | undefined;
  function load(file: Source, place: string, chain: readonly string[], importedAt?: Span): Module | undefined {
    const room = PROJECT_TOKEN_LIMIT - tokens;
    const parsed = (importedAt ? parseImport : parse)(file, Math.min(room, TOKEN_LIMIT));
    tokens += parsed.size ?? 0;
    if (parsed.size === undefined && room < TOKEN_LIMIT && importedAt) return refuseLength(importedAt);
    for (const diagnostic of parsed.diagnostics) reporter.report(diagnostic);
    const broken = hasErrors(parsed.diagnostics);
    return enterAll(parsed.file, broken, place, chain);
  }

  function enterAll(file: File, broken: boolean, place: string, chain: readonly string[]): Module {
    const module: Module = { file, names: new Map(), incomplete: file.incomplete ?? false, broken };
    loaded.set(place, module);
    for (const item of file.imports) {
      const whole = item.path.value === LIBRARY ? undefined : open(item, place, [...chain, place]);
      for (const { name, alias } of item.names) {
        const other = item.path.value === LIBRARY ? shipped(fileOfBlock(name.name)) : whole;
        const definition = other && definitionsOf(other).get(name.name);
        const names = other ? [...definitionsOf(other).keys()] : item.path.value === LIBRARY ? blockNames : undefined;
        if (names && !definition && !other?.incomplete) {
          const uses = alias ? [] : usesOf(name.name, file);
          reporter.report(missing(item, name, uses, names, other?.names.has(name.name)));
        }
        const { name: local, span } = alias ?? name;
        enter(module, local, { ...(definition ?? { kind: 'missing' }), span }, reporter);
      }
    }
    for (const [name, entry] of definitionsOf(module, reporter)) {
      enter(module, name, { ...entry, span: entry.definition.name.span }, reporter);
    }
    modules.push(module);
    return module;
  }

  /** A file of the library, which takes no part in the limits. */
  const shipped = (path: string | undefined): Module | undefined => {
    if (path === undefined) return undefined;
    return loaded.get(path) ?? enterAll(libraryFile(path), false, path, []);
  };

  const open = (item: Import, from: string, chain: readonly string[]): Module | undefined => {
    const span = item.path.span;
    const written = resolvePath(from, item.path.value);
    if (written === undefined) {
      reporter.report(
        problem('import/outside-root', span, 'an import is a relative path inside the project', {
          found: item.path.value,
          expected: `a path such as "./heads.cnn", or "${LIBRARY}"`,
          fixes: [
            /^cnnc\b/.test(item.path.value) || item.names.some(({ name }) => fileOfBlock(name.name) !== undefined)
              ? replacement(span, `"${LIBRARY}"`)
              : { message: 'copy the file into the project, and begin its path with ./ or ../' },
          ],
        }),
      );
      return undefined;
    }
    if (isOfLibrary(from)) return shipped(written);
    const path = real(written);
    if (chain.includes(path)) {
      const cycle = [...chain.slice(chain.indexOf(path)), path].map(show).join(' → ');
      reporter.report(
        problem('import/cycle', span, 'files import each other in a circle', {
          found: cycle,
          expected: 'imports in one direction',
          fixes: [{ message: 'move what both need into a third file' }],
        }),
      );
      return undefined;
    }
    const known = loaded.get(path);
    if (known) return known;
    // One refusal ends the reading.
    if (refused) return undefined;
    if (loaded.size >= FILE_LIMIT)
      return refuse(span, `more than ${FILE_LIMIT} files are imported`, item.path.value, `at most ${FILE_LIMIT} files`);
    const text = read?.(path);
    if (text === undefined) {
      reporter.report(notFound(span, item.path.value, path, from));
      return undefined;
    }
    characters += text.length;
    return characters > PROJECT_LIMIT ? refuseLength(span) : load({ path: show(path), text }, path, chain, span);
  };

  const notFound = (span: Span, found: string, path: string, from: string): Diagnostic => {
    if (!read)
      return problem(
        'import/not-found',
        span,
        'a file is imported, but the program that asks gives no way to read it',
        {
          found,
          expected: 'an option `read`, a function from the path of a file to its text',
          fixes: [{ message: "read: (path) => readFileSync(path, 'utf8')" }],
        },
      );
    const reason = unread?.(path);
    return problem(
      'import/not-found',
      span,
      reason === undefined
        ? `there is no file ${JSON.stringify(show(path))} to import`
        : `a file cannot be imported: ${reason}`,
      {
        found,
        expected: `a path from the folder of ${show(from)}`,
        fixes: [
          {
            message:
              reason === undefined
                ? `write the file, or change the path: ./ is the folder of ${show(from)}`
                : 'put a file there that can be read, or change the path',
          },
        ],
      },
    );
  };

  const refuseLength = (span: Span): undefined =>
    refuse(
      span,
      'the files that are imported are too long together',
      'more than that with this one',
      `at most ${grouped(PROJECT_LIMIT)} characters and ${grouped(PROJECT_TOKEN_LIMIT)} tokens`,
    );

  const refuse = (span: Span, message: string, found: string, expected: string): undefined => {
    refused = true;
    const fixes = [{ message: 'put blocks that belong together into one file, and leave out what is not needed' }];
    reporter.report(problem('limit/imports', span, message, { limit: true, found, expected, fixes }));
  };

  const root = load(source, files.path ?? source.path, []);
  return { root, modules };
}

/** Path of an import relative to the project root, or undefined when it is not relative or leaves the root. */
export function resolvePath(from: string, target: string): string | undefined {
  if (!/^\.\.?\//.test(target) || /[\\:\0]/.test(target)) return undefined;
  const segments = from.split('/').slice(0, -1);
  for (const segment of target.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (['', '.', '..', undefined].includes(segments.pop())) return undefined;
  }
  return segments.filter((segment) => segment !== '.').join('/');
}

function usesOf(name: string, { definitions }: File): readonly Span[] {
  const uses: Span[] = [];
  visit(definitions, (node) => {
    if (node['name'] === name && (node['kind'] === 'name' || node['kind'] === undefined))
      uses.push(node['span'] as Span);
  });
  return uses;
}

/** What the file itself defines; repeated names are reported when a reporter is given. */
function definitionsOf(module: Module, reporter?: Reporter): ReadonlyMap<string, Definable> {
  const definitions = new Map<string, Definable>();
  for (const definition of module.file.definitions) {
    const entry = definable(definition, module);
    // One whose name could not be read is called by none.
    if (!entry || entry.definition.name.name === '') continue;
    const { name, span } = entry.definition.name;
    const first = definitions.get(name);
    if (!first) definitions.set(name, entry);
    else if (reporter) reporter.report(duplicate(name, span, first.definition.name.span));
  }
  return definitions;
}

function definable(definition: File['definitions'][number], module: Module): Definable | undefined {
  switch (definition.kind) {
    case 'block':
      return { kind: 'block', definition, module };
    case 'network':
    case 'alias':
      return { kind: 'network', definition, module };
    case 'const':
      return { kind: 'const', definition, module };
    case 'train':
    case 'expect':
      return undefined;
    default:
      return definition satisfies never;
  }
}

function enter(module: Module, name: string, entry: Entry, reporter: Reporter): void {
  const first = module.names.get(name);
  if (first) reporter.report(duplicate(name, entry.span, first.span));
  else module.names.set(name, entry);
}

/** The error of a name that is defined a second time at `span`. */
export function duplicate(name: string, span: Span, first: Span) {
  return problem('name/duplicate', span, `\`${name}\` is defined twice`, {
    found: name,
    expected: 'a name that is not taken',
    fixes: [{ message: `choose another name, such as \`${name}_2\`` }],
    related: [{ span: first, message: 'first defined' }],
  });
}

/** `uses`: where the file says that name; `names`: what the other one defines; `hasImported`: whether it imports that name. */
function missing(
  { path }: Import,
  { name, span }: Identifier,
  uses: readonly Span[],
  names: readonly string[],
  hasImported = false,
) {
  const suggestion = suggest(name, names);
  return problem('import/unknown-name', span, `${path.value} defines no \`${name}\``, {
    ...(hasImported && { notes: ['it imports that name itself: import it from the file that defines it'] }),
    found: name,
    expected: names.length > 0 ? names.join(', ') : 'nothing: it defines no name',
    fixes: [
      suggestion !== undefined
        ? {
            ...didYouMean(span, suggestion),
            edits: [span, ...uses].map((place) => ({ span: place, text: suggestion })),
          }
        : { message: path.value === LIBRARY ? 'define the block here' : `define \`${name}\` in ${path.value}` },
    ],
  });
}
