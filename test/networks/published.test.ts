// Networks of the examples that papers and torchvision publish: as many parameters, and PyTorch's results, which
// test/fixtures/pytorch/networks.py computes in f64 on a smaller picture with fewer classes.

import { afterAll, expect, test } from 'vitest';
import { typeOf } from '../../compiler/ir/signature.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import fixtures from '../fixtures/pytorch/networks.json' with { type: 'json' };
import { distance } from '../support/digest.ts';
import type { Digest } from '../support/digest.ts';
import { buildExample, countsOf } from '../support/examples.ts';
import { moduleOf, runModule, runOracle, weightsFile } from '../support/executors.ts';
import { formulaInputs, formulaWeights } from '../support/formula.ts';

interface Fixture extends Digest {
  readonly parameters: number;
  readonly inputs: readonly Shape[];
  readonly classes?: number;
}

type Way = 'reference' | 'js' | 'wasm' | 'strict' | 'fast';

/** Of the largest output; fast mathematics may round MobileNet v2's 53 layers to 1.1e-5. */
const bounds: Readonly<Record<Way, number>> = { reference: 1e-8, js: 1e-5, wasm: 1e-5, strict: 1e-5, fast: 1.2e-5 };
/** Nightly runs take every network in every way. */
const nightly = Number(process.env['CNNC_RUNS'] ?? 1) > 1;
const all: readonly Way[] = ['reference', 'js', 'wasm', 'strict', 'fast'];

/** Name of the fixture, example, network, and how it is run: the large ones in one way. */
const networks: readonly (readonly [keyof typeof fixtures, string, string, readonly Way[]])[] = [
  ['squeezenet', 'squeezenet', 'SqueezeNet', ['js', 'strict']],
  ['shufflenet', 'shufflenet', 'ShuffleNet100', all],
  ['densenet121', 'densenet121', 'DenseNet121', ['strict']],
  ['darknet', 'darknet', 'Darknet19', ['wasm']],
  ['inception-v3', 'inception', 'InceptionV3Auxiliary', ['wasm']],
  ['xception', 'xception', 'Xception', ['strict']],
  ['resnet50', 'resnet50', 'ResNet50', ['wasm']],
  ['resnext50', 'resnet50', 'ResNeXt50', ['strict']],
  ['mobilenet-v2', 'mobilenet-v2', 'MobileNetV2', ['js', 'wasm']],
  ['mobilenet-v3-large', 'mobilenet-v3', 'MobileNetV3Large', ['strict']],
  ['mobilenet-v3-small', 'mobilenet-v3', 'MobileNetV3Small', all],
  ['mnasnet', 'mnasnet', 'MNASNet', ['wasm']],
  ['efficientnet', 'efficientnet', 'EfficientNetB0', ['js', 'wasm']],
  ['regnet', 'regnet', 'RegNetY400MF', ['wasm']],
  ['unet', 'unet', 'UNet', ['wasm']],
  ['unet-small', 'unet', 'SmallUNet', all],
  ['fcn', 'fcn', 'FCN', ['wasm']],
  ['deeplab', 'deeplab', 'DeepLabV3', ['strict']],
  ['convnext', 'convnext', 'ConvNeXtTiny', ['strict']],
  ['vit', 'vit', 'ViT', ['wasm']],
  ['espcn', 'espcn', 'ESPCN', all],
  ['ssd', 'ssd', 'SSD300', ['wasm']],
  ['siamese', 'siamese', 'Siamese', ['wasm']],
];
const seen: string[] = [];

test.each(networks)('%s', { timeout: nightly ? 600_000 : 60_000 }, async (name, example, network, ways) => {
  const fixture: Fixture = fixtures[name];
  const [[, size] = []] = fixture.inputs;
  expect(countsOf(buildExample(example, network)).parameters).toBe(fixture.parameters);
  const graph = buildExample(example, network, { size: size!, ...(fixture.classes && { classes: fixture.classes }) });
  expect(graph.inputs.map(({ value }) => typeOf(graph, value).shape)).toEqual(fixture.inputs);
  const feeds = { inputs: formulaInputs(graph, 1), parameters: formulaWeights(graph), batch: 1 };
  const weights = weightsFile(graph, feeds.parameters);
  for (const way of nightly ? all : ways) {
    const outputs =
      way === 'reference' ? runOracle(graph, feeds).outputs : await runModule(moduleIn(way), weights, feeds, 1);
    const error = distance(
      fixture,
      1,
      graph.outputs.flatMap(({ name: output }) => Array.from(outputs.get(output)!)),
    );
    seen.push(`${network} ${way}: ${error.toExponential(1)}`);
    expect(error, way).toBeLessThan(bounds[way]);
  }

  function moduleIn(way: Exclude<Way, 'reference'>) {
    const math = way === 'strict' || way === 'fast' ? way : 'default';
    const { program } = lower(graph, operators, way === 'js' ? { target: 'js' } : { target: 'wasm', math });
    return moduleOf(program);
  }
});

afterAll(() => console.info(seen.join('\n')));
