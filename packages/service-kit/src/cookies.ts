/**
 * The value of a cookie in a `Cookie` header (RFC 6265, section 4.2). Two cookies of its name count as none: a browser keeps
 * one at most, so that it cannot be told which of them the server has set. Nothing is ever decoded.
 *
 * @param form - What a whole value looks like.
 * @returns null when there is none of that form.
 */
export function cookieOf(cookies: string | undefined, name: string, form: RegExp): string | null {
  const start = `${name}=`;
  const [value = '', ...others] = (cookies ?? '')
    .split(';')
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie.startsWith(start))
    .map((cookie) => cookie.slice(start.length));
  return others.length === 0 && form.test(value) ? value : null;
}
