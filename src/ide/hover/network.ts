// Of a network: its parameters, its inputs and outputs, and what it costs in all.

import { costOf } from '../../../compiler/analysis/cost.ts';
import type { Named } from '../../../compiler/frontend/names/bindings.ts';
import { typeOf } from '../../../compiler/ir/signature.ts';
import { formatShape } from '../../../compiler/ir/tensor-type.ts';
import { operators } from '../../../compiler/ops/index.ts';
import { hasErrors } from '../../../grammar/diagnostic.ts';
import { inlineCode, paragraphOf } from '../../text/markdown.ts';
import type { Analysis } from '../analysis.ts';
import { networkNamed } from '../completion/known.ts';
import { definedSignature, signatureText } from '../completion/signatures.ts';
import { figuresText } from './shapes.ts';

/** Paragraphs of Markdown about a network of the file. */
export function networkText(analysis: Analysis, { name }: Named): readonly string[] {
  const definition = networkNamed(analysis, name);
  const network = analysis.networks.find((one) => one.name === name);
  const declared = analysis.declared.find((one) => one.name === name);
  const doc = declared?.doc ?? definition?.doc;
  return [
    `**network** ${inlineCode(definition ? signatureText(definedSignature(definition, name)) : name)}`,
    ...(doc === undefined ? [] : [paragraphOf(doc)]),
    ...totals(),
  ];

  function totals(): readonly string[] {
    if (!network) {
      if (declared && !declared.bound) return ['It has parameters without a value: an alias gives them.'];
      return hasErrors(analysis.diagnostics) ? ['What it costs is not known: there are mistakes in it.'] : [];
    }
    const { graph } = network;
    const { parameters, macs } = costOf(graph, operators).total;
    const list = (values: typeof graph.outputs | typeof graph.inputs): string =>
      values.map((one) => `${inlineCode(one.name)} \`${formatShape(typeOf(graph, one.value).shape)}\``).join(', ');
    return [`${list(graph.inputs)} → ${list(graph.outputs)}`, figuresText(parameters, macs)].filter(Boolean);
  }
}
