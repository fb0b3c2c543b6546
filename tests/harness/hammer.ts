import { bearer, sendGraphql } from './graphql.js';

/** An access token whose session is going to be ended. */
export interface Doomed {
  readonly accessToken: string;
  /** When the answer arrived that it had ended, by `performance.now()`; not a number until then. */
  endedAt: number;
}

/** What came of using access tokens. */
export interface HammerReport {
  /** Uses that began after the end of their session had been answered. */
  late: number;
  /** How many of those were accepted. */
  lateAccepted: number;
  /** Uses of tokens whose sessions live. */
  live: number;
  /** The answers to those of them that were not accepted. */
  readonly liveRefused: string[];
}

/** Something that goes on until it is stopped. */
export interface Hammer {
  /** Stops when there have been as many late uses, or when the time for that is over. */
  stopAfter(wanted: { readonly late: number; readonly withinMs: number }): Promise<HammerReport>;
}

/** What to use, and where. */
export interface HammerOptions {
  readonly gatewayUrls: readonly string[];
  readonly doomed: readonly Doomed[];
  /** Access tokens of sessions that live on. */
  readonly living: readonly string[];
}

// Each of them is checked by one subgraph alone, so its answer is that subgraph's word.
const USES = [
  '{ answer: me { id } }',
  'mutation { answer: updateProfile(input: {}) { userErrors { code } } }',
] as const;

/** Uses all tokens at once, again and again, as fast as answers come, through the gateways and in the subgraphs in turn. */
export function startHammer({ gatewayUrls, doomed, living }: HammerOptions): Hammer {
  const report: HammerReport = { late: 0, lateAccepted: 0, live: 0, liveRefused: [] };
  const ways = gatewayUrls.flatMap((url) => USES.map((query) => [url, query] as const));
  let isOver = (): boolean => false;

  async function useAgainAndAgain(accessToken: string, count: (startedAt: number, refusal: string | null) => void) {
    for (let turn = 0; !isOver(); turn += 1) {
      const [url = '', query = ''] = ways[turn % ways.length] ?? [];
      const startedAt = performance.now();
      const { data, text } = await sendGraphql(url, { query, headers: bearer(accessToken) });
      count(startedAt, isAccepted(data) ? null : text);
    }
  }

  const work = Promise.all([
    ...doomed.map((token) =>
      useAgainAndAgain(token.accessToken, (startedAt, refusal) => {
        if (!(startedAt > token.endedAt)) return;
        report.late += 1;
        if (refusal === null) report.lateAccepted += 1;
      }),
    ),
    ...living.map((token) =>
      useAgainAndAgain(token, (_startedAt, refusal) => {
        report.live += 1;
        if (refusal !== null) report.liveRefused.push(refusal);
      }),
    ),
  ]);

  return {
    async stopAfter({ late, withinMs }) {
      const until = performance.now() + withinMs;
      isOver = () => report.late >= late || performance.now() > until;
      await work;
      return report;
    },
  };
}

function isAccepted(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'answer' in data && data.answer !== null;
}
