const NAMES = { value: '__Host-refresh-token', device: '__Host-device' } as const;

type Key = keyof typeof NAMES;

/** What a cookie was set to: its value by its name, and its attributes by their lower-case names. */
type SetCookie = Readonly<Record<string, string>>;

/** Keeps the cookies of cookie mode as a browser does, and sends them along. */
export interface CookieJar {
  /** For the typed client. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** The value of the refresh token's cookie; null without one. Can be set, as nobody but a browser can. */
  value: string | null;
  /** The same of the cookie that the device is known by. */
  device: string | null;
  /** What the last answer has set the refresh token's cookie to; null when it has not. */
  readonly lastSet: SetCookie | null;
  /** The same of the cookie that the device is known by. */
  readonly lastSetDevice: SetCookie | null;
}

export function createCookieJar(): CookieJar {
  const jar: { -readonly [Member in Exclude<keyof CookieJar, 'fetch'>]: CookieJar[Member] } = {
    value: null,
    device: null,
    lastSet: null,
    lastSetDevice: null,
  };

  async function fetchWithCookies(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const pairs = [pairOf('value'), pairOf('device')].filter((pair) => pair !== null);
    if (pairs.length > 0) headers.set('cookie', pairs.join('; '));
    const response = await fetch(url, { ...init, headers });
    const set = new Map<string, SetCookie>();
    for (const line of response.headers.getSetCookie()) {
      const { name, cookie } = readSetCookie(line);
      if (set.has(name)) throw new Error(`the answer sets the cookie "${name}" twice`);
      set.set(name, cookie);
    }
    jar.lastSet = keep('value', set);
    jar.lastSetDevice = keep('device', set);
    const [unknown] = set.keys();
    if (unknown !== undefined) throw new Error(`the answer sets the cookie "${unknown}"`);
    return response;
  }

  function pairOf(key: Key): string | null {
    return jar[key] === null ? null : `${NAMES[key]}=${jar[key]}`;
  }

  function keep(key: Key, set: Map<string, SetCookie>): SetCookie | null {
    const cookie = set.get(NAMES[key]) ?? null;
    set.delete(NAMES[key]);
    if (cookie !== null) jar[key] = cookie['max-age'] === '0' ? null : (cookie[NAMES[key]] ?? null);
    return cookie;
  }

  return Object.assign(jar, { fetch: fetchWithCookies });
}

function readSetCookie(line: string): { readonly name: string; readonly cookie: SetCookie } {
  const [pair = '', ...attributes] = line.split('; ');
  const [name = '', value = ''] = pair.split('=');
  const entries = attributes.map((attribute): readonly [string, string] => {
    const [key = '', setting = ''] = attribute.split('=');
    return [key.toLowerCase(), setting];
  });
  return { name, cookie: { ...Object.fromEntries(entries), [name]: value } };
}
