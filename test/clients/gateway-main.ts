/** A gateway as a process of its own: its options come as JSON, and it says in which port it listens. */
import { Gateway, type ResolvedGatewayOptions } from '#internal/gateway/index.js';

const gateway = new Gateway(JSON.parse(process.argv[2]!, unlimited) as ResolvedGatewayOptions);

/** JSON has no Infinity. */
function unlimited(name: string, value: unknown): unknown {
  return name === 'maxTotal' && value === null ? Infinity : value;
}

gateway.open().then(
  () => console.log(`listens at ${gateway.addresses.join(', ')}`),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
