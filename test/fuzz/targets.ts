// All targets, in the order in which they are tried.

import type { Target } from './target.ts';
import { checkTarget } from './targets/check.ts';
import { emissionTarget } from './targets/emission.ts';
import { faultsTarget } from './targets/faults.ts';
import { formatTarget } from './targets/format.ts';
import { onnxTarget } from './targets/onnx.ts';
import { parserTarget } from './targets/parser.ts';
import { readerTargets } from './targets/readers.ts';

export const targets: readonly Target[] = [
  parserTarget,
  formatTarget,
  checkTarget,
  ...readerTargets,
  onnxTarget,
  emissionTarget,
  faultsTarget,
];
