import { createClient } from '@identity/client/client';
import type { Storm } from './storm.js';

// Sends the logins that its parent asks for, all at once, and tells how often they ended how.
process.on('message', ({ url, people, logins }: Storm) => {
  const client = createClient({ url });

  async function logIn(number: number): Promise<string> {
    const { username = '', password = '' } = people[number % people.length] ?? {};
    const { data, errors = [] } = await client.login({ input: { identifier: username, password } });
    return data?.login.tokens == null ? String(errors[0]?.extensions.code) : 'SUCCESS';
  }

  void Promise.all(Array.from({ length: logins }, (_, number) => logIn(number))).then(
    (outcomes) => process.send?.({ outcomes }),
    (error: unknown) => process.send?.({ failure: String(error) }),
  );
});
process.send?.('ready');
