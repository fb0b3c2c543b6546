import type { Role } from '@identity/service-kit/access-token';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startGatedSubgraphs, type GatedSubgraphs } from './support/gated-subgraphs.js';
import { ROOMY_LIMITS, startGateway, type AnswerBody, type TestGateway } from './support/gateway.js';
import { startIssuer, type TestIssuer } from './support/issuer.js';

/** Who is asking: somebody with these roles, or somebody without a good token. */
type Caller = 'nobody' | 'garbage' | 'another scheme' | 'expired' | readonly Role[];

const USER: Caller = ['USER'];
const ADMIN: Caller = ['ADMIN'];
const ANY_NUMBER = Number.MAX_SAFE_INTEGER;
const MISSING = 'UNAUTHENTICATED TOKEN_MISSING';

describe('the gateway, of fields that not everybody may read', () => {
  let issuer: TestIssuer;
  let subgraphs: GatedSubgraphs;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await startIssuer();
    subgraphs = await startGatedSubgraphs();
    gateway = await startGateway(subgraphs.composed, {
      authUrl: issuer.url,
      // What would be refused before it gets to authorization is of no use here.
      limits: { ...ROOMY_LIMITS, selections: ANY_NUMBER, rootFields: ANY_NUMBER, cost: ANY_NUMBER },
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await subgraphs.stop();
    await issuer.stop();
  });

  beforeEach(() => {
    subgraphs.takeAsked();
  });

  function headersOf(caller: Caller): Readonly<Record<string, string>> {
    if (caller === 'nobody') return {};
    if (caller === 'garbage') return { authorization: 'Bearer garbage' };
    if (caller === 'another scheme') return { authorization: 'Basic YWRhOnB3' };
    return caller === 'expired' ? issuer.bearer(['ADMIN'], 3_600) : issuer.bearer(caller);
  }

  async function ask(
    caller: Caller,
    query: string,
    variables: Readonly<Record<string, unknown>> = {},
    operationName?: string,
  ) {
    const { body } = await gateway.send({ query, variables, operationName }, headersOf(caller));
    return { data: body.data, errors: summaryOf(body), asked: subgraphs.takeAsked() };
  }

  /** What a caller without a token gets, and which words no subgraph may have heard. */
  async function expectDenied(query: string, data: unknown, places: readonly string[], unheard: readonly string[]) {
    const answer = await ask('nobody', query);
    expect(answer).toMatchObject({ data, errors: places.map((path) => `${path} ${MISSING}`) });
    expect(keysInOrder(answer.data)).toEqual(keysInOrder(data));
    for (const word of unheard) expect(answer.asked.join('\n')).not.toMatch(new RegExp(`\\b${word}\\b`));
  }

  it.each<[Caller, string]>([
    ['nobody', MISSING],
    ['garbage', 'UNAUTHENTICATED TOKEN_INVALID'],
    ['another scheme', 'UNAUTHENTICATED TOKEN_INVALID'],
    ['expired', 'UNAUTHENTICATED TOKEN_EXPIRED'],
  ])('refuses them to %s, answers what stands beside, and says why', async (caller, refusal) => {
    expect(await ask(caller, '{ open whoami both }')).toEqual({
      data: { open: 'open', whoami: null, both: null },
      errors: [`whoami ${refusal}`, `both ${refusal}`],
      asked: [expect.stringContaining('{open}')],
    });
  });

  it.each<[readonly Role[], readonly string[]]>([
    [['USER'], ['both', 'nobody', 'team']],
    [['ADMIN'], ['both', 'nobody']],
    [['USER', 'ADMIN'], ['nobody']],
    [[], ['both', 'nobody', 'team']],
  ])('refuses to roles %j what needs other scopes: %j', async (roles, refused) => {
    const { data, errors } = await ask(roles, '{ whoami both nobody team { id } }');
    const all = { whoami: 'ada', both: 'both', nobody: 'nobody', team: [{ id: 'ada' }, null] };
    expect(data).toEqual({ ...all, ...Object.fromEntries(refused.map((name) => [name, null])) });
    expect(errors).toEqual(refused.map((name) => `${name} FORBIDDEN`));
  });

  it.each(['{ whoami }', '{ __typename a: whoami ...F } fragment F on Query { team { id } }', '{ required open }'])(
    'asks no subgraph when nothing is left: %s',
    async (query) => {
      expect((await ask('nobody', query)).asked).toEqual([]);
      expect((await ask(ADMIN, query)).asked).not.toEqual([]);
    },
  );

  it.each<[string, string, unknown, readonly string[], readonly string[]]>([
    [
      'an alias',
      '{ person { name: email email: name x: email } }',
      { person: { name: null, email: 'Ada', x: null } },
      ['person.name', 'person.x'],
      [String.raw`(?<!:)email(?!:name)`],
    ],
    [
      'fragments in fragments',
      `{ person { ...A } } fragment A on Person { email best { ... { ...B } } }
       fragment B on Person { name friends { email ... @include(if: true) { email } } }`,
      { person: { email: null, best: { name: 'Bob', friends: [{ email: null }, { email: null }] } } },
      ['person.email', 'person.best.friends.0.email', 'person.best.friends.1.email'],
      ['email'],
    ],
    [
      'lists',
      '{ people { email name } grid { email id } }',
      {
        people: [
          { email: null, name: 'Ada' },
          { email: null, name: 'Bob' },
        ],
        grid: [[{ email: null, id: 'ada' }, null], [{ email: null, id: 'bob' }]],
      },
      ['people.0.email', 'people.1.email', 'grid.0.0.email', 'grid.1.0.email'],
      ['email'],
    ],
    [
      'an interface',
      '{ nodes { id rank ... on Person { email } ... on Pet { tag owner { name email } } } }',
      {
        nodes: [
          { id: 'ada', rank: null, email: null },
          { id: 'rex', rank: null, tag: 'R-1', owner: { name: 'Ada', email: null } },
          null,
          { id: 'bob', rank: null, email: null },
        ],
      },
      ['nodes.0.rank', 'nodes.0.email', 'nodes.1.rank', 'nodes.1.owner.email', 'nodes.3.rank', 'nodes.3.email'],
      ['rank', 'email'],
    ],
    [
      'node(id), by a type',
      '{ node(id: "rex") { ... on Person { email } ... on Pet { owner { ...P } } } } fragment P on Node { rank }',
      { node: { owner: { rank: null } } },
      ['node.owner.rank'],
      ['rank', 'email'],
    ],
    [
      'a union',
      '{ found { __typename ... on Vault { combination } ... on Person { email name } } }',
      {
        found: [
          { __typename: 'Person', email: null, name: 'Ada' },
          { __typename: 'Pet' },
          { __typename: 'Vault', combination: null },
        ],
      },
      ['found.0.email', 'found.2.combination'],
      ['email', 'combination'],
    ],
    [
      'a name that another type answers by a field for everybody',
      '{ nodes { ... on Person { x: email } ... on Pet { x: tag } } }',
      { nodes: [{ x: null }, { x: 'R-1' }, null, { x: null }] },
      ['nodes.0.x', 'nodes.3.x'],
      ['email'],
    ],
    [
      'an interface that one of its types has gated, beside the type itself',
      '{ chair { ... on Chair { price } ... on Asset { price } id } }',
      { chair: { price: null, id: 'chair' } },
      ['chair.price'],
      [],
    ],
    [
      'a type, an enum and a scalar',
      '{ assets { id } secrecy fingerprints open }',
      { assets: null, secrecy: null, fingerprints: null, open: 'open' },
      ['assets', 'secrecy', 'fingerprints'],
      ['assets', 'secrecy', 'fingerprints'],
    ],
    [
      'the name of a type',
      '{ found { ... on Vault { __typename } } open }',
      { found: null, open: 'open' },
      ['found.2.__typename'],
      [],
    ],
    [
      'another subgraph',
      '{ person { orders { total } nickname } }',
      { person: { orders: null, nickname: 'the great ada' } },
      ['person.orders'],
      ['orders', 'total'],
    ],
    [
      'a mutation',
      'mutation { touch { name email } promote { name } }',
      { touch: { name: 'Ada', email: null }, promote: null },
      ['touch.email', 'promote'],
      ['promote', 'email'],
    ],
    [
      'introspection beside',
      `{ __type(name: "Pet") { name ...T } whoami __schema { queryType { name } } }
       fragment T on __Type { interfaces { name } }`,
      {
        __type: { name: 'Pet', interfaces: [{ name: 'Node' }] },
        whoami: null,
        __schema: { queryType: { name: 'Query' } },
      },
      ['whoami'],
      ['whoami'],
    ],
    [
      'a name that it uses itself',
      '{ person { typeKey: name email } node { typeKey_: id ... on Person { email } } }',
      { person: { typeKey: 'Ada', email: null }, node: { typeKey_: 'ada', email: null } },
      ['person.email', 'node.email'],
      ['email'],
    ],
    [
      'a name that objects have by themselves',
      '{ person { __proto__: email constructor: email toString: name } }',
      JSON.parse('{ "person": { "__proto__": null, "constructor": null, "toString": "Ada" } }'),
      ['person.__proto__', 'person.constructor'],
      ['email'],
    ],
    ['nothing that is there', '{ person(id: "nobody") { email } open }', { person: null, open: 'open' }, [], ['email']],
  ])('does not let them through by %s', async (_way, query, data, places, unheard) => {
    await expectDenied(query, data, places, unheard);
  });

  it('refuses a field of what it lets through, at every place of a list', async () => {
    expect(await ask(USER, '{ person { orders { total } nickname } }')).toMatchObject({
      data: { person: { orders: [{ total: null }], nickname: 'the great ada' } },
      errors: ['person.orders.0.total FORBIDDEN'],
    });
  });

  describe.each<[Readonly<Record<string, unknown>>, boolean]>([
    [{ show: true, hide: false }, true],
    [{ show: false, hide: false }, false],
    [{ show: true, hide: true }, false],
    [{}, false],
  ])('asked for under conditions, with %j', (variables, selected) => {
    const declared = 'query ($show: Boolean = false, $hide: Boolean! = true)';

    it.each([
      `${declared} { open whoami @include(if: $show) @skip(if: $hide) }`,
      `${declared} { open ... @include(if: $show) { ... on Query @skip(if: $hide) { whoami } } }`,
      `${declared} { open ...F @include(if: $show) } fragment F on Query { whoami @skip(if: $hide) }`,
    ])('refuses them only if they are part of the answer: %s', async (query) => {
      expect(await ask('nobody', query, variables)).toEqual({
        data: selected ? { open: 'open', whoami: null } : { open: 'open' },
        errors: selected ? [`whoami ${MISSING}`] : [],
        asked: [expect.not.stringContaining('whoami')],
      });
      expect(await ask(USER, query, variables)).toMatchObject({
        data: selected ? { open: 'open', whoami: 'ada' } : { open: 'open' },
        errors: [],
      });
    });

    it('lets one that cannot be null void the answer only then', async () => {
      const query = `${declared} { open required @include(if: $show) @skip(if: $hide) }`;
      expect(await ask('nobody', query, variables)).toMatchObject(
        selected ? { data: null, errors: [`required ${MISSING}`], asked: [] } : { data: { open: 'open' }, errors: [] },
      );
    });
  });

  it.each<[string, unknown, string]>([
    ['{ person { salary name } open }', { person: null, open: 'open' }, 'person.salary'],
    ['{ maybe { inner { open secret } } open }', { maybe: null, open: 'open' }, 'maybe.inner.secret'],
    ['{ wraps { open secret } open }', { wraps: null, open: 'open' }, 'wraps.0.secret'],
    [
      '{ people { best { salary } name } }',
      {
        people: [
          { best: null, name: 'Ada' },
          { best: null, name: 'Bob' },
        ],
      },
      'people.0.best.salary',
    ],
    ['{ people { salary } }', null, 'people.0.salary'],
  ])('lets one that cannot be null take along what holds it: %s', async (query, data, place) => {
    const answer = await ask('nobody', query);
    expect(answer.data).toEqual(data);
    expect(answer.errors).toContain(`${place} ${MISSING}`);
  });

  it.each([
    ['mutation { touch { name } erase { name } }', 'erase'],
    ['mutation { erase { name } touch { name } }', 'erase'],
    [
      'mutation { touch { name } ...F } fragment F on Mutation { x: wrap { inner { y: inner { secret } } } }',
      'x.inner.y.secret',
    ],
  ])('executes nothing when the whole answer is null in any case: %s', async (query, place) => {
    expect(await ask('nobody', query)).toEqual({ data: null, errors: [`${place} ${MISSING}`], asked: [] });
    expect((await ask(ADMIN, query)).errors).toEqual([]);
  });

  it('keeps apart who is asking, whatever has been asked before', async () => {
    const query = '{ whoami person { name email salary } }';
    const seen = [];
    for (const caller of [ADMIN, 'nobody', USER, 'expired', ADMIN, USER, 'nobody'] as const)
      seen.push((await ask(caller, query)).data);
    const [everything, nothing, some] = [
      { whoami: 'ada', person: { name: 'Ada', email: 'ada@example.com', salary: 100 } },
      { whoami: null, person: null },
      { whoami: 'ada', person: null },
    ];
    expect(seen).toEqual([everything, nothing, some, nothing, everything, some, nothing]);
  });

  it('looks at the operation that is executed, and at no other of the document', async () => {
    const query = 'query Open { open } query Gated { ...F } fragment F on Query { whoami }';
    expect(await ask('nobody', query, {}, 'Open')).toMatchObject({ data: { open: 'open' }, errors: [] });
    expect(await ask('nobody', query, {}, 'Gated')).toMatchObject({ data: { whoami: null }, asked: [] });
    expect(await ask('nobody', query, {}, 'Open')).toMatchObject({ data: { open: 'open' }, errors: [] });
  });

  it('looks at every fragment once, however often they spread each other', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `F${index}`);
    const bomb = names.map((name, index) => {
      const next = names[index + 1];
      return `fragment ${name} on Query { ${next === undefined ? 'required' : `...${next} ...${next}`} }`;
    });
    const answer = await ask('nobody', `{ ...F0 ...F0 } ${bomb.join(' ')}`);
    expect(answer).toEqual({ data: null, errors: [`required ${MISSING}`], asked: [] });
  });
});

