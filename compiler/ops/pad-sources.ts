// The ways to pad an image.

import type { AttributeSpec } from '../ir/operator.ts';

export const padModeSpec = {
  type: 'choice',
  choices: ['constant', 'reflect', 'replicate', 'circular'],
  default: 'constant',
} as const satisfies AttributeSpec;

/** The pixel that a place takes, by mode; −1 for the constant. */
export const padSources = {
  constant: (at: number, extent: number) => (at < extent ? Math.max(at, -1) : -1),
  reflect: (at: number, extent: number) => (at < 0 ? -at : at < extent ? at : 2 * (extent - 1) - at),
  replicate: (at: number, extent: number) => Math.min(Math.max(at, 0), extent - 1),
  circular: (at: number, extent: number) => (at + extent) % extent,
} as const;
