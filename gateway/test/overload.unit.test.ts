import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { createLogger } from '@identity/service-kit/logger';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../tests/harness/eventually.js';
import { createCircuitBreaker } from '../src/circuit-breaker.js';
import type { GatewayConfig } from '../src/config.js';
import { createWaitingLine, type WaitingLine } from '../src/waiting-line.js';
import { BOTH_WAYS, startGateway, type TestAnswer, type TestGateway } from './support/gateway.js';
import { startServer, startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const SLOW_SDL = 'type Query { slow: Int } type Mutation { change: Int }';
const FAST_SDL = 'type Query { fast: Int } type Mutation { touch: Int }';
const CONNECTIONS = 64;
const MAX_TIMEOUTS = 5;

const REFUSED = {
  status: 200,
  body: {
    data: { slow: null },
    errors: [{ path: ['slow'], extensions: { code: 'SERVICE_UNAVAILABLE', service: 'slow' } }],
  },
};

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A gateway before a subgraph that answers at once, and one that answers when and as the test says. */
async function startBoth(config: Partial<GatewayConfig>) {
  const held: ServerResponse[] = [];
  let onCall = (response: ServerResponse): void => void held.push(response);
  const slow = await startServer((_request, response) => {
    onCall(response);
  });
  const fast = await startSubgraph(FAST_SDL, { Query: { fast: () => 1 }, Mutation: { touch: () => 3 } });
  const gateway = await startGateway(
    [
      { name: 'slow', sdl: SLOW_SDL, url: slow.url },
      { name: 'fast', sdl: FAST_SDL, url: fast.url },
    ],
    config,
  );
  cleanups.push(gateway.stop, slow.stop, fast.stop);
  return {
    gateway,
    slow,
    behave(how: (response: ServerResponse) => void) {
      onCall = how;
      held.splice(0).forEach(how);
    },
    isHolding: (count: number) => eventually(`${String(count)} calls`, () => Promise.resolve(held.length === count)),
  };
}

const answers = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"slow":2,"change":2}}');
};

function ask(gateway: TestGateway, times: number, query = '{ slow }'): Promise<TestAnswer>[] {
  return Array.from({ length: times }, () => gateway.send({ query }));
}

function callsOf({ requests }: SubgraphServer): number {
  return requests.filter(({ method }) => method === 'POST').length;
}

/** Whether something was not tried, which the client may try again soon. */
function wasShed({ headers }: TestAnswer): boolean {
  return headers.get('retry-after') === '1';
}

describe.each(BOTH_WAYS)('a subgraph that is silent, $way', ({ compilePlans }) => {
  it('is waited for by a few, then by nobody, until it answers', async () => {
    const { gateway, slow, behave } = await startBoth({
      compilePlans,
      subgraphTimeoutMs: 1_000,
      subgraphMutationTimeoutMs: 1_000,
    });
    for (const answer of await Promise.all(ask(gateway, MAX_TIMEOUTS))) {
      expect(answer).toMatchObject(REFUSED);
      expect(wasShed(answer)).toBe(false);
    }

    const refused = await Promise.all([
      ...ask(gateway, 20, '{ slow fast }'),
      ...ask(gateway, 20, 'mutation { slow: change }'),
    ]);
    expect(refused.every(wasShed)).toBe(true);
    expect(refused[0]).toMatchObject({ ...REFUSED, body: { ...REFUSED.body, data: { slow: null, fast: 1 } } });
    expect(refused.at(-1)).toMatchObject(REFUSED);
    expect(callsOf(slow)).toBe(MAX_TIMEOUTS);

    behave(answers);
    const backAt = performance.now();
    await eventually('the subgraph is asked again', async () => {
      const [answer] = await Promise.all(ask(gateway, 1));
      return answer?.body.errors === undefined;
    });
    expect(performance.now() - backAt).toBeLessThan(5_000);
    expect(slow.requests.filter(({ method }) => method === 'GET').map(({ path }) => path)).toContain('/health/live');
  });
});