describe('the gateway without the keys of the issuer', () => {
  let issuer: TestIssuer;
  let subgraphs: GatedSubgraphs;

  beforeAll(async () => {
    issuer = await startIssuer();
    subgraphs = await startGatedSubgraphs();
  });

  afterAll(async () => {
    await subgraphs.stop();
    await issuer.stop();
  });

  it('does not need them where nothing is gated, or nobody shows a token', async () => {
    const gateway = await startGateway(subgraphs.composed, { authUrl: issuer.url });
    const document = 'query Open { open person { name } } query Gated { whoami }';
    const open = await gateway.send({ query: document, operationName: 'Open' }, issuer.bearer(['USER']));
    expect(open.body).toEqual({ data: { open: 'open', person: { name: 'Ada' } } });
    await gateway.send({ query: document, operationName: 'Gated' });
    expect(issuer.requests).toEqual([]);
    await gateway.send({ query: document, operationName: 'Gated' }, issuer.bearer(['USER']));
    expect(issuer.requests).toHaveLength(1);
    await gateway.stop();
  });

  it('refuses what is gated, and answers the rest', async () => {
    const gateway = await startGateway(subgraphs.composed);
    subgraphs.takeAsked();
    const { body } = await gateway.send({ query: '{ open whoami }' }, issuer.bearer(['USER']));
    expect(body).toEqual({
      data: { open: 'open', whoami: null },
      errors: [
        {
          message: expect.any(String),
          path: ['whoami'],
          extensions: { code: 'SERVICE_UNAVAILABLE', service: 'auth' },
        },
      ],
    });
    expect(subgraphs.takeAsked()).toEqual([expect.not.stringContaining('whoami')]);
    await gateway.stop();
  });
});

function summaryOf({ errors = [] }: AnswerBody): readonly string[] {
  return errors.map(({ path = [], extensions: { code, reason = '' } }) =>
    `${path.join('.')} ${String(code)} ${String(reason)}`.trim(),
  );
}

/** The keys of an answer as they stand in it, which a comparison of objects does not look at. */
function keysInOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(keysInOrder);
  if (typeof value !== 'object' || value === null) return null;
  return Object.entries(value).map(([key, below]) => [key, keysInOrder(below)]);
}
