// Diagnostics as editors show them: the sentence, and below it what was found, the chain of shapes and the ways to mend it, as
// `cnnc check` prints them.

import { DiagnosticSeverity, DiagnosticTag } from 'vscode-languageserver-protocol/node';
import type { Diagnostic as Shown } from 'vscode-languageserver-protocol/node';
import type { Severity } from '../../../../grammar/diagnostic.ts';
import { renderDiagnostic } from '../../../../grammar/render.ts';
import type { PlacedDiagnostic } from '../../../ide/types.ts';
import type { Client } from '../client.ts';
import type { OpenText } from '../workspace.ts';
import { spanRange, toLocation } from './places.ts';

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  note: DiagnosticSeverity.Information,
};

/** Places that this client cannot open are left out; one that shows no places at all reads of them. */
export function toDiagnostic(diagnostic: PlacedDiagnostic, text: OpenText, client: Client): Shown {
  const { span, severity, code, related = [], unnecessary } = diagnostic;
  const relatedInformation = related.flatMap((one) => {
    const location = toLocation(text.project, one.span, client);
    return location ? [{ location, message: one.message }] : [];
  });
  return {
    range: spanRange(span),
    severity: severities[severity],
    code,
    source: 'cnnc',
    message: messageOf(diagnostic, client),
    ...(unnecessary && { tags: [DiagnosticTag.Unnecessary] }),
    ...(client.relatedPlaces && relatedInformation.length > 0 && { relatedInformation }),
  };
}

/** What `cnnc check` prints, without the place, which the editor shows itself. */
function messageOf(diagnostic: PlacedDiagnostic, client: Client): string {
  const { span: _place, related = [], ...rest } = diagnostic;
  const [head = '', ...body] = renderDiagnostic({ ...rest, related: client.relatedPlaces ? [] : related }).split('\n');
  const sentence = head.slice(`${diagnostic.severity}[${diagnostic.code}] `.length);
  return [sentence, ...body.map((line) => line.replace(/^ {2}/, ''))].join('\n');
}
