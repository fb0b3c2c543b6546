import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startStack, type TestStack } from './harness/stack.js';
import { registerSomebody } from './harness/people.js';
import { bearer, sendGraphql, summaryOf } from './harness/graphql.js';
describe('x', () => {
  let stack: TestStack;
  beforeAll(async () => { stack = await startStack(); });
  afterAll(async () => { await stack.close(); });
  it('probes', async () => {
    const out: string[] = [];
    const ada = await registerSomebody(stack.client);
    const sid = (await ada.client.validateToken()).data?.validateToken.sessionId ?? '';
    for (const id of ['user_\u0000', 'session_\u0000', 'user_é', 'session_é', 'user_\uD800', 'session_\uD800', 'session_🦊', ada.id + ' ', sid + ' ', ada.id.toUpperCase(), sid.toUpperCase(), sid.replace('session_', 'session_').toUpperCase().replace('SESSION_', 'session_'), ada.id.toUpperCase().replace('USER_', 'user_'), 'user_' + 'x'.repeat(20000)]) {
      for (const f of ['user', 'node']) {
        const a = await sendGraphql(stack.services.gateway.url, { query: `query($id: ID!) { ${f}(id: $id) { id } }`, variables: { id }, headers: bearer(ada.accessToken) });
        out.push(`${f} ${JSON.stringify(id).slice(0, 50)} -> ${JSON.stringify(a.data)} ${summaryOf(a.errors).join()}`);
      }
    }
    for (const u of ['\u0000', '\uD800', '🦊', 'x'.repeat(20000), 'é'.repeat(200)]) {
      const a = await ada.client.userByUsername({ username: u });
      out.push(`userByUsername ${JSON.stringify(u).slice(0, 30)} -> ${JSON.stringify(a.data)} ${summaryOf(a.errors).join()}`);
    }
    const pref = async (input: object) => { const a = await ada.client.updatePreferences({ input }); return `${JSON.stringify(a.data?.updatePreferences.userErrors.map((e) => [e.code, e.path]))} ${JSON.stringify(a.data?.updatePreferences.user?.profile?.preferences)?.slice(0, 160)} ${summaryOf(a.errors).join()}`; };
    const sub = Array.from({ length: 6 }, (_, i) => `a${i}bcdefg`).join('-');
    for (const locale of [`sh-x-${sub}-abc`, 'en-US-u-ca-gregory', 'i-klingon', 'EN', 'en_US', 'root', 'x-private', 'en-u-va-posix', 'a'.repeat(65), 'en\u0000', 'zh-cmn-Hans-CN', 'und', 'mo'+('-x-'+sub+'-abc')])
      out.push(`locale ${locale.length} ${locale} -> ${await pref({ locale })}`);
    for (const timeZone of ['europe/vienna', 'EST', 'Etc/GMT+5', 'GMT', 'utc', 'US/Pacific', '', 'Europe/Vienna\u0000', 'Asia/Calcutta', 'GMT+5', 'EST5EDT'])
      out.push(`tz ${timeZone} -> ${await pref({ timeZone })}`);
    out.push(`custom surrogate -> ${await pref({ custom: { a: '\uD800', '\uDC00': 1 } })}`);
    const deep = (n: number): string => '{"a":'.repeat(n) + '1' + '}'.repeat(n);
    for (const n of [100, 1000, 2700]) { const text = deep(n);
      const r = await fetch(`${stack.services.gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...bearer(ada.accessToken) }, body: `{"query":"mutation($c: JSONObject){updatePreferences(input:{custom:$c}){userErrors{code path} user { profile { version } }}}","variables":{"c":${text}}}` });
      out.push(`deep ${n} -> ${r.status} ${(await r.text()).slice(0, 200)}`); }
    const nums = await fetch(`${stack.services.gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...bearer(ada.accessToken) }, body: `{"query":"mutation($c: JSONObject){updatePreferences(input:{custom:$c}){userErrors{code path} user { profile { preferences { custom } } }}}","variables":{"c":{"a":1e400,"b":12345678901234567890,"c":-0,"d":0.1}}}` });
    out.push(`nums ${await nums.text()}`);
    const lit = await sendGraphql(stack.services.gateway.url, { query: `mutation { updatePreferences(input: { custom: { __proto__: { x: 1 }, constructor: "c", a: [1, 2.5, ENUM, null, true] } }) { userErrors { code } user { profile { preferences { custom } } } } }`, headers: bearer(ada.accessToken) });
    out.push(`literal ${lit.text}`);
    for (const displayName of ['a\u0000', '\u200b', ' ', 'x\u202Ey', '\uD800', 'e\u0301'.repeat(80), 'ﬁ'])
      { const a = await ada.client.updateProfile({ input: { displayName } }); out.push(`displayName ${JSON.stringify(displayName).slice(0, 20)} -> ${JSON.stringify(a.data?.updateProfile.userErrors.map((e) => e.code))} ${JSON.stringify(a.data?.updateProfile.user?.profile?.displayName)?.slice(0, 40)} ${summaryOf(a.errors).join()}`); }
    for (const avatarUrl of ['https://user:pw@example.com/a', 'HTTP://EXAMPLE.com', 'https://exa mple.com', 'https://example.com/\u202E', 'http:example.com', 'https://example.com/' + '🦊'.repeat(1014), 'https://\u0000', 'https://é.com'])
      { const a = await ada.client.updateProfile({ input: { avatarUrl } }); out.push(`avatar ${JSON.stringify(avatarUrl).slice(0, 40)} -> ${JSON.stringify(a.data?.updateProfile.userErrors.map((e) => e.code))} ${JSON.stringify(a.data?.updateProfile.user?.profile?.avatarUrl)?.slice(0, 40)} ${summaryOf(a.errors).join()}`); }
    stack.clock.advance(16 * 60_000);
    const me = await ada.client.me(); out.push(`expired me ${JSON.stringify(me.data)} ${summaryOf(me.errors).join()}`);
    const vt = await ada.client.validateToken(); out.push(`expired validate ${JSON.stringify(vt)}`);
    console.log(out.join('\n'));
    expect(1).toBe(1);
  });
});
