import type { RequestListener } from 'node:http';
import { answerUnreadable } from './malformed-requests.js';

/**
 * Keeps requests from a listener whose target has no path: Express would answer them with a page of its own. An address with
 * its host, as proxies are sent it (RFC 9112, section 3.2.2), is reduced to its path.
 */
export function requirePath(listener: RequestListener): RequestListener {
  return (request, response) => {
    const path = pathOf(request.url ?? '');
    if (path === null) {
      answerUnreadable(response, 400);
      return;
    }
    request.url = path;
    listener(request, response);
  };
}

/** With the query; null when there is none. */
function pathOf(target: string): string | null {
  if (target.startsWith('/') || target === '*') return target;
  if (!URL.canParse(target)) return null;
  const { pathname, search } = new URL(target);
  return pathname.startsWith('/') ? pathname + search : null;
}
