import { describe, expect, test } from '@jest/globals';
import { renderByKubectl } from './support/kubectl.js';
import { identityOf, render, type Rendered } from './support/kustomization.js';
import type { Mapping } from './support/mapping.js';

/** The objects by what they are, because Kustomize has an order of its own. */
function byIdentity({ manifests }: Pick<Rendered, 'manifests'>): Readonly<Record<string, Mapping>> {
  return Object.fromEntries(manifests.map((manifest) => [identityOf(manifest), manifest.content]));
}

// kubernetes.unit.test.ts looks at what render() makes of the manifests; what is applied is what Kustomize does.
describe.each(['kubernetes/base', 'kubernetes/overlays/example'])('%s', (folder) => {
  test('is for Kustomize what the tests take it for', async () => {
    const [expected, rendered] = [await render(folder), await renderByKubectl(folder)];
    expect(rendered.manifests).toHaveLength(expected.manifests.length);
    expect(byIdentity(rendered)).toEqual(byIdentity(expected));
    expect(rendered.settings).toEqual(expected.settings);
  });
});
