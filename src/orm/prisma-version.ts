import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The majors that the tests run with, exactly this: */
const TESTED = '7.10.0';

let isChecked = false;

/** Says once, when another major of Prisma is installed, which one was tested. It may well work. */
export function warnOfPrismaVersion(): void {
  if (isChecked) return;
  isChecked = true;
  const version = installed();
  if (version === undefined || version.split('.')[0] === TESTED.split('.')[0]) return;
  process.emitWarning(`node-mysqlpool/prisma was tested with Prisma ${TESTED}; this is ${version}`, {
    type: 'MysqlPoolWarning',
    code: 'MYSQLPOOL_ORM_VERSION',
  });
}

/** The version of Prisma that the application finds; undefined when it was bundled or cannot be told. */
function installed(): string | undefined {
  const places = [process.argv[1], join(process.cwd(), 'any.js')];
  for (const place of places) {
    try {
      if (place === undefined) continue;
      return (createRequire(place)('@prisma/client/package.json') as { readonly version?: string }).version;
    } catch {
      // Not from there.
    }
  }
  return undefined;
}
