/** A cache of texts in the form that Apollo Server takes. */
export interface TextCache {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
  delete(key: string): Promise<boolean>;
}

/** Creates a cache that holds at most `maxCharacters` of keys and values and forgets what was used longest ago. */
export function createBoundedCache(maxCharacters: number): TextCache {
  // A Map keeps the order of insertion: what is taken out and put back when used leaves the oldest in front.
  const entries = new Map<string, string>();
  let size = 0;

  function take(key: string): string | undefined {
    const value = entries.get(key);
    if (entries.delete(key) && value !== undefined) size -= key.length + value.length;
    return value;
  }

  function put(key: string, value: string): void {
    entries.set(key, value);
    size += key.length + value.length;
  }

  return {
    get(key) {
      const value = take(key);
      if (value !== undefined) put(key, value);
      return Promise.resolve(value);
    },
    set(key, value) {
      take(key);
      put(key, value);
      for (const oldest of entries.keys()) {
        if (size <= maxCharacters) break;
        take(oldest);
      }
      return Promise.resolve();
    },
    delete(key) {
      return Promise.resolve(take(key) !== undefined);
    },
  };
}
