import type { Command } from './command.js';
import { docs } from './docs.js';
import { doctor } from './doctor/doctor.js';
import { fleet } from './fleet/fleet.js';
import { gateway } from './gateway/gateway.js';
import { monitor } from './monitor.js';
import { status } from './status.js';
import { top } from './top/top.js';

/** All commands, in the order in which the help lists them. */
export const COMMANDS: readonly Command[] = [status, top, monitor, doctor, fleet, gateway, docs];
