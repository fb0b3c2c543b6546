import { rawPost } from './raw-request.js';
import { startGateway, type TestGateway } from './gateway.js';
import { startServer, type SubgraphServer } from './subgraph-server.js';
import type { GatewayConfig } from '../../src/config.js';

const FEDERATION = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const SESSIONS_SDL = `${FEDERATION}
  type Query { me: String } type Mutation { login: Boolean register: Boolean logout: Boolean rename: Boolean }
  type User @key(fields: "id") { id: ID! name: String }`;
const OTHER_SDL = `${FEDERATION}
  type Query { hello: String } type Mutation { change: User }
  type User @key(fields: "id") { id: ID! }`;

export const TOKEN = 'q7WpX3-vT_0sJ4mZ9cK1yB8nD5fG2hL6rE7uA0iO3tY';
export const COOKIE = `__Host-refresh-token=${TOKEN}`;
export const SET_COOKIE = `${COOKIE}; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=Strict`;
export const PROOFS = `session_01kb1.t9x0aa.${TOKEN}~session_01kb2.t9x0ab.${TOKEN}`;
export const DEVICE = `__Host-device=${PROOFS}`;
export const SET_DEVICE = `${DEVICE}; Max-Age=90; Path=/; Secure; HttpOnly; SameSite=Strict`;
export const COOKIE_MODE = ['x-session-transport', 'cookie'] as const;

export type HeaderLine = readonly [string, string];

/** What the subgraphs answer with, by the operation that they are sent. */
export interface Cookies {
  sessions: (operation: string) => readonly string[];
  other: () => readonly string[];
}

/** A gateway before a subgraph that keeps sessions and another one; both set cookies as they are told. */
export interface CookieModeGateway {
  readonly url: string;
  readonly cookies: Cookies;
  /** How many requests have reached the subgraphs. */
  countCalls(): number;
  /** Sends an operation and tells what reached whom of cookies and the mode, and which cookies came back. */
  send(query: string, headers: readonly HeaderLine[]): Promise<Sent>;
  stop(): Promise<void>;
}

export interface Sent {
  readonly status: number;
  readonly body: unknown;
  readonly cookies: unknown;
  readonly atSessions: readonly Readonly<Record<string, unknown>>[];
  readonly atOther: readonly Readonly<Record<string, unknown>>[];
}

/** Starts both subgraphs and the gateway; cookie mode is for the subgraph `sessions`. */
export async function startCookieMode(config: Partial<GatewayConfig> = {}): Promise<CookieModeGateway> {
  const cookies: Cookies = { sessions: () => [SET_COOKIE], other: () => [] };
  const sessions = await startServer(({ body }, response) => {
    const data = body.includes('_entities')
      ? { _entities: [{ name: 'Ada' }] }
      : { me: 'ada', login: true, register: true, logout: true, rename: true };
    response.setHeader('set-cookie', [...cookies.sessions(body)]);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
  });
  const other = await startServer((_request, response) => {
    const data = { hello: 'hello', change: { __typename: 'User', id: '1' } };
    response.setHeader('set-cookie', [...cookies.other()]);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
  });
  const stopSubgraphs = () => Promise.all([sessions.stop(), other.stop()]);
  const gateway = await startGateway(
    [
      { name: 'sessions', sdl: SESSIONS_SDL, url: sessions.url },
      { name: 'other', sdl: OTHER_SDL, url: other.url },
    ],
    { refreshCookieSubgraph: 'sessions', ...config },
  ).catch(async (error: unknown): Promise<TestGateway> => {
    await stopSubgraphs();
    throw error;
  });
  const received = ({ requests }: SubgraphServer, from: number) =>
    requests.slice(from).map(({ headers }) => cookieHeadersOf(headers));

  return {
    url: gateway.url,
    cookies,
    countCalls: () => sessions.requests.length + other.requests.length,
    async send(query, headers) {
      const [sessionsBefore, otherBefore] = [sessions.requests.length, other.requests.length];
      const answer = await rawPost(`${gateway.url}/graphql`, headers, JSON.stringify({ query }));
      const body: unknown = JSON.parse(answer.body);
      return {
        status: answer.status,
        body,
        cookies: answer.headers['set-cookie'] ?? [],
        atSessions: received(sessions, sessionsBefore),
        atOther: received(other, otherBefore),
      };
    },
    async stop() {
      await gateway.stop();
      await stopSubgraphs();
    },
  };
}

function cookieHeadersOf(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name === 'cookie' || name === COOKIE_MODE[0]));
}
