// All seeded faults.

import type { Fault } from '../fault.ts';
import { evaluationFaults } from './evaluation.ts';
import { fileFaults } from './files.ts';
import { gradientFaults } from './gradients.ts';
import { kernelFaults } from './kernels.ts';
import { languageFaults } from './language.ts';
import { normalizationFaults } from './normalizations.ts';
import { operatorFaults } from './operators.ts';
import { passFaults } from './passes.ts';
import { randomFaults } from './random.ts';
import { scheduleFaults } from './schedule.ts';
import { tokenFaults } from './tokens.ts';
import { sharingFaults } from './sharing.ts';
import { trainingModuleFaults } from './training-modules.ts';
import { trainingFaults } from './training.ts';
import { wasmFaults } from './wasm.ts';
import { windowFaults } from './windows.ts';

export const faults: readonly Fault[] = [
  ...operatorFaults,
  ...windowFaults,
  ...normalizationFaults,
  ...tokenFaults,
  ...passFaults,
  ...scheduleFaults,
  ...kernelFaults,
  ...randomFaults,
  ...languageFaults,
  ...sharingFaults,
  ...fileFaults,
  ...wasmFaults,
  ...gradientFaults,
  ...trainingModuleFaults,
  ...evaluationFaults,
  ...trainingFaults,
];
