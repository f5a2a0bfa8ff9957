import * as kysely28 from 'kysely';
import * as kysely29 from 'kysely-0.29';
import { createPool } from 'node-mysqlpool/kysely';
import { kyselyDriver, type KyselyModule } from './support/kysely-driver.js';
import { ormSuite } from './support/orm-suite.js';

ormSuite(
  kyselyDriver('0.28.18', kysely28, ({ url, maxSize, acquireTimeout }) => createPool(url, { maxSize, acquireTimeout })),
);
ormSuite(
  kyselyDriver('0.29.9', kysely29 as unknown as KyselyModule, ({ url, maxSize, acquireTimeout }) =>
    createPool(url, { maxSize, acquireTimeout }),
  ),
);
