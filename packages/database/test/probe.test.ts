import { expect, test, afterAll } from '@jest/globals';
import { connectDatabase } from '@identity/database/connect';
import { createTestDatabase } from '../../../tests/harness/test-database.js';
const t = await createTestDatabase('probe');
const db = await connectDatabase({ url: t.url });
test('x', async () => { await db.ping(); expect(await db.transaction(async () => 3)).toBe(3); });
afterAll(async () => { await db.close(); await t.drop(); });
