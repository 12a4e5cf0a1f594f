// The open texts and the projects they belong to. A project's root is the innermost folder of the workspace around a file, or the
// file's own folder; imports come from open texts first, then from files below the root, links followed.

import { TextDocument } from 'vscode-languageserver-textdocument';
import type { TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument';
import { languageService } from '../../ide/service.ts';
import type { LanguageService } from '../../ide/service.ts';
import { InputError } from '../../data/input-error.ts';
import type { Files } from '../io.ts';
import { folderOf, isInside, nameOf, within, withoutSlashes } from '../paths.ts';
import { readSourceText } from '../source.ts';
import { nameOfUri, pathOfUri, uriOfPath } from './uri.ts';

export interface Project {
  /** Absolute; absent for a text that is no file. */
  readonly root?: string;
  readonly service: LanguageService;
  /** By path from the root. */
  readonly texts: Map<string, OpenText>;
  /** Text of a file of the project, by its path from the root. */
  read(path: string): string | undefined;
  /** Paths from the root of its `.cnn` files; of a project that is no folder of the workspace, those of the root itself only. */
  list(): readonly string[] | undefined;
}

export interface OpenText {
  /** As the client spells it. */
  readonly uri: string;
  /** From the project's root. */
  readonly path: string;
  readonly project: Project;
  /** The newest version. */
  readonly document: TextDocument;
}

export interface Workspace {
  /** Takes the place of all folders before; open texts move to their new projects. */
  setFolders(uris: readonly string[]): void;
  open(document: TextDocument): OpenText;
  /** Undefined where the text is not open. */
  change(uri: string, changes: TextDocumentContentChangeEvent[], version: number): OpenText | undefined;
  /** Undefined where the text is not open. */
  close(uri: string): OpenText | undefined;
  get(uri: string): OpenText | undefined;
  readonly texts: Iterable<OpenText>;
  /** What the folders are now. */
  readonly folders: readonly string[];
}

/** Without folders and texts. */
export function createWorkspace(files: Files): Workspace {
  let folders: readonly string[] = [];
  const texts = new Map<string, OpenText>();
  const projects = new Map<string, Project>();

  function projectOf(uri: string): { readonly project: Project; readonly path: string } {
    const full = pathOfUri(uri);
    const root = full === undefined ? undefined : rootOf(full, folders);
    const key = root ?? uri;
    const project = projects.get(key) ?? createProject(root, root !== undefined && folders.includes(root), files);
    projects.set(key, project);
    return { project, path: full === undefined ? nameOfUri(uri) : full.slice(root === '/' ? 1 : root!.length + 1) };
  }

  function open(document: TextDocument): OpenText {
    close(document.uri);
    const { project, path } = projectOf(document.uri);
    const text: OpenText = { uri: document.uri, path, project, document };
    texts.set(document.uri, text);
    project.texts.set(path, text);
    project.service.open(path, document.getText());
    return text;
  }

  function close(uri: string): OpenText | undefined {
    const text = texts.get(uri);
    if (!text) return undefined;
    const { project, path } = text;
    texts.delete(uri);
    project.texts.delete(path);
    project.service.close(path);
    if (project.texts.size === 0) for (const [key, one] of projects) if (one === project) projects.delete(key);
    return text;
  }

  return {
    setFolders(uris) {
      folders = uris.flatMap((uri) => pathOfUri(uri) ?? []).map(withoutSlashes);
      for (const { document } of [...texts.values()]) open(document);
    },
    open,
    close,
    change(uri, changes, version) {
      const text = texts.get(uri);
      if (!text) return undefined;
      TextDocument.update(text.document, changes, version);
      text.project.service.change(text.path, text.document.getText());
      return text;
    },
    get: (uri) => texts.get(uri),
    get texts() {
      return texts.values();
    },
    get folders() {
      return folders.map(uriOfPath);
    },
  };
}

/** The innermost folder that holds the file, else its own. */
function rootOf(full: string, folders: readonly string[]): string {
  const around = folders.filter((folder) => isInside(full, folder === '' ? '/' : folder));
  const [inner] = around.toSorted((a, b) => b.length - a.length);
  return inner === undefined ? folderOf(full) : inner === '' ? '/' : inner;
}

function createProject(root: string | undefined, isFolder: boolean, files: Files): Project {
  const texts = new Map<string, OpenText>();
  const read = (path: string): string | undefined =>
    texts.get(path)?.document.getText() ?? (root === undefined ? undefined : readBelow(root, path, files));
  const list = (): readonly string[] | undefined => (root === undefined ? [] : listBelow(root, isFolder, files));
  return { ...(root !== undefined && { root }), service: languageService({ read }), texts, read, list };
}

/** Undefined where there are too many, or the folder cannot be read. */
function listBelow(root: string, deep: boolean, files: Files): readonly string[] | undefined {
  try {
    const found = deep ? (files.expand(root) ?? []) : files.list(root).map((name) => within(root, name));
    return found.filter((path) => path.endsWith('.cnn')).map((path) => path.slice(within(root, '').length));
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Undefined for what is outside the root, links followed, and for what cannot be read. */
function readBelow(root: string, path: string, files: Files): string | undefined {
  try {
    const target = files.resolve(within(root, path));
    return isInside(target, files.resolve(root)) ? readSourceText(target, nameOf(path), files) : undefined;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** The URI of a file of the project: that of the open text, as the client spells it, or else one made of its path. */
export function uriIn({ root, texts }: Project, path: string): string | undefined {
  return texts.get(path)?.uri ?? (root === undefined ? undefined : uriOfPath(within(root, path)));
}