describe('a subgraph that answers less than it is asked', () => {
  it('is asked no more than it can take; the others are told at once to come back', async () => {
    const { gateway, slow, behave, isHolding } = await startBoth({ subgraphMaxQueue: 0 });
    const accepted = ask(gateway, CONNECTIONS);
    await isHolding(CONNECTIONS);
    const refused = await Promise.all(ask(gateway, 5));
    for (const answer of refused) expect(answer).toMatchObject(REFUSED);
    expect(refused.every(wasShed)).toBe(true);
    behave(answers);
    for (const answer of await Promise.all(accepted)) {
      expect(answer.body).toEqual({ data: { slow: 2 } });
      expect(wasShed(answer)).toBe(false);
    }
    expect(callsOf(slow)).toBe(CONNECTIONS);
  });

  it('leaves connections to who reads when many write', async () => {
    const { gateway, slow, behave, isHolding } = await startBoth({ subgraphMaxQueue: 0 });
    const writes = ask(gateway, CONNECTIONS / 2, 'mutation { slow: change }');
    await isHolding(CONNECTIONS / 2);
    const refused = await Promise.all(ask(gateway, 5, 'mutation { slow: change }'));
    expect(refused.every(wasShed)).toBe(true);
    const reads = ask(gateway, CONNECTIONS / 2);
    await isHolding(CONNECTIONS);
    behave(answers);
    for (const { body } of await Promise.all([...writes, ...reads])) expect(body).toEqual({ data: { slow: 2 } });
    expect(callsOf(slow)).toBe(CONNECTIONS);
  });

  it('does not have clients send again what was executed', async () => {
    const { gateway, behave, isHolding } = await startBoth({ subgraphMaxQueue: 0 });
    const writes = ask(gateway, CONNECTIONS / 2, 'mutation { slow: change }');
    await isHolding(CONNECTIONS / 2);
    const answer = await gateway.send({ query: 'mutation { fast: touch slow: change }' });
    expect(answer.body).toMatchObject({
      data: { fast: 3, slow: null },
      errors: [{ path: ['slow'], extensions: { code: 'SERVICE_UNAVAILABLE' } }],
    });
    expect(wasShed(answer)).toBe(false);
    behave(answers);
    await Promise.all(writes);
  });

  it('is asked however often it fails, when it does so at once', async () => {
    const { gateway, behave } = await startBoth({});
    behave((response) => response.destroy());
    for (const answer of await Promise.all(ask(gateway, 3 * MAX_TIMEOUTS))) {
      expect(answer).toMatchObject(REFUSED);
      expect(wasShed(answer)).toBe(false);
    }
    behave(answers);
    expect(await Promise.all(ask(gateway, 1))).toMatchObject([{ body: { data: { slow: 2 } } }]);
  });
});

