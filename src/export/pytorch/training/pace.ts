// Which layers learn in train.py, and how fast: those of the options, which are no part of the `train` section.

import type { Recipe } from '../../../../compiler/autodiff/recipe.ts';
import { pythonText, stringText } from '../python.ts';

/** As `cnnc train` takes it; all layers learn alike where nothing is said. */
export type LayerPace = Pick<Recipe, 'learns' | 'rates'>;

/** Whether train.py has functions that tell layers apart. */
export const hasPace = ({ learns, rates }: LayerPace): boolean => learns !== undefined || rates !== undefined;

/** `learns(name)`, `rate_of(name)` and `keep(model)`, where there is a pace. */
export function paceText({ learns, rates = {} }: LayerPace): readonly string[] {
  if (!hasPace({ ...(learns && { learns }), rates })) return [];
  const list = Object.entries(rates).map(([layer, rate]) => `${stringText(layer)}: ${pythonText(rate)}`);
  const names = learns?.map((layer) => `${stringText(layer)},`).join(' ');
  return [
    `LEARNS = ${names === undefined ? 'None  # all layers' : `(${names})`}
RATES = {${list.join(', ')}}  # how many times as fast as the others layers learn


def is_in(name, layer):
    return name == layer or name.startswith(layer + ".")


def learns(name):
    """Whether a tensor or a layer changes."""
    return LEARNS is None or any(is_in(name, layer) for layer in LEARNS)


def rate_of(name):
    """By what the learning rate of a parameter is multiplied; where several rates are meant, the last counts."""
    return [1.0, *(rate for layer, rate in RATES.items() if is_in(name, layer))][-1]


def keep(model):
    """Batch norms that do not learn normalise by their running statistics, which stay."""
    for name, layer in model.named_modules():
        if hasattr(layer, "running_mean") and not any(learns(f"{name}.{own}") for own in layer.state_dict()):
            layer.eval()`,
  ];
}

/** The groups of parameters of an optimizer, each with its decay and its `rate`. */
export const pacedGroups = (decay: string, decaysAll: boolean): string => `${
  decaysAll ? '' : '    weights = {layer.weight for layer in model.modules() if isinstance(layer, LAYERS)}\n'
}    groups = {}
    for name, one in model.named_parameters():
        one.requires_grad_(learns(name))
        if learns(name):
            groups.setdefault((${decaysAll ? decay : `${decay} if one in weights else 0.0`}, rate_of(name)), []).append(one)
    groups = [{"params": own, "weight_decay": decay, "rate": rate} for (decay, rate), own in groups.items()]`;
