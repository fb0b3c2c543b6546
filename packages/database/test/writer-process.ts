import { connectDatabase } from '../src/connect.js';

// Adds rows to the table `log` of the SQLite file it is told, each in a transaction, and prints the number of each one
// that was acknowledged. With the name `endless` it goes on until it is killed.
const [, , url = '', writer = ''] = process.argv;
const database = await connectDatabase({ url });
for (let number = 0; writer === 'endless' || number < 50; number += 1) {
  await database.transaction(async (transaction) => {
    await database.sequelize.query('INSERT INTO log (writer, number) VALUES ($1, $2)', {
      bind: [writer, number],
      transaction,
    });
  });
  process.stdout.write(`${String(number)}\n`);
}
await database.close();
