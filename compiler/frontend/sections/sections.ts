// `train` and `expect` sections of a file, checked and sorted to their networks.

import type { Identifier } from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { readExpectations } from './expect.ts';
import type { Expectation } from './expect.ts';
import { unknownName } from '../names/foreign.ts';
import type { Declaration } from '../networks.ts';
import { didYouMean, problem } from '../report.ts';
import { moduleScope } from '../names/scope.ts';
import type { Module } from '../names/scope.ts';
import { readTrainSettings } from './train.ts';
import type { TrainSettings } from './train.ts';
import { evaluationAt } from '../expand/walk.ts';
import type { Expander } from '../expand/walk.ts';

export interface Sections {
  readonly train?: TrainSettings;
  readonly expect: readonly Expectation[];
}

/** `overridden`: parameters were set from outside, so that budgets do not apply. */
export function readSections(
  root: Module,
  declared: readonly Declaration[],
  overridden: boolean,
  expander: Expander,
): ReadonlyMap<string, Sections> {
  const { reporter } = expander;
  const sections = new Map<string, Sections>();
  for (const section of root.file.definitions) {
    if (section.kind !== 'train' && section.kind !== 'expect') continue;
    const { name, span } = section.target;
    const network = declared.find((declaration) => declaration.name === name);
    if (name === '') {
      // That the name is not there has been reported.
    } else if (!network) {
      // An alias of nothing has been reported already.
      if (root.names.get(name)?.kind !== 'network') {
        reporter.report(
          unknownNetwork(
            section.target,
            declared.map((declaration) => declaration.name),
          ),
        );
      } else if (!root.file.definitions.some((definition) => 'name' in definition && definition.name.name === name)) {
        reporter.report(
          problem('name/unknown', span, `\`${name}\` is imported: its sections belong into its own file`, {
            found: name,
            expected: 'a network of this file',
            fixes: [{ message: `move the section, or name the network here: \`network Own = ${name}()\`` }],
          }),
        );
      }
    } else if (!network.bound) {
      reporter.report(
        problem('argument/unbound', span, `\`${section.kind}\` needs every parameter of \`${name}\` bound`, {
          found: `${name} without all its arguments`,
          expected: 'a network whose parameters all have values',
          fixes: [{ message: `give them defaults, or name it with its arguments: \`network Small = ${name}(…)\`` }],
        }),
      );
    }
    const at = evaluationAt(expander, { scope: moduleScope(root) }, section.span);
    const known = (name === '' ? undefined : sections.get(name)) ?? { expect: [] };
    if (section.kind === 'train') {
      if (known.train)
        reporter.report(
          problem('name/duplicate', span, `\`${name}\` has two \`train\` sections`, {
            found: `train ${name}`,
            expected: 'one of them',
            fixes: [{ message: 'put all settings into one' }],
          }),
        );
      const train = readTrainSettings(section, at);
      sections.set(name, { ...known, ...(train && { train }) });
    } else {
      const expect = readExpectations(section, at);
      if (!overridden) sections.set(name, { ...known, expect: [...known.expect, ...expect] });
      else {
        reporter.report(
          problem('expect/skipped', section.span, `\`expect ${name}\` is skipped: parameters were set`, {
            severity: 'note',
          }),
        );
      }
    }
  }
  return sections;
}

/** Where a file has one network, that is the one that is meant. */
function unknownNetwork(target: Identifier, networks: readonly string[]): Diagnostic {
  const unknown = unknownName(target, networks, 'network');
  const [only, ...others] = networks;
  if (only === undefined || others.length > 0) return unknown;
  return { ...unknown, fixes: [didYouMean(target.span, only)] };
}
