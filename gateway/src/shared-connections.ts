import { sendByTurn } from '@identity/service-kit/send-by-turn';
import { buildConnector, Client } from 'undici';

/** Connections to one server, on each of which several calls can be under way. */
export interface SharedConnections {
  /** Makes a call on the connection that suits best. The server answers the calls of a connection in their order. */
  use<T>(call: (connection: Client) => Promise<T>): Promise<T>;
  /** How many connections are open, and how many of them have calls under way. */
  usage(): { readonly connected: number; readonly busy: number };
  /** Lets calls under way finish, then closes the connections. */
  close(): Promise<void>;
}

/** What shared connections are made from. */
export interface SharedConnectionsOptions extends Omit<Client.Options, 'connect' | 'pipelining'> {
  readonly connectTimeoutMs: number;
  /** How many connections there may be. */
  readonly connections: number;
}

interface Lane {
  readonly client: Client;
  underWay: number;
  /** When it was last answered on, or asked something while it was idle, in milliseconds of `performance.now()`. */
  movedAt: number;
}

/** As many are used while all goes well: few that are busy cost less than many that are not. */
const FEW = 4;

/** What is behind a call that breaks the connection is sent again: no more than so many calls are on one together. */
const MAX_TOGETHER = 8;

/** On a connection that has been silent for longer somebody waits for something slow: nobody else shall, in milliseconds. */
const SILENCE_MS = 10;

/** Creates connections that are opened when they are needed. */
export function createSharedConnections(
  origin: string,
  { connections, connectTimeoutMs, ...options }: SharedConnectionsOptions,
): SharedConnections {
  const connect = buildConnector({ timeout: connectTimeoutMs });
  const lanes: Lane[] = [];
  // Behind an answer that ends its connection all that is under way there would have to be sent again.
  let keepsOpen = false;

  function open(): Lane {
    const client = new Client(origin, {
      ...options,
      pipelining: Number.MAX_SAFE_INTEGER,
      connect(target, done) {
        connect(target, (...outcome) => {
          if (outcome[0] === null) sendByTurn(outcome[1]);
          done(...outcome);
        });
      },
    });
    const lane = { client, underWay: 0, movedAt: 0 };
    lanes.push(lane);
    return lane;
  }

  /** The least busy one of the first few on which a call is answered soon, or else a new one. */
  function choose(now: number): Lane {
    let best: Lane | null = null;
    let usable = 0;
    for (const lane of lanes) {
      if (lane.underWay >= (keepsOpen ? MAX_TOGETHER : 1)) continue;
      if (lane.underWay > 0 && now - lane.movedAt > SILENCE_MS) continue;
      if (best === null || lane.underWay < best.underWay) best = lane;
      usable += 1;
      if (usable === FEW || best.underWay === 0) return best;
    }
    if (lanes.length < connections) return open();
    return best ?? lanes.reduce((least, lane) => (lane.underWay < least.underWay ? lane : least));
  }

  return {
    async use(call) {
      const startedAt = performance.now();
      const lane = choose(startedAt);
      if (lane.underWay === 0) lane.movedAt = startedAt;
      lane.underWay += 1;
      try {
        const result = await call(lane.client);
        keepsOpen = lane.client.stats.connected;
        return result;
      } finally {
        lane.underWay -= 1;
        lane.movedAt = performance.now();
      }
    },
    usage: () => ({
      connected: lanes.reduce((count, { client }) => count + Number(client.stats.connected), 0),
      busy: lanes.reduce((count, { underWay }) => count + Number(underWay > 0), 0),
    }),
    async close() {
      await Promise.all(lanes.map(({ client }) => client.close()));
    },
  };
}
