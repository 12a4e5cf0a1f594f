// The language service: what an editor asks about the texts that are open in it. Each answer is a pure function of the analysis
// of a text as it is now, so that it depends on nothing that was asked or typed before.

import type { Diagnostic } from '../../grammar/diagnostic.ts';
import type { Analysis } from './analysis.ts';
import { createWorkspace } from './workspace.ts';
import type { Workspace, WorkspaceOptions } from './workspace.ts';

/**
 * Offsets and ranges are UTF-16 offsets of the text as it is now. Nothing throws; of a file that is not open there is nothing
 * to say.
 */
export interface LanguageService extends Workspace {
  /** Those of the files that it imports among them: `span.source.path` says which file. */
  diagnostics(path: string): readonly Diagnostic[];
}

/** A service without open texts. */
export function languageService(options: WorkspaceOptions = {}): LanguageService {
  const workspace = createWorkspace(options);
  const of = <T>(path: string, otherwise: T, answer: (analysis: Analysis) => T): T => {
    const analysis = workspace.analysis(path);
    return analysis ? answer(analysis) : otherwise;
  };
  return {
    ...workspace,
    diagnostics: (path) => of(path, [], ({ diagnostics }) => diagnostics),
  };
}
