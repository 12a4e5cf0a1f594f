// What lies in deploy/ is what Kubernetes, a builder of images and haproxy read: checked by the schemas of their objects.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** The part that is used: the packages are not there where only the sources are checked. */
interface Yaml {
  parseAllDocuments(text: string): readonly { readonly errors: readonly unknown[]; toJS(): unknown }[];
}
interface DockerfileUtils {
  validate(text: string): readonly unknown[];
}
const load = async <T>(name: string): Promise<T> => (await import(/* @vite-ignore */ name)) as T;
const { parseAllDocuments } = await load<Yaml>('yaml');
const { validate: problemsOf } = await load<DockerfileUtils>('dockerfile-utils');

const pathOf = (name: string): string => fileURLToPath(new URL(`../../../deploy/${name}`, import.meta.url));
const textOf = (name: string): string => readFileSync(pathOf(name), 'utf8');

interface Described {
  readonly apiVersion: string;
  readonly kind: string;
}
/** A class of the package `kubernetes-models`, whose schemas are made from Kubernetes' own. */
type Model = new (json: unknown) => { validate(): void };

function documentsOf(name: string): readonly Described[] {
  return parseAllDocuments(textOf(name)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Described;
  });
}

/** Throws what is wrong. */
async function check(object: Described): Promise<void> {
  const models = (await import(/* @vite-ignore */ `kubernetes-models/${object.apiVersion}`)) as Readonly<
    Record<string, Model>
  >;
  new models[object.kind]!(object).validate();
}

describe('Kubernetes', () => {
  const objects = ['kubernetes.yaml', 'job.yaml'].flatMap((name) => documentsOf(name));

  test.each(objects.map((object) => [object.kind, object] as const))('%s', async (_, object) => {
    await expect(check(object)).resolves.toBeUndefined();
  });

  test('mistakes are seen', async () => {
    const deployment = objects.find(({ kind }) => kind === 'Deployment') as Described & { readonly spec: object };
    const withSpec = (spec: object): Described =>
      ({ ...deployment, spec: { ...deployment.spec, ...spec } }) as Described;
    await expect(check(withSpec({ replicas: 'two' }))).rejects.toThrow('replicas');
    await expect(check(withSpec({ template: undefined }))).rejects.toThrow('template');
  });
});

test('containers of KServe are those of Kubernetes', async () => {
  const [runtime, service] = documentsOf('kserve.yaml') as [
    Described & { readonly spec: { readonly containers: unknown } },
    Described,
  ];
  expect([runtime.kind, service.kind]).toEqual(['ServingRuntime', 'InferenceService']);
  const pod = { apiVersion: 'v1', kind: 'Pod', spec: { containers: runtime.spec.containers } };
  await expect(check(pod)).resolves.toBeUndefined();
});

test('Dockerfile', () => {
  expect(problemsOf(textOf('Dockerfile'))).toEqual([]);
  expect(problemsOf(`${textOf('Dockerfile')}\nEXPOSE port\n`)).not.toEqual([]);
});

const missing = spawnSync('haproxy', ['-v']).status !== 0 && 'haproxy is not installed';
test.skipIf(missing)(`haproxy.cfg${missing ? ` (${missing})` : ''}`, () => {
  const { status, stderr } = spawnSync('haproxy', ['-c', '-f', pathOf('haproxy.cfg')], { encoding: 'utf8' });
  expect(stderr).not.toContain('ALERT');
  expect(status).toBe(0);
});
