import { natural, type Canary } from './canaries.js';
import type { RawHttpRequest } from './raw-http.js';

type HeaderLine = readonly [name: string, value: string];

const JSON_BODY: HeaderLine = ['content-type', 'application/json'];
const ME = JSON.stringify({ query: '{ me { id } }' });
const LOGIN = JSON.stringify({
  query: 'mutation { login(input: { identifier: "nobody", password: "wrong" }) { userErrors { code message } } }',
});
const REFRESH = JSON.stringify({
  query: 'mutation { refreshSession(input: { refreshToken: "" }) { userErrors { code message } } }',
});

/** Headers that services or what stands before them read, and some that nobody reads. */
const HEADERS = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'router-authorization',
  'x-session-transport',
  'user-agent',
  'x-forwarded-for',
  'forwarded',
  'x-real-ip',
  'origin',
  'referer',
  'traceparent',
  'tracestate',
  'baggage',
  'accept',
  'accept-language',
  'accept-encoding',
  'content-type',
  'content-encoding',
  'content-language',
  'if-none-match',
  'x-apollo-operation-name',
  'x-request-id',
  'apollo-require-preflight',
  'x-http-method-override',
  'x-nobody-reads-this',
];

/**
 * Requests with canaries in everything around an operation: path, query string, header lines, bodies that cannot be
 * read, persisted queries.
 *
 * @param canaries - Those to try; every place gets each of them.
 * @param credential - What the server wants to see before anything else.
 */
export function canaryRequests(
  canaries: readonly Canary[],
  credential: readonly HeaderLine[],
): readonly RawHttpRequest[] {
  return canaries.flatMap((canary) => {
    const { value } = canary;
    const text = natural(canary);
    const post = (body: string, headers: readonly HeaderLine[] = [JSON_BODY]): RawHttpRequest => ({
      headers: [...headers, ...credential],
      body,
    });
    const postJson = (body: unknown): RawHttpRequest => post(JSON.stringify(body));
    const get = (path: string, headers: readonly HeaderLine[] = []): RawHttpRequest => ({
      method: 'GET',
      path,
      headers: [['apollo-require-preflight', '1'], ...headers, ...credential],
    });
    const persisted = (persistedQuery: unknown, query?: string) => postJson({ query, extensions: { persistedQuery } });
    return [
      ...HEADERS.flatMap((name) => [
        post(ME, [...(name === 'content-type' ? [] : [JSON_BODY]), [name, text]]),
        get('/graphql?query={me{id}}', [[name, value]]),
      ]),
      ...['Bearer', 'bearer', 'Basic', 'Token'].map((scheme) =>
        post(ME, [JSON_BODY, ['authorization', `${scheme} ${text}`]]),
      ),
      post(ME, [JSON_BODY, ['authorization', `Bearer ${text}`], ['authorization', `Bearer ${text}`]]),
      post(ME, [JSON_BODY, [`x-${value}`, value]]),
      post(REFRESH, [JSON_BODY, ['x-session-transport', 'cookie'], ['cookie', `__Host-refresh-token=${value}`]]),
      post(LOGIN, [JSON_BODY, ['x-session-transport', 'cookie'], ['cookie', `__Host-device=${value}`]]),
      post(ME, [['content-type', `application/json; charset=${value}`]]),
      post(ME, [['content-type', `multipart/form-data; boundary=${value}`]]),

      get(`/graphql?password=${value}`),
      get(`/graphql?query=${value}`),
      get(`/graphql?query={${value}}`),
      get(`/graphql?query={me{id}}&operationName=${value}`),
      get(`/graphql?query={me{id}}&variables=${value}`),
      get(`/graphql?query={me{id}}&variables={"${value}":"${value}"}`),
      get(`/graphql?query={me{id}}&variables=["${value}"]`),
      get(`/graphql?query={me{id}}&extensions=${value}`),
      get(`/graphql?query={me{id}}&extensions={"${value}":1}`),
      get(`/graphql?query=query($t:String){validateToken(token:$t){active}}&variables={"t":"${text}"}`),
      get(`/graphql?query=mutation{login(input:{identifier:"${value}",password:"${value}"}){__typename}}`),
      get(`/graphql?extensions={"persistedQuery":{"version":1,"sha256Hash":"${value}"}}`),
      get(`/graphql?access_token=${text}&query={me{id}}`),
      get(`/graphql/${value}`),
      get(`/${value}`),
      get(`/${value}?${value}=${value}`, [['accept', 'text/html']]),
      get(`/graphql?${value}=${value}`, [['accept', 'text/html']]),
      get(`/health/${value}`),
      get(`/health/ready?${value}=${value}`),
      get(`/.well-known/${value}`),
      get(`/altair/${value}`),
      { ...post(ME), path: `/graphql?password=${value}` },
      { ...post(ME), method: 'PUT', path: `/${value}` },
      { ...post(ME), method: 'OPTIONS', path: `/graphql?${value}` },

      post(`{"query":"${value}`),
      post(value),
      post(`"${value}"`),
      post(`{"query":"{ me { id } }",${value}}`),
      post(`password=${value}`, [['content-type', 'application/x-www-form-urlencoded']]),
      post(value, [['content-type', 'text/plain']]),
      post(value, [['content-type', 'application/graphql']]),
      post(value, []),
      post(`--x\r\ncontent-disposition: form-data; name="${value}"\r\n\r\n${value}\r\n--x--`, [
        ['content-type', 'multipart/form-data; boundary=x'],
      ]),
      post(JSON.stringify({ query: value }).padEnd(1_200_000, value)),
      postJson([{ query: value }]),
      postJson(value),
      postJson({ [value]: value }),
      postJson({ query: [value] }),
      postJson({ query: { [value]: value } }),
      postJson({ query: '{ me { id } }', variables: value }),
      postJson({ query: '{ me { id } }', variables: [value] }),
      postJson({ query: '{ me { id } }', variables: { [value]: value } }),
      postJson({ query: '{ me { id } }', operationName: value }),
      postJson({ query: '{ me { id } }', operationName: { [value]: value } }),
      postJson({ query: '{ me { id } }', extensions: { [value]: value } }),
      postJson({ query: '{ me { id } }', extensions: value }),
      postJson({ query: '{ me { id } }', [value]: value, password: value }),
      postJson({ query: `# ${value}\n{ me { id } } # ${value}` }),
      postJson({ query: `"""${value}""" { me { id } }` }),
      persisted({ version: 1, sha256Hash: value }),
      persisted({ version: 1, sha256Hash: value }, `{ ${value} }`),
      persisted({ version: value, sha256Hash: value }),
      persisted({ [value]: value }),
      persisted(value),
    ];
  });
}