describe('a gateway with as many requests as it takes', () => {
  it('turns others away with a code, stays healthy, and lets no place be taken by a body that does not come', async () => {
    const { gateway, behave, isHolding } = await startBoth({ maxConcurrentRequests: 10 });
    const { port } = new URL(gateway.url);
    const trickling = connect(Number(port), '127.0.0.1');
    await once(trickling, 'connect');
    trickling.write(
      'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{',
    );
    const accepted = ask(gateway, 10);
    await isHolding(10);

    const [refused] = await Promise.all(ask(gateway, 1, '{ fast }'));
    expect(refused).toMatchObject({
      status: 503,
      body: { errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE', service: 'gateway' } }] },
    });
    expect(refused && wasShed(refused)).toBe(true);
    for (const path of ['/health/live', '/health/ready'])
      expect((await fetch(`${gateway.url}${path}`)).status).toBe(200);
    expect(gateway.log.some((line) => line.includes('"status":503') && line.includes('SERVICE_UNAVAILABLE'))).toBe(
      true,
    );

    behave(answers);
    for (const { body } of await Promise.all(accepted)) expect(body).toEqual({ data: { slow: 2 } });
    expect(await Promise.all(ask(gateway, 1, '{ fast }'))).toMatchObject([
      { status: 200, body: { data: { fast: 1 } } },
    ]);
    trickling.destroy();
  });
});

describe('a line before a subgraph', () => {
  /** Work that the test ends. */
  function work() {
    const ends: (() => void)[] = [];
    return { ends, begin: () => new Promise<void>((resolve) => void ends.push(resolve)) };
  }

  async function inTurn(line: WaitingLine, until: number, task: () => Promise<void>): Promise<void> {
    const turn = line.enter(until);
    if (turn !== null) await turn;
    try {
      await task();
    } finally {
      line.leave();
    }
  }

  it('lets so many work, so many wait in their order, and nobody else', async () => {
    const line = createWaitingLine({ places: 2, maxWaiting: 2, maxWaitMs: 60_000 });
    const { ends, begin } = work();
    const order: number[] = [];
    const turns = [1, 2, 3, 4].map((number) => inTurn(line, Infinity, begin).then(() => order.push(number)));
    expect(line.waiting()).toBe(2);
    await expect(inTurn(line, Infinity, begin)).rejects.toMatchObject({ reason: 'queue_full' });
    while (order.length < turns.length) {
      await new Promise(setImmediate);
      ends.shift()?.();
    }
    expect(order).toEqual([1, 2, 3, 4]);
    await expect(inTurn(line, Infinity, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    const again = [inTurn(line, Infinity, begin), inTurn(line, Infinity, begin)];
    await new Promise(setImmediate);
    expect([ends.length, line.waiting()]).toEqual([2, 0]);
    for (const end of ends) end();
    await Promise.all(again);
  });

  it('keeps the order of those who take many places, and lets in who is behind one that has gone', async () => {
    const line = createWaitingLine({ places: 3, maxWaiting: 3, maxWaitMs: 60_000 });
    const order: string[] = [];
    expect(line.enter(Infinity, 2)).toBeNull();
    const large = line.enter(performance.now() + 20, 3)?.catch(() => order.push('large has gone'));
    const small = line.enter(Infinity, 1)?.then(() => order.push('small'));
    const last = line.enter(Infinity, 3)?.then(() => order.push('last'));
    await Promise.all([large, small]);
    expect(order).toEqual(['large has gone', 'small']);
    line.leave(2);
    await new Promise(setImmediate);
    expect(line.waiting()).toBe(1);
    line.leave(1);
    await last;
    expect(line.waiting()).toBe(0);
  });

  it.each([
    ['than anybody may', 1, () => Infinity],
    ['than there is a use for it', 60_000, () => performance.now() + 1],
    ['than there was a use for it', 60_000, () => performance.now() - 1],
  ])('sends away who has waited for longer %s, and keeps no place for them', async (_what, maxWaitMs, until) => {
    const line = createWaitingLine({ places: 1, maxWaiting: 1, maxWaitMs });
    const { ends, begin } = work();
    const first = inTurn(line, Infinity, begin);
    await expect(inTurn(line, until(), begin)).rejects.toMatchObject({ reason: 'waited_too_long' });
    expect(line.waiting()).toBe(0);
    await new Promise(setImmediate);
    ends.shift()?.();
    await first;
    await inTurn(line, Infinity, () => Promise.resolve());
  });
});

describe('a circuit breaker', () => {
  /** The test decides when time passes, and what is found then. */
  function start() {
    const pauses: (() => void)[] = [];
    const found: ('answer' | 'silence')[] = [];
    const breaker = createCircuitBreaker({
      probe: () => (found.shift() === 'answer' ? Promise.resolve() : Promise.reject(new Error('silence'))),
      pause: (_milliseconds, signal) =>
        new Promise((resolve, reject) => {
          pauses.push(resolve);
          signal.addEventListener('abort', () => {
            reject(new Error('ended'));
          });
        }),
      subgraph: 'a test',
      logger: createLogger({ level: 'silent' }),
    });
    return {
      breaker,
      timeOut(times: number) {
        for (let time = 0; time < times; time += 1) breaker.timedOut(breaker.answers());
      },
      async passTime(finds: 'answer' | 'silence') {
        found.push(finds);
        pauses.shift()?.();
        await new Promise(setImmediate);
      },
      pauses,
    };
  }

  it('opens after timeouts in a row only', () => {
    const { breaker, timeOut } = start();
    timeOut(MAX_TIMEOUTS - 1);
    breaker.answered();
    timeOut(MAX_TIMEOUTS - 1);
    expect(breaker.isOpen()).toBe(false);
    timeOut(1);
    expect(breaker.isOpen()).toBe(true);
    breaker.stop();
  });

  it('takes a subgraph for slow, not silent, that has answered somebody meanwhile', () => {
    const { breaker, timeOut } = start();
    const sentBefore = breaker.answers();
    breaker.answered();
    for (let time = 0; time < MAX_TIMEOUTS; time += 1) breaker.timedOut(sentBefore);
    expect(breaker.isOpen()).toBe(false);
    timeOut(MAX_TIMEOUTS);
    expect(breaker.isOpen()).toBe(true);
    breaker.stop();
  });

  it('closes when a question is answered, and opens again when the first call after that is not', async () => {
    const { breaker, timeOut, passTime, pauses } = start();
    timeOut(MAX_TIMEOUTS);
    await passTime('silence');
    expect(breaker.isOpen()).toBe(true);
    await passTime('answer');
    expect(breaker.isOpen()).toBe(false);
    expect(pauses).toHaveLength(0);
    timeOut(1);
    expect(breaker.isOpen()).toBe(true);
    await passTime('answer');
    breaker.answered();
    timeOut(MAX_TIMEOUTS - 1);
    expect(breaker.isOpen()).toBe(false);
  });

  it('closes when a call that was under way is answered, and asks no more', async () => {
    const { breaker, timeOut, passTime, pauses } = start();
    timeOut(MAX_TIMEOUTS + 1);
    expect(pauses).toHaveLength(1);
    breaker.answered();
    expect(breaker.isOpen()).toBe(false);
    await passTime('answer');
    timeOut(MAX_TIMEOUTS - 1);
    expect(breaker.isOpen()).toBe(false);
  });
});
