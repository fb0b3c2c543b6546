const NAME = '__Host-refresh-token';

/** Keeps the refresh token's cookie as a browser does, and sends it along. */
export interface CookieJar {
  /** For the typed client. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** The value of the cookie; null without one. Can be set, as nobody but a browser can. */
  value: string | null;
  /** What the last answer has set: attributes by their lower-case name; null when it has set no cookie. */
  readonly lastSet: Readonly<Record<string, string>> | null;
}

export function createCookieJar(): CookieJar {
  const jar: { value: string | null; lastSet: Readonly<Record<string, string>> | null } = {
    value: null,
    lastSet: null,
  };

  async function fetchWithCookie(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (jar.value !== null) headers.set('cookie', `${NAME}=${jar.value}`);
    const response = await fetch(url, { ...init, headers });
    const [cookie, ...others] = response.headers.getSetCookie();
    if (others.length > 0) throw new Error('the answer sets several cookies');
    jar.lastSet = cookie === undefined ? null : attributesOf(cookie);
    if (jar.lastSet !== null) jar.value = jar.lastSet['max-age'] === '0' ? null : (jar.lastSet[NAME] ?? null);
    return response;
  }

  return Object.assign(jar, { fetch: fetchWithCookie });
}

function attributesOf(cookie: string): Readonly<Record<string, string>> {
  const [pair = '', ...attributes] = cookie.split('; ');
  const [name, value = ''] = pair.split('=');
  if (name !== NAME) throw new Error(`the answer sets the cookie "${String(name)}"`);
  const entries = attributes.map((attribute): readonly [string, string] => {
    const [key = '', setting = ''] = attribute.split('=');
    return [key.toLowerCase(), setting];
  });
  return { ...Object.fromEntries(entries), [NAME]: value };
}
