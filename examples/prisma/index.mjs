// node examples/prisma/index.mjs mysql://user:password@host/database
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPool } from 'node-mysqlpool';
import { PrismaMysqlPool } from 'node-mysqlpool/prisma';
import { prismaClient } from './project.mjs';

// In an application: import { PrismaClient } from './client/index.js', after `npx prisma generate`.
const { Prisma, PrismaClient } = createRequire(import.meta.url)(prismaClient(dirname(fileURLToPath(import.meta.url))));

const pool = createPool(process.argv[2] ?? process.env.DATABASE_URL, { name: 'shop', maxSize: 3 });
const prisma = new PrismaClient({ adapter: new PrismaMysqlPool(pool) });

await prisma.$executeRaw`CREATE TABLE IF NOT EXISTS example_prisma_orders
  (id INT AUTO_INCREMENT PRIMARY KEY, item VARCHAR(50) NOT NULL, amount DECIMAL(10, 2) NOT NULL, at DATETIME(3) NOT NULL)`;

let peak = 0;
async function work(n) {
  await prisma.$transaction(
    async (tx) => {
      await tx.order.create({ data: { item: `item ${n}`, amount: '9.90' } });
      const [{ count }] = await tx.$queryRaw`
      SELECT COUNT(*) AS count FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND USER = SUBSTRING_INDEX(USER(), '@', 1)`;
      peak = Math.max(peak, Number(count));
    },
    { maxWait: 10_000 },
  );
}
await Promise.all(Array.from({ length: 20 }, (_, n) => work(n)));

const { _sum: sum } = await prisma.order.aggregate({ _sum: { amount: true } });
await prisma.$executeRaw`DROP TABLE example_prisma_orders`;
await prisma.$disconnect();
await pool.close();

const ok = peak <= 3 && String(sum.amount) === '198';
console.log(
  `Prisma ${Prisma.prismaVersion.client}: adapter: new PrismaMysqlPool(pool); peak ${peak} of 3 connections; ${ok ? 'ok' : 'FAILED'}`,
);
process.exitCode = ok ? 0 : 1;
