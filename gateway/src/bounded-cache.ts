import { createSegmentedCache } from '@identity/service-kit/segmented-cache';

/** A cache of texts in the form that Apollo Server takes. */
export interface TextCache {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
  delete(key: string): Promise<boolean>;
}

/** Creates a cache that holds at most `maxCharacters` of keys and values. */
export function createBoundedCache(maxCharacters: number): TextCache {
  const texts = createSegmentedCache<string>(maxCharacters);
  return {
    get: (key) => Promise.resolve(texts.get(key)),
    set(key, value) {
      texts.set(key, value, key.length + value.length);
      return Promise.resolve();
    },
    delete: (key) => Promise.resolve(texts.delete(key)),
  };
}
