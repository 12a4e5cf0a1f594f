// The language service: what an editor asks about the texts that are open in it. Each answer is a pure function of the analysis
// of a text as it is now, so that it depends on nothing that was asked or typed before.

import type { Edit } from '../../grammar/diagnostic.ts';
import { actions } from './actions.ts';
import type { Analysis } from './analysis.ts';
import { codeLens } from './code-lens.ts';
import { completion } from './completion.ts';
import { definition } from './definition.ts';
import { diagnostics } from './diagnostics.ts';
import { folding } from './folding.ts';
import { format, formatRange } from './formatting.ts';
import { hover } from './hover.ts';
import { inlayHints } from './inlay-hints.ts';
import { references } from './references.ts';
import { prepareRename, rename } from './rename.ts';
import { semanticTokens } from './semantic-tokens.ts';
import { signatureHelp } from './signature-help.ts';
import { symbols } from './symbols.ts';
import type {
  CodeAction,
  CodeLens,
  CompletionItem,
  DocumentSymbol,
  FoldingRange,
  Hover,
  InlayHint,
  Location,
  Range,
  Refusal,
  Rename,
  PlacedDiagnostic,
  RenameTarget,
  SemanticToken,
  SignatureHelp,
} from './types.ts';
import { createWorkspace } from './workspace.ts';
import type { Workspace, WorkspaceOptions } from './workspace.ts';

/**
 * Offsets and ranges are UTF-16 offsets of the text as it is now. Nothing throws; of a file that is not open there is nothing
 * to say.
 */
export interface LanguageService extends Workspace {
  diagnostics(path: string): readonly PlacedDiagnostic[];
  actions(path: string, range: Range): readonly CodeAction[];
  hover(path: string, offset: number): Hover | undefined;
  inlayHints(path: string, range?: Range): readonly InlayHint[];
  codeLens(path: string): readonly CodeLens[];
  completion(path: string, offset: number): readonly CompletionItem[];
  signatureHelp(path: string, offset: number): SignatureHelp | undefined;
  definition(path: string, offset: number): Location | undefined;
  /** Of all open files; with the places that define it unless told otherwise. */
  references(path: string, offset: number, options?: { readonly declaration?: boolean }): readonly Location[];
  prepareRename(path: string, offset: number): RenameTarget | Refusal | undefined;
  /** In all open files, and those that they import. */
  rename(path: string, offset: number, name: string): Rename | Refusal;
  symbols(path: string): readonly DocumentSymbol[];
  folding(path: string): readonly FoldingRange[];
  semanticTokens(path: string): readonly SemanticToken[];
  format(path: string): readonly Edit[];
  formatRange(path: string, range: Range): readonly Edit[];
}

/** A service without open texts. */
export function languageService(options: WorkspaceOptions = {}): LanguageService {
  const workspace = createWorkspace(options);
  const of = <T>(path: string, otherwise: T, answer: (analysis: Analysis) => T): T => {
    const analysis = workspace.analysis(path);
    return analysis ? answer(analysis) : otherwise;
  };
  const others = (path: string): readonly Analysis[] =>
    workspace.paths().flatMap((other) => (other === path ? [] : (workspace.analysis(other) ?? [])));
  return {
    ...workspace,
    diagnostics: (path) => of(path, [], diagnostics),
    actions: (path, range) => of(path, [], (analysis) => actions(analysis, range)),
    hover: (path, offset) => of(path, undefined, (analysis) => hover(analysis, offset)),
    inlayHints: (path, range) => of(path, [], (analysis) => inlayHints(analysis, range)),
    codeLens: (path) => of(path, [], codeLens),
    completion: (path, offset) => of(path, [], (analysis) => completion(analysis, offset)),
    signatureHelp: (path, offset) => of(path, undefined, (analysis) => signatureHelp(analysis, offset)),
    definition: (path, offset) => of(path, undefined, (analysis) => definition(analysis, offset)),
    references: (path, offset, asked) =>
      of(path, [], (analysis) => references(analysis, offset, { ...asked, others: others(path) })),
    prepareRename: (path, offset) => of(path, undefined, (analysis) => prepareRename(analysis, offset)),
    rename: (path, offset, name) =>
      of<Rename | Refusal>(path, { refused: 'the file is not open' }, (analysis) =>
        rename(analysis, offset, name, others(path)),
      ),
    symbols: (path) => of(path, [], symbols),
    folding: (path) => of(path, [], folding),
    semanticTokens: (path) => of(path, [], semanticTokens),
    format: (path) => of(path, [], format),
    formatRange: (path, range) => of(path, [], (analysis) => formatRange(analysis, range)),
  };
}
